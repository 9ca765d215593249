"""Puts the documented policies into the local AWS, as the owner of an account does on AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
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

DEPLOYER, JANITOR = "deployer", "janitor"

VERSIONS = 5
"""The most versions of a managed policy. Source: IAM User Guide, "IAM and AWS STS quotas"."""


def put_policies(cloud: Aws, root: Path, environ: Mapping[str, str]) -> None:
    """Put the account's boundary, and the deployer's and the janitor's policies. Raises BadInput.

    The boundary covers all fabrics in the account. The policies cover the ephemeral ones only: a principal
    that runs code from pull requests does not deploy production, and nobody sweeps it.
    """
    here = fabrics(cloud, root)
    if not here:
        assert cloud.wanted_account
        put(cloud, BOUNDARY, permissions.boundary(cloud.wanted_account, {}))
        return
    put(cloud, BOUNDARY, permissions.assembled(root, here, environ)[BOUNDARY])
    ephemeral = [fabric for fabric in here if not fabric.permanent]
    if ephemeral:
        found = permissions.assembled(root, ephemeral, environ)
        _attach(cloud, DEPLOYER, permissions.DEPLOYER, found)
        _attach(cloud, JANITOR, permissions.JANITOR, found)


def _attach(cloud: Aws, user: str, start: str, documents: Mapping[str, Any]) -> None:
    """Put the policies whose names begin so, and what is to be seen of sources, and give them to a user."""
    own = {
        name: policy
        for name, policy in documents.items()
        if name.startswith(start) or name == permissions.SOURCES
    }
    iam = cloud.client("iam")
    for name, policy in own.items():
        arn = put(cloud, name, policy)
        with translated(f"AttachUserPolicy {name}"):
            iam.attach_user_policy(UserName=user, PolicyArn=arn)
    # An earlier set of fabrics may have needed more policies.
    with translated("DetachUserPolicy"):
        for held in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
            if held["PolicyName"].startswith(start) and held["PolicyName"] not in own:
                iam.detach_user_policy(UserName=user, PolicyArn=held["PolicyArn"])


def admit(cloud: Aws, root: Path, environ: Mapping[str, str]) -> None:
    """Put production's statements on each bucket that is a source of the fabrics in this account.

    Raises BadInput with each bucket that does not exist.
    """
    here = fabrics(cloud, root)
    found = permissions.assembled(root, here, environ) if here else {}
    ours = {
        name.removeprefix(permissions.BUCKET): policy
        for name, policy in found.items()
        if name.startswith(permissions.BUCKET)
    }
    s3 = cloud.client("s3")
    with translated("ListBuckets"):
        known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    fix = "make it first, as its owner, or name another in stacks/variables"
    absent = [bucket for bucket in ours if bucket not in known]
    if absent:
        raise BadInput([Problem(bucket, "does not exist in the local cloud", fix) for bucket in absent])
    for bucket, statements in ours.items():
        with translated(f"PutBucketPolicy {bucket}"):
            existing = _bucket_policy(cloud, bucket)
            wanted = permissions.merged(existing, statements)
            if wanted != existing:
                s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(wanted))


def fabrics(cloud: Aws, root: Path) -> list[AwsFabric]:
    """Return the fabrics in the caller's account and region. Raises BadInput."""

    if not (root / "stacks" / "fabrics").is_dir():  # a project that is only begun
        return []
    here = (cloud.wanted_account, cloud.region)
    found = settings.fabrics(root).values()
    return [
        fabric
        for fabric in found
        if isinstance(fabric, settings.AwsFabric) and (fabric.account, fabric.region) == here
    ]


def _bucket_policy(cloud: Aws, bucket: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError

    try:
        return dict(json.loads(cloud.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return None


def put(cloud: Aws, name: str, document: Mapping[str, Any]) -> str:
    """Make a managed policy or update it, and return its ARN; an equal one stays."""
    iam, arn = cloud.client("iam"), f"arn:aws:iam::{cloud.wanted_account}:policy/{name}"
    with translated(f"CreatePolicy {name}"):
        try:
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        except iam.exceptions.NoSuchEntityException:
            return iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        if found != document:
            versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
            if len(versions) >= VERSIONS:
                others = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
                oldest = min(others, key=lambda id: int(id.removeprefix("v")))
                iam.delete_policy_version(PolicyArn=arn, VersionId=oldest)
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    return arn
