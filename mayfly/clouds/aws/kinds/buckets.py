"""Buckets: emptied in bulk, then deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mayfly.clouds.aws.emptying import Bucket, empty
from mayfly.clouds.aws.kinds.kind import Kind, Step, Tags
from mayfly.clouds.aws.owner import Owner
from mayfly.naming import aws
from mayfly.naming.limits import BUCKET


class Buckets(Kind):
    """A bucket's name begins with the environment's, which no other environment's buckets do."""

    name = "buckets"
    type = BUCKET
    engine_type = "aws:s3/bucket:Bucket"
    engine_prefix = "aws:s3/bucket"
    arn_form = "arn:aws:s3:::{handle}"
    own_form = aws.bucket_prefix("{environment}") + "*"
    """A bucket, and all in it."""
    step = Step.IS_WRITTEN
    at_once = 4
    is_tagged_later = True
    own_actions = (
        "s3:AbortMultipartUpload",
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:DeleteObject*",
        "s3:Get*",
        "s3:List*",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
        "s3:UntagResource",
    )
    """Nothing is written into a bucket: functions do."""
    removal_actions = (
        "s3:AbortMultipartUpload",
        "s3:DeleteBucket",
        "s3:DeleteObject*",
        "s3:GetBucketTagging",
        "s3:ListBucket*",
        "s3:ListTagsForResource",
    )
    """No object is read."""
    list_actions = ("s3:ListAllMyBuckets",)

    @classmethod
    def is_own_id(cls, id: str, owner: Owner) -> bool:
        """A bucket, or what is set on it or lies in it: "bucket", "bucket,account", "bucket/key"."""
        bucket = re.split("[,/]", id)[0]
        return bucket.startswith(aws.bucket_prefix(owner.environment)) and _has_hash(bucket, owner)

    def engine_id(self, inputs: Mapping[str, Any]) -> str:
        """The bucket's name."""
        return str(inputs["bucket"])

    def named(self) -> Iterable[str]:
        """By their prefix, in whatever region."""
        pages = self.cloud.client("s3").get_paginator("list_buckets")
        prefix = aws.bucket_prefix(self.owner.environment)
        for page in pages.paginate(Prefix=prefix):
            yield from (bucket["Name"] for bucket in page.get("Buckets", []))

    def is_named(self, handle: str) -> bool:
        """By the hash of project, environment and account that its name ends in.

        Tags are put by a call of their own, so a killed `up` may leave a bucket without.
        """
        return _has_hash(handle, self.owner)

    def own_tags(self, handle: str) -> Tags:
        """NoSuchTagSet is a bucket without tags; AccessDenied, one of another account."""
        s3 = self.cloud.client("s3")
        answer = s3.get_bucket_tagging(Bucket=handle, ExpectedBucketOwner=self.owner.account)
        return aws.by_key(answer["TagSet"])

    def delete(self, handle: str) -> None:
        """All versions, delete markers and unfinished uploads, then the bucket."""
        s3 = self.cloud.client("s3")
        empty(Bucket(s3, handle, self.owner.account), self.say, self.pause)
        s3.delete_bucket(Bucket=handle, ExpectedBucketOwner=self.owner.account)


def _has_hash(bucket: str, owner: Owner) -> bool:
    return bucket.endswith(aws.bucket_hash(owner.project, owner.environment, owner.account))
