"""Resource Groups: which environments of ours an account and region have, as the group of each tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from mayfly.clouds.aws.client import Aws
from mayfly.clouds.aws.errors import CloudError, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import EnvironmentGroup
from mayfly.naming.aws import by_key, resource_group
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY

MOST = 100
"""Resources in one answer of the tagging API, at most. Source: API reference of GetResources."""


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

    Two queries, however many there are: the groups' own list tells names, the tagging API tells tags. That
    lags and names what is gone (boto3#3341), so a group that only one of them tells of is asked itself. Lists
    only nominate: what is done to a group is decided by its own GET (`get`).
    """
    with ThreadPoolExecutor(1) as pool:
        tagged = pool.submit(_tagged, cloud)
        listed = _listed(cloud)
        told, nominated = tagged.result()
    doubtful = sorted((listed | nominated | told.keys()) - (listed & told.keys()))
    known = [told[name] for name in sorted(listed & told.keys())]
    asked = concurrently(lambda name: get(cloud, name), doubtful)
    found = [group for group in (*known, *asked) if group is not None and group.environment is not None]
    return sorted(found, key=lambda group: group.name)


def _listed(cloud: Aws) -> set[str]:
    """The names of the groups that are called as an environment's."""
    found = set[str]()
    with translated("ListGroups"):
        for page in cloud.client("resource-groups").get_paginator("list_groups").paginate():
            found.update(group["GroupName"] for group in page.get("GroupIdentifiers", []))
    return {name for name in found if name.startswith(resource_group(""))}


def _tagged(cloud: Aws) -> tuple[dict[str, EnvironmentGroup], set[str]]:
    """The groups that the tagging API names, by name, and the names of the groups of all that it names."""
    own = f"arn:aws:resource-groups:{cloud.region}:{cloud.account}:group/"
    groups, names = dict[str, EnvironmentGroup](), set[str]()
    pages = cloud.client("resourcegroupstaggingapi").get_paginator("get_resources")
    with translated("GetResources"):
        for page in pages.paginate(
            TagFilters=[{"Key": MANAGED_BY, "Values": [MAYFLY]}, {"Key": ENVIRONMENT}],
            PaginationConfig={"PageSize": MOST},
        ):
            for resource in page["ResourceTagMappingList"]:
                arn, tags = resource["ResourceARN"], by_key(resource["Tags"])
                names.add(resource_group(tags[ENVIRONMENT]))
                if arn.startswith(own):  # newer ARNs have an id after the name
                    name = arn.removeprefix(own).partition("/")[0]
                    groups[name] = EnvironmentGroup(id=arn, name=name, tags=tags)
    return groups, names
