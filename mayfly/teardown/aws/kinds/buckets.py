"""Buckets: emptied in bulk, then deleted."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from mayfly.clouds.aws.errors import UNTAGGED
from mayfly.naming import aws
from mayfly.teardown.aws.emptying import Bucket, empty
from mayfly.teardown.aws.kinds.kind import Kind, Tags

ARN = "arn:aws:s3:::"


class Buckets(Kind):
    """A bucket's name begins with the environment's, which no other environment's buckets do."""

    name = "buckets"
    type = "AWS::S3::Bucket"
    at_once = 4

    def named(self) -> Iterable[str]:
        """By their prefix, in whatever region."""
        pages = self.cloud.client("s3").get_paginator("list_buckets")
        prefix = aws.bucket_prefix(self.owner.environment)
        for page in pages.paginate(Prefix=prefix):
            yield from (bucket["Name"] for bucket in page.get("Buckets", []))

    def arn(self, handle: str) -> str:
        """A bucket's ARN names neither region nor account."""
        return ARN + handle

    def handle(self, arn: str) -> str | None:
        """The bucket's name."""
        return arn.removeprefix(ARN) if arn.startswith(ARN) else None

    def is_named(self, handle: str) -> bool:
        """By the hash of project, environment and account that its name ends in.

        Tags are put by a call of their own, so a killed `up` may leave a bucket without.
        """
        return handle.endswith(
            aws.bucket_hash(self.owner.project, self.owner.environment, self.owner.account)
        )

    def tags(self, handle: str) -> Tags | None:
        """NoSuchTagSet is a bucket without tags; AccessDenied, one of another account."""
        try:
            answer = self.cloud.client("s3").get_bucket_tagging(
                Bucket=handle, ExpectedBucketOwner=self.owner.account
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in UNTAGGED:
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    def delete(self, handle: str) -> None:
        """All versions, delete markers and unfinished uploads, then the bucket."""
        s3 = self.cloud.client("s3")
        empty(Bucket(s3, handle, self.owner.account), self.say, self.pause)
        s3.delete_bucket(Bucket=handle, ExpectedBucketOwner=self.owner.account)
