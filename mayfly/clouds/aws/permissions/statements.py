"""What the documents are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Document = dict[str, Any]
Statement = dict[str, Any]

READS = ("s3:GetBucketLocation", "s3:GetObject*", "s3:ListBucket*")
"""What reading a bucket is: its region, its objects with their versions and tags, and their names."""

OBJECT_WRITES = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
"""What writing to an own bucket is. Not what changes who may see an object (PutObjectAcl)."""


def document(statements: Iterable[Statement]) -> Document:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Iterable[str], resources: Iterable[str] | str, **more: Any) -> Statement:
    """A statement that allows; more: Condition."""
    resource = resources if isinstance(resources, str) else sorted(resources)
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resource, **more}


def deny(sid: str, **of: Any) -> Statement:
    """A statement that denies; of: Action or NotAction, Resource or NotResource, Condition."""
    return {"Sid": sid, "Effect": "Deny", **of}


def condition(**operators: Mapping[str, Any]) -> dict[str, Any]:
    """A statement's Condition, every operator of which has to hold."""
    return {"Condition": {operator: dict(keys) for operator, keys in operators.items()}}
