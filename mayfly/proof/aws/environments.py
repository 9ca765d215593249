"""A deployed environment and its neighbours, as AWS shows them; no state is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.clouds.aws import CloudError, groups, translated
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY
from mayfly.proof.aws import roles
from mayfly.proof.aws.roles import EnvironmentRole

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef
    from mypy_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings

MOST_OTHERS = 3
"""This many other environments are tried: one is enough if the code is right."""


@dataclass(frozen=True)
class DeployedEnvironment:
    """An environment that exists.

    role: its execution role, as IAM has it. roles: all roles under its path, with that one.
    boundary: ARN of the boundary that each role must have. others: other environments of the account and
    region → the bucket of each.
    """

    role: RoleTypeDef
    roles: Sequence[EnvironmentRole]
    boundary: str
    others: Mapping[str, str]


def check_deployed(cloud: Aws, wanted: EnvironmentSettings) -> None:
    """Raise BadInput when the environment does not exist, NotAllowed in another account, CloudError."""
    cloud.check_account()
    group = groups.get(cloud, naming.aws.names(wanted).resource_group)
    if group is None or not group.is_of(wanted.project, wanted.name):
        what, fix = f"'{wanted.name}' is not deployed", f"`mayfly up {wanted.name}` makes it"
        raise BadInput([Problem("ENV", what, fix)])


def deployed(cloud: Aws, wanted: EnvironmentSettings) -> DeployedEnvironment:
    """Return the environment as the cloud has it.

    Raises what `check_deployed` raises, and MayflyError when `up` has not made the execution role yet.
    """
    check_deployed(cloud, wanted)
    found = roles.under_path(cloud, wanted.name)
    name = naming.aws.names(wanted).role
    execution = next((one.role for one in found if one.name == name), None)
    if execution is None:
        raise MayflyError(f"{wanted.name} is not complete; run `mayfly up {wanted.name}` again")
    boundary = naming.aws.boundary_arn(wanted.aws.account)
    return DeployedEnvironment(execution, found, boundary, _other_buckets(cloud, wanted.name))


def _other_buckets(cloud: Aws, environment: str) -> dict[str, str]:
    """Buckets with another environment's marker. The list by tags lags, so each bucket is asked for."""
    pages = cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
    ours: list[TagFilterTypeDef] = [{"Key": MANAGED_BY, "Values": [MAYFLY]}]
    with translated("GetResources"):
        found = [
            item
            for page in pages.paginate(ResourceTypeFilters=["s3"], TagFilters=ours)
            for item in page["ResourceTagMappingList"]
        ]
    marked = {
        tag["Value"]: item["ResourceARN"].rpartition(":")[2]
        for item in found
        for tag in item["Tags"]
        if tag["Key"] == ENVIRONMENT and tag["Value"] != environment
    }
    existing = ((name, bucket) for name, bucket in sorted(marked.items()) if _exists(cloud, bucket))
    return dict(islice(existing, MOST_OTHERS))


def _exists(cloud: Aws, bucket: str) -> bool:
    try:
        with translated(f"HeadBucket {bucket}"):
            cloud.client("s3").head_bucket(Bucket=bucket)
    except CloudError as error:
        return not error.tells_absence
    return True
