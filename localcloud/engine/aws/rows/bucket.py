"""An S3 bucket. Its settings are resources of their own; the deprecated inputs for them are refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.errors import unless
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.aws.tags import mapping, pairs
from localcloud.engine.values import Properties

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CreateBucketRequestTypeDef, ObjectIdentifierTypeDef

NAME = Name("bucket", 63, "bucketPrefix")
FIRST_REGION = "us-east-1"
HOSTED_ZONES = {
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ca-central-1": "Z1QDHH18159H29",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
}
"""Route 53's zones of S3's websites by region (AWS General Reference, S3 website endpoints)."""


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Make a bucket."""
    name = full_name(inputs, NAME)
    request: CreateBucketRequestTypeDef = {"Bucket": name}
    if cloud.region != FIRST_REGION:
        region: Any = cloud.region
        request["CreateBucketConfiguration"] = {"LocationConstraint": region}
    if inputs.get("objectLockEnabled"):
        request["ObjectLockEnabledForBucket"] = True
    cloud.s3.create_bucket(**request)
    return name


def finish(cloud: Cloud, name: str, inputs: Properties, stop: threading.Event) -> None:
    """Tag it by a call of its own: tags in CreateBucket would need a further permission."""
    if inputs.get("tags"):
        cloud.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(inputs)})


def read(cloud: Cloud, name: str) -> Properties:
    """Return a bucket's outputs."""
    found = cloud.s3.head_bucket(Bucket=name)
    region = found.get("BucketRegion") or cloud.region
    outputs: Properties = {
        "arn": f"arn:aws:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "hostedZoneId": HOSTED_ZONES.get(region),
        "objectLockEnabled": False,
        "region": region,
    }
    with unless(frozenset({"NoSuchTagSet"})):
        outputs["tags"] = mapping(cloud.s3.get_bucket_tagging(Bucket=name)["TagSet"])
    with unless(frozenset({"ObjectLockConfigurationNotFoundError"})):
        lock = cloud.s3.get_object_lock_configuration(Bucket=name).get("ObjectLockConfiguration", {})
        outputs["objectLockEnabled"] = lock.get("ObjectLockEnabled") == "Enabled"
    return outputs


def update(cloud: Cloud, name: str, change: Change, stop: threading.Event) -> None:
    """Change the tags. Nothing else changes in place."""
    if "tags" not in change.names:
        return
    if change.new.get("tags"):
        cloud.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(change.new)})
    else:
        cloud.s3.delete_bucket_tagging(Bucket=name)


def delete(cloud: Cloud, name: str, state: Properties) -> None:
    """Remove a bucket, and its objects only with forceDestroy."""
    if state.get("forceDestroy"):
        _empty(cloud, name)
    cloud.s3.delete_bucket(Bucket=name)


def _empty(cloud: Cloud, name: str) -> None:
    for page in cloud.s3.get_paginator("list_object_versions").paginate(Bucket=name):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        doomed: list[ObjectIdentifierTypeDef] = [
            {"Key": one["Key"], "VersionId": one["VersionId"]} for one in found
        ]
        if doomed:
            answer = cloud.s3.delete_objects(Bucket=name, Delete={"Objects": doomed, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise RuntimeError(f"emptying {name}: {first.get('Code')}: {first.get('Message')}")


ROW = Row(
    type="aws:s3/bucket:Bucket",
    noun="S3 Bucket",
    service="S3",
    absent=frozenset({"404", "NoSuchBucket"}),
    create=create,
    finish=finish,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    optional=names("forceDestroy tags"),
    computed=names("bucket bucketPrefix objectLockEnabled region"),
    outputs=names("arn bucketDomainName bucketRegion bucketRegionalDomainName hostedZoneId tagsAll"),
    refused=names(
        "accelerationStatus acl bucketNamespace corsRules grants lifecycleRules logging "
        "objectLockConfiguration policy replicationConfiguration requestPayer "
        "serverSideEncryptionConfiguration versioning website websiteDomain websiteEndpoint"
    ),
    replaces=names("bucket bucketPrefix objectLockEnabled region"),
    defaults={"forceDestroy": False},
    kept=names("bucketPrefix forceDestroy"),
)
