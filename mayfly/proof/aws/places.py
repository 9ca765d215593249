"""An environment as AWS has it, and its neighbours: what a proof needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.clouds.aws import CloudError, groups, translated
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY
from mayfly.proof.aws import role
from mayfly.proof.aws.role import Held

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef
    from mypy_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

    from mayfly.clouds.aws import Aws
    from mayfly.settings import EnvironmentSettings


@dataclass(frozen=True)
class Place:
    """An environment that exists.

    role: its execution role, as IAM has it. held: all roles under its path, this one among them.
    boundary: ARN that each should have as its boundary. others: other environments of the account and
    region → the bucket of each.
    """

    role: RoleTypeDef
    held: Sequence[Held]
    boundary: str
    others: Mapping[str, str]


def deployed(cloud: Aws, wanted: EnvironmentSettings) -> None:
    """Raise BadInput for an environment that is not there, NotAllowed in another account; CloudError."""

    cloud.check_account()
    group = groups.get(cloud, naming.aws.names(wanted).resource_group)
    if group is None or not group.is_of(wanted.project, wanted.name):
        what, fix = f"'{wanted.name}' is not deployed", f"`mayfly up {wanted.name}` makes it"
        raise BadInput([Problem("ENV", what, fix)])


def of(cloud: Aws, wanted: EnvironmentSettings) -> Place:
    """Ask AWS for it. Raises as `deployed` does, and MayflyError when `up` has not come far enough."""
    deployed(cloud, wanted)
    boundary = naming.aws.boundary_arn(wanted.aws.account)
    held = role.under_path(cloud, wanted.name)
    return Place(_execution(wanted, held), held, boundary, _others(cloud, wanted.name))


def _execution(wanted: EnvironmentSettings, held: Sequence[Held]) -> RoleTypeDef:
    found = [one.role for one in held if one.name == naming.aws.names(wanted).role]
    if not found:
        raise MayflyError(f"{wanted.name} is not complete; run `mayfly up {wanted.name}` again")
    return found[0]


MOST_OTHERS = 3
"""How many other environments are tried: one tells it all, where the code is right."""


def _others(cloud: Aws, environment: str) -> dict[str, str]:
    """Buckets that carry another environment's marker: the list by tags lags, so each is asked for."""

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
    there = ((name, bucket) for name, bucket in sorted(marked.items()) if _exists(cloud, bucket))
    return dict(islice(there, MOST_OTHERS))


def _exists(cloud: Aws, bucket: str) -> bool:

    try:
        with translated(f"HeadBucket {bucket}"):
            cloud.client("s3").head_bucket(Bucket=bucket)
    except CloudError as error:
        return not error.tells_absence
    return True
