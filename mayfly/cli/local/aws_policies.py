"""Gives the local AWS its documented policies, as an account's owner does it on AWS."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayfly.clouds.aws import permissions
from mayfly.clouds.aws.errors import translated
from mayfly.errors import BadInput, Problem
from mayfly.naming.aws import BOUNDARY
from mayfly.workload.functions import application

if TYPE_CHECKING:
    from mayfly.clouds.aws.client import Aws
    from mayfly.settings import AwsFabric

DEPLOYER = "deployer"
POLICY = "mayfly-deployer"
SOURCES = f"{POLICY}-sources"

VERSIONS = 5
"""Of a managed policy at most. Source: IAM User Guide, "IAM and AWS STS quotas"."""


def put_boundary(cloud: Aws) -> None:
    """The account's one permissions boundary of all environments' roles."""
    put(cloud, BOUNDARY, permissions.boundary())


def put_deployer(cloud: Aws, root: Path) -> None:
    """The deployer's policy, for the ephemeral fabrics of `stacks/` in this account and region.

    Not production's: whoever runs code from pull requests does not deploy production. Raises BadInput.
    """
    here = fabrics(cloud, root)
    stages = [permissions.stage(fabric.name) for fabric in here if not fabric.permanent]
    if stages:
        assert cloud.wanted_account
        used = _infrastructure(here)
        copied = [name for fabric in used for name in application.names(root / fabric.workload)]
        document = permissions.deployer(
            cloud.wanted_account, cloud.region, stages, copied, [fabric.name for fabric in used]
        )
        parts = {f"{POLICY}-{number}": part for number, part in enumerate(permissions.split(document), 1)}
        for name, part in parts.items():
            _attach(cloud, name, part)
        _detach(cloud, {*parts, SOURCES})


def _infrastructure(here: Sequence[AwsFabric]) -> list[AwsFabric]:
    """The permanent fabrics whose functions applications copy."""
    used = {fabric.infrastructure for fabric in here}
    return [fabric for fabric in here if fabric.name in used]


def fabrics(cloud: Aws, root: Path) -> list[AwsFabric]:
    """The fabrics of a project that are in the account and region of the caller. Raises BadInput."""
    from mayfly import settings

    if not (root / "stacks" / "fabrics").is_dir():  # a project that is only begun
        return []
    here = (cloud.wanted_account, cloud.region)
    found = settings.fabrics(root).values()
    return [fabric for fabric in found if fabric.cloud == "aws" and (fabric.account, fabric.region) == here]


def put_sources(cloud: Aws, arns: Iterable[str]) -> None:
    """Production's static statement on each source's bucket, and what the deployer may see of them.

    arns: buckets with prefixes. Raises BadInput for each bucket that is not there.
    """
    prefixes = _prefixes(arns)
    if prefixes:
        _refuse_absent(cloud, prefixes)
        for bucket, readable in prefixes.items():
            _admit(cloud, bucket, readable)
        _attach(cloud, SOURCES, permissions.deployer_sources(prefixes))


def _prefixes(arns: Iterable[str]) -> dict[str, set[str]]:
    from mayfly.settings import BucketArn

    found: defaultdict[str, set[str]] = defaultdict(set)
    for arn in map(BucketArn, arns):
        found[arn.bucket].add(arn.prefix)
    return dict(found)


def _refuse_absent(cloud: Aws, buckets: Iterable[str]) -> None:
    with translated("ListBuckets"):
        there = {bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]}
    fix = "make it first, as its owner, or name another in stacks/variables"
    absent = [bucket for bucket in buckets if bucket not in there]
    if absent:
        raise BadInput([Problem(bucket, "does not exist in the local cloud", fix) for bucket in absent])


def _admit(cloud: Aws, bucket: str, prefixes: Iterable[str]) -> None:
    s3 = cloud.client("s3")
    assert cloud.wanted_account
    ours = permissions.production(bucket, prefixes, [cloud.wanted_account])
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


def _detach(cloud: Aws, wanted: set[str]) -> None:
    """What an earlier set of fabrics needed more of."""
    iam = cloud.client("iam")
    with translated("DetachUserPolicy"):
        for policy in iam.list_attached_user_policies(UserName=DEPLOYER)["AttachedPolicies"]:
            if policy["PolicyName"].startswith(POLICY) and policy["PolicyName"] not in wanted:
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
