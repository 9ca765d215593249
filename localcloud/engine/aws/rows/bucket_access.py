"""Access to an S3 bucket: its policy, the public access block, object ownership."""

from __future__ import annotations

from typing import Any

from localcloud.engine.aws.case import camel, pascal
from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.row import names
from localcloud.engine.aws.rows.bucket_settings import Bucket, Setting
from localcloud.engine.values import Properties

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _put_block(cloud: Cloud, bucket: Bucket, inputs: Properties) -> None:
    blocks: Any = pascal({name: inputs[name] for name in BLOCKS})
    cloud.s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=blocks)


def _get_block(cloud: Cloud, bucket: Bucket) -> Properties:
    found = camel(cloud.s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"])
    return {name: bool(found.get(name)) for name in BLOCKS}


def _remove_block(cloud: Cloud, bucket: Bucket, state: Properties) -> None:
    if not state.get("skipDestroy"):
        cloud.s3.delete_public_access_block(**bucket)


def _get_ownership(cloud: Cloud, bucket: Bucket) -> Properties:
    found = cloud.s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]
    return {"rule": camel(found["Rules"][0])}


POLICY = Setting(
    type="aws:s3/bucketPolicy:BucketPolicy",
    noun="S3 Bucket Policy",
    missing="NoSuchBucketPolicy",
    put=lambda cloud, bucket, inputs: cloud.s3.put_bucket_policy(**bucket, Policy=inputs["policy"]),
    get=lambda cloud, bucket: {"policy": cloud.s3.get_bucket_policy(**bucket)["Policy"]},
    remove=lambda cloud, bucket, state: cloud.s3.delete_bucket_policy(**bucket),
    required=names("policy"),
    documents=names("policy"),
).row()

PUBLIC_ACCESS_BLOCK = Setting(
    type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    noun="S3 Bucket Public Access Block",
    missing="NoSuchPublicAccessBlockConfiguration",
    put=_put_block,
    get=_get_block,
    remove=_remove_block,
    optional=frozenset({*BLOCKS, "skipDestroy"}),
    defaults=dict.fromkeys(BLOCKS, False),
    kept=names("skipDestroy"),
).row()

OWNERSHIP_CONTROLS = Setting(
    type="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    noun="S3 Bucket Ownership Controls",
    missing="OwnershipControlsNotFoundError",
    put=lambda cloud, bucket, inputs: cloud.s3.put_bucket_ownership_controls(
        **bucket, OwnershipControls={"Rules": [pascal(inputs["rule"])]}
    ),
    get=_get_ownership,
    remove=lambda cloud, bucket, state: cloud.s3.delete_bucket_ownership_controls(**bucket),
    required=names("rule"),
).row()
