"""Resource Groups: which environments of ours an account and region have, as the group of each tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import EnvironmentGroup
from mayfly.naming.aws import resource_group
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY


def get(cloud: Aws, name: str) -> EnvironmentGroup | None:
    """The group of this name, with its ARN as its id, or None. Raises CloudError."""
    client = cloud.client("resource-groups")
    try:
        with translated(f"GetGroup {name}"):
            arn = client.get_group(Group=name)["Group"]["GroupArn"]
        with translated(f"GetTags {name}"):
            return EnvironmentGroup(id=arn, name=name, tags=client.get_tags(Arn=arn)["Tags"])
    except CloudError as error:
        if error.tells_absence:
            return None
        raise


def tag(cloud: Aws, name: str, tags: Mapping[str, str], untag: Collection[str] = ()) -> None:
    """Write tags of the group of this name, and remove those named in `untag`. Raises CloudError.

    Tags that are not named stay: API references of Resource Groups, "Tag" and "Untag".
    """
    client = cloud.client("resource-groups")
    with translated(f"GetGroup {name}"):
        arn = client.get_group(Group=name)["Group"]["GroupArn"]
    if tags:
        with translated(f"Tag {name}"):
            client.tag(Arn=arn, Tags=tags)
    if untag:
        with translated(f"Untag {name}"):
            client.untag(Arn=arn, Keys=sorted(untag))


def environments(cloud: Aws) -> list[EnvironmentGroup]:
    """Every group of the account and region that carries our marker, in order of name. Raises CloudError.

    Lists only nominate: the tagging API lags and names what is gone (boto3#3341), and neither list need know
    every group. Each group's own GET decides.
    """
    nominated = set[str]()
    with translated("ListGroups"):
        for page in cloud.client("resource-groups").get_paginator("list_groups").paginate():
            names = [group["GroupName"] for group in page.get("GroupIdentifiers", [])]
            nominated.update(name for name in names if name.startswith(resource_group("")))
    # The names that the groups of all tagged resources' environments have.
    filters = [{"Key": MANAGED_BY, "Values": [MAYFLY]}, {"Key": ENVIRONMENT}]
    with translated("GetResources"):
        pages = cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
        for answer in pages.paginate(TagFilters=filters):  # type: ignore[arg-type]
            tags = [tag for resource in answer["ResourceTagMappingList"] for tag in resource["Tags"]]
            nominated.update(resource_group(tag["Value"]) for tag in tags if tag["Key"] == ENVIRONMENT)
    found = concurrently(lambda name: get(cloud, name), sorted(nominated))
    return [group for group in found if group is not None and group.environment is not None]
