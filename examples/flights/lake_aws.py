"""Production's lake on AWS: a bucket, made and filled by its owner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from examples.flights import data

FIRST_REGION = "us-east-1"
"""Where S3 takes no location. Source: Amazon S3 API Reference, "CreateBucket"."""

TLS_ONLY = "TlsOnly"


def make(arn: str, account: str, region: str, environ: Mapping[str, str]) -> int:
    """Make the lake if it is not there, and fill it; gives the number of files.

    arn: the bucket's, with the prefix that the files go under. account: the one that owns it, 12 digits.
    environ: says who calls, as everywhere in the project.
    """
    from mayfly.clouds.aws.client import Aws
    from mayfly.settings import BucketArn

    lake = BucketArn(arn)
    with Aws.from_environment(environ, region, account) as cloud:
        cloud.check_account()
        s3 = cloud.client("s3")
        _make(s3, lake.bucket, region)
        return data.upload(
            lambda path, content: s3.put_object(Bucket=lake.bucket, Key=lake.prefix + path, Body=content)
        )


def _make(s3: Any, bucket: str, region: str) -> None:
    """Make the bucket: nothing public, no access lists, and over TLS alone."""
    where = {} if region == FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", **where)
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    _tls_only(s3, bucket)


def _tls_only(s3: Any, bucket: str) -> None:
    """Put our statement into the bucket's policy; those of others, such as who may read, stay."""
    arn = f"arn:aws:s3:::{bucket}"
    ours = {
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    kept = [one for one in _statements(s3, bucket) if one.get("Sid") != TLS_ONLY]
    policy = {"Version": "2012-10-17", "Statement": [ours, *kept]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def _statements(s3: Any, bucket: str) -> list[dict[str, Any]]:
    from botocore.exceptions import ClientError

    try:
        found = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return []
    return [found] if isinstance(found, dict) else list(found)
