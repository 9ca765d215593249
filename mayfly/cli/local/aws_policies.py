"""Gives the local AWS its documented policies, as an account's owner does it on AWS."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayfly import settings
from mayfly.clouds.aws import permissions
from mayfly.clouds.aws.errors import translated
from mayfly.errors import BadInput, Problem
from mayfly.naming.aws import BOUNDARY

if TYPE_CHECKING:
    from mayfly.clouds.aws.client import Aws
    from mayfly.settings import AwsFabric

DEPLOYER = "deployer"

VERSIONS = 5
"""Of a managed policy at most. Source: IAM User Guide, "IAM and AWS STS quotas"."""


def put_policies(cloud: Aws, root: Path, environ: Mapping[str, str]) -> None:
    """The account's one boundary, and the deployer's policies, for the fabrics here.

    The boundary is of all of them, as all their roles have it. The deployer's are of the ephemeral ones:
    whoever runs code from pull requests does not deploy production. Raises BadInput.
    """
    here = fabrics(cloud, root)
    if not here:
        put(cloud, BOUNDARY, permissions.boundary(_account(cloud), {}))
        return
    put(cloud, BOUNDARY, permissions.assembled(root, here, environ)[BOUNDARY])
    ephemeral = [fabric for fabric in here if not fabric.permanent]
    if ephemeral:
        found = permissions.assembled(root, ephemeral, environ)
        own = {name: policy for name, policy in found.items() if name.startswith(permissions.DEPLOYER)}
        for name, policy in own.items():
            _attach(cloud, name, policy)
        _detach(cloud, own.keys())


def admit(cloud: Aws, root: Path, environ: Mapping[str, str]) -> None:
    """Production's static statements, on each bucket that is a source of the fabrics here.

    Raises BadInput for each bucket that is not there.
    """
    here = fabrics(cloud, root)
    found = permissions.assembled(root, here, environ) if here else {}
    ours = {
        name.removeprefix(permissions.BUCKET): policy
        for name, policy in found.items()
        if name.startswith(permissions.BUCKET)
    }
    _refuse_absent(cloud, ours)
    for bucket, statements in ours.items():
        _admit(cloud, bucket, statements)


def _account(cloud: Aws) -> str:
    assert cloud.wanted_account
    return cloud.wanted_account


def fabrics(cloud: Aws, root: Path) -> list[AwsFabric]:
    """The fabrics of a project that are in the account and region of the caller. Raises BadInput."""

    if not (root / "stacks" / "fabrics").is_dir():  # a project that is only begun
        return []
    here = (cloud.wanted_account, cloud.region)
    found = settings.fabrics(root).values()
    return [
        fabric
        for fabric in found
        if isinstance(fabric, settings.AwsFabric) and (fabric.account, fabric.region) == here
    ]


def _refuse_absent(cloud: Aws, buckets: Iterable[str]) -> None:
    with translated("ListBuckets"):
        there = {bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]}
    fix = "make it first, as its owner, or name another in stacks/variables"
    absent = [bucket for bucket in buckets if bucket not in there]
    if absent:
        raise BadInput([Problem(bucket, "does not exist in the local cloud", fix) for bucket in absent])


def _admit(cloud: Aws, bucket: str, ours: Mapping[str, Any]) -> None:
    s3 = cloud.client("s3")
    with translated(f"PutBucketPolicy {bucket}"):
        existing = _bucket_policy(cloud, bucket)
        wanted = permissions.merged(existing, ours)
        if wanted != existing:
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(wanted))


def _bucket_policy(cloud: Aws, bucket: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError

    try:
        return dict(json.loads(cloud.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return None


def _attach(cloud: Aws, name: str, document: Mapping[str, Any]) -> None:
    arn = put(cloud, name, document)
    with translated(f"AttachUserPolicy {name}"):
        cloud.client("iam").attach_user_policy(UserName=DEPLOYER, PolicyArn=arn)


def _detach(cloud: Aws, wanted: Container[str]) -> None:
    """What an earlier set of fabrics needed more of."""
    iam = cloud.client("iam")
    with translated("DetachUserPolicy"):
        for policy in iam.list_attached_user_policies(UserName=DEPLOYER)["AttachedPolicies"]:
            if policy["PolicyName"].startswith(permissions.DEPLOYER) and policy["PolicyName"] not in wanted:
                iam.detach_user_policy(UserName=DEPLOYER, PolicyArn=policy["PolicyArn"])


def put(cloud: Aws, name: str, document: Mapping[str, Any]) -> str:
    """Make a managed policy, or bring it up to date; one that is the same is left as it is."""
    iam, arn = cloud.client("iam"), f"arn:aws:iam::{cloud.wanted_account}:policy/{name}"
    with translated(f"CreatePolicy {name}"):
        try:
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        except iam.exceptions.NoSuchEntityException:
            return iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        if found != document:
            _make_room(cloud, arn)
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    return arn


def _make_room(cloud: Aws, arn: str) -> None:
    iam = cloud.client("iam")
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    if len(versions) >= VERSIONS:
        others = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
        oldest = min(others, key=lambda id: int(id.removeprefix("v")))
        iam.delete_policy_version(PolicyArn=arn, VersionId=oldest)
