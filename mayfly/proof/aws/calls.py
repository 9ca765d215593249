"""What the tables of probes are made of: buckets, a role, and calls with what takes them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Arguments = Mapping[str, Any]
Undo = tuple[str, Arguments, Mapping[str, str]]
"""An operation, its arguments, and those that are taken from the answer of what it undoes."""

WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
"""Of no content that we send: S3 answers BadDigest."""

UNKNOWN = "canary"
"""Where a known word is asked for: S3 answers that it is malformed."""


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what of it is under a prefix. store: what the variable group calls it, or whose it is."""

    store: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.store} (s3://{self.bucket}/{self.prefix})"


@dataclass(frozen=True)
class Role:
    """The role that the probes run as, and what it must not change.

    region: of the environment. boundary: ARN of the account's boundary. held: of the one that the role has,
    "" for none. trust: who may take it, as JSON.
    """

    name: str
    arn: str
    account: str
    region: str
    boundary: str
    held: str
    trust: str


@dataclass(frozen=True)
class Call:
    """A row of the tables. filled: a listing that has to show something, or it is not made."""

    what: str
    operation: str
    arguments: Arguments = field(default_factory=dict)
    undo: Undo | None = None
    filled: Arguments | None = None


def unmade(kind: str, parameter: str, name: str) -> Undo:
    """Deletes what has been made under this name."""
    return f"delete_{kind}", {parameter: name}, {}


def gone(target: Arguments, path: str) -> Undo:
    """Takes an object away: the very version, where the bucket keeps versions."""
    return "delete_object", target, {"VersionId": path}


def target_of(store: Bucket, name: str) -> dict[str, Any]:
    """Arguments that name an object under a store's prefix."""
    return {"Bucket": store.bucket, "Key": f"{store.prefix}{name}"}


def listing(store: Bucket) -> dict[str, Any]:
    """Arguments of ListObjectsV2 that show whether there is anything under a store's prefix."""
    return {"Bucket": store.bucket, "Prefix": store.prefix, "MaxKeys": 1}
