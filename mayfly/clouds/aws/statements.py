"""What the documents are made of."""

from __future__ import annotations

import json
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

NOTHING_ELSE_READ = "NothingElseRead"
"""The Sid of the boundary's statement that names the sources, which the preflight reads."""

LONGEST_POLICY = 6144
"""Characters of a managed policy without white space. Source: IAM User Guide, "IAM and AWS STS quotas"."""

MOST_POLICIES = 10
"""Managed policies of a role, by default. Source: the same page."""

LONGEST_BUCKET_POLICY = 20 * 1024
"""Bytes. Source: Amazon S3 User Guide, "Bucket policies"."""


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


def split(whole: Document, longest: int = LONGEST_POLICY) -> list[Document]:
    """The same as several policies that are short enough: attached together, they say what the whole says.

    Raises ValueError for a statement that is too long by itself.
    """
    parts: list[list[Statement]] = [[]]
    for statement in whole["Statement"]:
        if parts[-1] and length(document([*parts[-1], statement])) > longest:
            parts.append([])
        parts[-1].append(statement)
        if length(document(parts[-1])) > longest:
            raise ValueError(f"the statement {statement['Sid']} is longer than {longest} characters")
    return [document(part) for part in parts]


def length(whole: Document) -> int:
    """Characters without white space, as AWS counts them."""
    return len(json.dumps(whole, separators=(",", ":")))
