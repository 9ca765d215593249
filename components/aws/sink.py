"""Where an environment writes: a bucket of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.aws import policies

KEPT_DAYS = 7
"""For how long a permanent environment's overwritten and deleted objects can be brought back."""


@dataclass(frozen=True)
class SinkArgs:
    """What a sink is made of.

    bucket_name: 3-63 lower-case letters, digits and hyphens, unique in the world.
    tags: the environment's marker.
    expire_days: days after which an object is deleted whatever else becomes of the environment: a last line,
        so no fewer than it can live. None, the default, is for an environment that stays: its objects stay,
        and what is overwritten or deleted can be brought back for a week.
    """

    bucket_name: str
    tags: Mapping[str, str]
    expire_days: int | None = None


class Sink(pulumi.ComponentResource):
    """A private, encrypted bucket without ACLs that accepts TLS only."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""

    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(self, name: str, args: SinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:aws:Sink", name, None, opts)
        self._bucket = self._create_bucket(name, args)
        self._block_public_access(name)
        self._enforce_owner(name)
        self._encrypt(name)
        self._require_tls(name, args)
        self._keep_versions(name, args)
        self._expire(name, args)
        self.bucket_name = self._bucket.bucket
        self.bucket_arn = self._bucket.arn
        self.register_outputs({"bucketName": self.bucket_name, "bucketArn": self.bucket_arn})

    @property
    def _below(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _create_bucket(self, name: str, args: SinkArgs) -> s3.Bucket:
        return s3.Bucket(f"{name}-bucket", bucket=args.bucket_name, tags=args.tags, opts=self._below)

    def _block_public_access(self, name: str) -> None:
        s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=self._bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._below,
        )

    def _enforce_owner(self, name: str) -> None:
        rule = s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced")
        s3.BucketOwnershipControls(
            f"{name}-ownership", bucket=self._bucket.bucket, rule=rule, opts=self._below
        )

    def _encrypt(self, name: str) -> None:
        by_default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256"
        )
        rule = s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=by_default
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption", bucket=self._bucket.bucket, rules=[rule], opts=self._below
        )

    def _require_tls(self, name: str, args: SinkArgs) -> None:
        s3.BucketPolicy(
            f"{name}-tls",
            bucket=self._bucket.bucket,
            policy=policies.tls_only(args.bucket_name),
            opts=self._below,
        )

    def _keep_versions(self, name: str, args: SinkArgs) -> None:
        """Only where objects stay: in an environment that goes, each version is one more thing to delete."""
        if args.expire_days is not None:
            return
        s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self._bucket.bucket,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._below,
        )

    def _expire(self, name: str, args: SinkArgs) -> None:
        """By age, never by date: a date would delete the data of an environment whose life was extended."""
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=self._bucket.bucket, rules=[_rule(args.expire_days)], opts=self._below
        )


def _rule(days: int | None) -> s3.BucketLifecycleConfigurationRuleArgs:
    """Return the rule for all objects: they go after `days`; where they stay, their old versions go."""
    unfinished = s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
        days_after_initiation=days or KEPT_DAYS
    )
    rule = s3.BucketLifecycleConfigurationRuleArgs(
        id="mayfly",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=unfinished,
    )
    if days is None:
        rule.noncurrent_version_expiration = (
            s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=KEPT_DAYS)
        )
    else:
        rule.expiration = s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days)
    return rule
