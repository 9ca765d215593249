"""Tags as programs write them, a map, and as most services do, a list of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from localcloud.engine.aws.row import Change
from localcloud.engine.values import Properties

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import TagTypeDef
    from mypy_boto3_s3.type_defs import TagTypeDef as S3TagTypeDef

RESERVED = "aws:"
"""The beginning of tags that AWS itself sets, and nobody else sees as theirs."""


def pairs(inputs: Properties) -> list[TagTypeDef]:
    """A resource's tags as a list of keys and values."""
    return [{"Key": key, "Value": str(value)} for key, value in (inputs.get("tags") or {}).items()]


def mapping(found: Iterable[TagTypeDef | S3TagTypeDef]) -> dict[str, str]:
    """A list of keys and values as a map."""
    return own({pair["Key"]: pair["Value"] for pair in found})


def own(found: Mapping[str, str]) -> dict[str, str]:
    """Tags without those that AWS itself sets."""
    return {key: value for key, value in found.items() if not key.startswith(RESERVED)}


def gone(change: Change) -> list[str]:
    """The keys of tags that an update takes away."""
    return sorted((change.old.get("tags") or {}).keys() - (change.new.get("tags") or {}).keys())
