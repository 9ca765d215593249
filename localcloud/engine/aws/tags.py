"""Converts tags between a program's map and the services' lists of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from localcloud.engine.aws.row import Change
from localcloud.engine.values import Properties

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import TagTypeDef
    from mypy_boto3_s3.type_defs import TagTypeDef as S3TagTypeDef

RESERVED = "aws:"
"""The prefix of tags that AWS itself sets."""


def pairs(inputs: Properties) -> list[TagTypeDef]:
    """Return a resource's tags as a list of pairs."""
    return [{"Key": key, "Value": str(value)} for key, value in (inputs.get("tags") or {}).items()]


def mapping(found: Iterable[TagTypeDef | S3TagTypeDef]) -> dict[str, str]:
    """Return a list of pairs as a map, without AWS's own tags."""
    return own({pair["Key"]: pair["Value"] for pair in found})


def own(found: Mapping[str, str]) -> dict[str, str]:
    """Return tags without AWS's own."""
    return {key: value for key, value in found.items() if not key.startswith(RESERVED)}


def gone(change: Change) -> list[str]:
    """Return the keys of the tags that an update removes."""
    return sorted((change.old.get("tags") or {}).keys() - (change.new.get("tags") or {}).keys())
