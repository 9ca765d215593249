"""Resource Groups: which environments of ours an account and region have, as the group of each tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated
from mayfly.clouds.concurrent import run_concurrently
from mayfly.naming.aws import resource_group
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY, PROJECT


@dataclass(frozen=True)
class Group:
    """A Resource Group as its own GET shows it. id: ARN."""

    id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> str | None:
        """The environment whose marker it carries; None for a group that is not ours."""
        return self.tags.get(ENVIRONMENT) if self.tags.get(MANAGED_BY) == MAYFLY else None

    @property
    def project(self) -> str | None:
        """The project whose environment it is; another one's may have the same name."""
        return self.tags.get(PROJECT)

    def is_of(self, project: str, environment: str) -> bool:
        """Whether it carries the marker of this very environment."""
        return self.environment == environment and self.project == project


def get(cloud: Aws, name: str) -> Group | None:
    """The group of this name, or None. Raises CloudError."""
    client = cloud.client("resource-groups")
    try:
        with translated(f"GetGroup {name}"):
            arn = client.get_group(Group=name)["Group"]["GroupArn"]
        with translated(f"GetTags {name}"):
            return Group(id=arn, name=name, tags=client.get_tags(Arn=arn)["Tags"])
    except CloudError as error:
        if error.tells_absence:
            return None
        raise


def environments(cloud: Aws) -> list[Group]:
    """Every group of the account and region that carries our marker, in order of name. Raises CloudError.

    Lists only nominate: the tagging API lags and names what is gone (boto3#3341), and neither list need know
    every group. Each group's own GET decides.
    """
    nominated = sorted({*_listed(cloud), *_tagged(cloud)})
    found = run_concurrently(lambda name: get(cloud, name), nominated)
    return [group for group in found if group is not None and group.environment is not None]


def _listed(cloud: Aws) -> Iterator[str]:
    """Names of groups that begin as ours do."""
    with translated("ListGroups"):
        for page in cloud.client("resource-groups").get_paginator("list_groups").paginate():
            names = [group["GroupName"] for group in page.get("GroupIdentifiers", [])]
            yield from (name for name in names if name.startswith(resource_group("")))


def _tagged(cloud: Aws) -> Iterator[str]:
    """Names of the groups that the environments of all tagged resources have."""
    pages = cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
    with translated("GetResources"):
        for page in pages.paginate(
            TagFilters=[{"Key": MANAGED_BY, "Values": [MAYFLY]}, {"Key": ENVIRONMENT}]
        ):
            for resource in page["ResourceTagMappingList"]:
                yield from (resource_group(t["Value"]) for t in resource["Tags"] if t["Key"] == ENVIRONMENT)
