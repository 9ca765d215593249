"""What a teardown is about, found without the program, the branch or the state: from the cloud's own tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mayfly import naming
from mayfly.clouds.azure import groups, infrastructure
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import Thing
from mayfly.naming import tagging
from mayfly.naming.azure import ids

CHILDREN: Mapping[str, tuple[str, ...]] = {
    "microsoft.storage/storageaccounts": ("blobServices/default/containers",),
    "microsoft.datafactory/factories": ("pipelines", "datasets", "linkedservices", "triggers", "dataflows"),
}
"""What a resource holds that a group's own list does not name, by type."""


@dataclass(frozen=True)
class Subject:
    """One environment as the cloud shows it.

    project, subscription: with its name, what tells it from all others. candidates: the group that has its
    name, and those that carry its marker. sources: ids of production's containers that it may have grants on;
    None when neither files nor tags tell. principals: object ids of its identities.
    """

    project: str
    environment: str
    subscription: str
    candidates: tuple[groups.Group, ...] = ()
    sources: tuple[str, ...] | None = ()
    principals: tuple[str, ...] = ()
    resources: tuple[groups.Resource, ...] = ()

    @property
    def ours(self) -> tuple[groups.Group, ...]:
        """The groups that carry this environment's own marker."""
        return tuple(group for group in self.candidates if group.is_of(self.project, self.environment))

    @property
    def identity(self) -> str:
        """What its grants on production carry."""
        return naming.azure.identity(self.project, self.environment, self.subscription)


def find(
    cloud: Azure,
    project: str,
    environment: str,
    subscription: str,
    group: str,
    sources: Iterable[str] | None,
) -> Subject:
    """Ask the cloud for everything of an environment. Nothing is written.

    project: the Pulumi project's name. subscription: guid of the fabric's. group: the name its group should
    have, "" where nothing tells it. sources: ids of containers that the fabric's variables name, None when
    these cannot be read; those of the group's tags are added.
    """
    candidates = _candidates(cloud, project, environment, subscription, group)
    ours = [found for found in candidates if found.is_of(project, environment)]
    listed = [(found.id, resource) for found in ours for resource in groups.inventory(cloud, found.id)]
    resources = [
        resource
        for resource in concurrently(lambda one: _looked_at(cloud, environment, *one), listed)
        if resource is not None
    ]
    tagged = [id for found in ours for id in infrastructure.sources(found.tags).values()]
    return Subject(
        project=project,
        environment=environment,
        subscription=subscription,
        candidates=tuple(candidates),
        sources=unique([*(sources or ()), *tagged]) if sources is not None or tagged else None,
        principals=unique(concurrently(lambda resource: _principal(cloud, resource), resources)),
        resources=tuple(resources),
    )


def children(cloud: Azure, resource: groups.Resource) -> list[Thing]:
    """What a resource holds, by id and type."""
    collections = CHILDREN.get(resource.type.lower(), ())
    found = concurrently(lambda name: _collection(cloud, f"{resource.id}/{name}"), collections)
    return [thing for things in found for thing in things]


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Non-empty values, once each whatever their case: Azure's ids are case-insensitive."""
    return tuple({value.lower(): value for value in values if value}.values())


def _candidates(
    cloud: Azure, project: str, environment: str, subscription: str, group: str
) -> list[groups.Group]:
    """The group of that name, and ours that the tag nominates; each one's own GET decides."""
    scope = str(ids.parse(f"/subscriptions/{subscription}"))
    marked = f"tagName eq '{tagging.ENVIRONMENT}' and tagValue eq '{environment}'"
    nominated = [document["id"] for document in cloud.list(f"{scope}/resourceGroups", marked)]
    named = groups.group_id(subscription, group) if group else ""
    found = concurrently(lambda id: groups.get(cloud, id), unique([named, *nominated]))
    return [
        each
        for each in found
        if each and (each.id.lower() == named.lower() or each.is_of(project, environment))
    ]


def _looked_at(
    cloud: Azure, environment: str, group: str, resource: groups.Resource
) -> groups.Resource | None:
    """A topic of Event Grid that Azure made is the environment's own where what it speaks of is.

    Defender for Storage puts one beside every account, without tags; it goes with the account's group.
    """
    if resource.type.lower() != ids.TOPIC.lower() or resource.environment is not None:
        return resource
    topic = cloud.get(resource.id)
    if topic is None:
        return None
    watched = str(topic.get("properties", {}).get("source", ""))
    return replace(resource, environment=environment) if ids.is_at_or_below(watched, group) else resource


def _principal(cloud: Azure, resource: groups.Resource) -> str:
    """The object id of a resource's own identity, "" when it has none.

    An identity that production owns and that is only attached is none of these: its grants stay.
    """
    if resource.type.lower() == ids.IDENTITY.lower():
        document = cloud.get(resource.id) or {}
        return str(document.get("properties", {}).get("principalId", ""))
    return resource.principal


def _collection(cloud: Azure, path: str) -> list[Thing]:
    """What a collection holds; nothing when it went, or is closed to us, while we looked."""
    try:
        return [Thing(id=item["id"], type=item["type"]) for item in cloud.list(path)]
    except CloudError as error:
        if error.status == 403 or error.tells_absence:
            return []
        raise
