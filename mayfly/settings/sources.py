"""What a source may be: each cloud names its stores in its own way."""

from __future__ import annotations

from mayfly.settings import rules
from mayfly.settings.arns import BUCKET_ARN, BucketArn, bucket_arn
from mayfly.settings.refused import Refused, shown, text
from mayfly.settings.rules import CONTAINER_ID, ContainerId

SOURCE = f"on Azure {CONTAINER_ID}, on AWS {BUCKET_ARN}"


def source(value: object) -> ContainerId | BucketArn:
    """Return a source as its cloud names it: the value itself tells which cloud. Raises Refused."""
    found = text(value, SOURCE)
    if found.startswith(("arn:", "s3:", "s3a:", "s3n:")) or ".amazonaws.com" in found:
        return bucket_arn(found)
    if found.startswith("/") or "://" in found:
        return rules.container_id(found)
    raise Refused(f"{shown(found)} is not the resource id of a container, nor the ARN of a bucket", SOURCE)


def cloud(found: ContainerId | BucketArn) -> str:
    """Return the cloud that a source is on."""
    return "aws" if isinstance(found, BucketArn) else "azure"


def like(before: ContainerId | BucketArn, value: object) -> ContainerId | BucketArn:
    """Return a source of the same cloud as the one that it replaces. Raises Refused for another cloud's."""
    return bucket_arn(value) if isinstance(before, BucketArn) else rules.container_id(value)
