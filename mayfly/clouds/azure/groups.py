"""Resource groups: which are environments of ours, what lies in them, and their removal."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mayfly.clouds.azure import registrations
from mayfly.clouds.azure.client import Azure, Progress
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.waiting import Sleep, until
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import EnvironmentGroup
from mayfly.errors import NotAllowed
from mayfly.naming.azure import ids
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY

LONGEST_DELETION = 2 * 3600.0

OWN_TYPES = (ids.ACCOUNT, ids.FACTORY)
"""The types of what an environment consists of."""


@dataclass(frozen=True, kw_only=True)
class Group(EnvironmentGroup):
    """A resource group as its own GET shows it. state: "Succeeded", "Deleting"."""

    location: str
    state: str

    @property
    def deleting(self) -> bool:
        """Whether it is on its way out; no write is taken and a second delete would only prolong it."""
        return self.state.lower() in ("deleting", "deprovisioning")


@dataclass(frozen=True)
class Resource:
    """A top-level resource of a group.

    environment: the one it is marked with; None for a foreign one. principal: object id of its own identity,
    "" when it has none.
    """

    id: str
    type: str
    name: str
    environment: str | None
    principal: str = ""


def group_id(subscription: str, name: str) -> str:
    """The id of a group, checked: BadInput for what could not be part of one."""
    return str(ids.parse(f"/subscriptions/{subscription}/resourceGroups/{name}"))


def get(cloud: Azure, id: str) -> Group | None:
    """The group with this id, or None."""
    document = cloud.get(str(ids.parse_as(id, "Microsoft.Resources/subscriptions/resourceGroups")))
    return None if document is None else _group(document)


def _group(document: Mapping[str, Any]) -> Group:
    return Group(
        id=document["id"],
        name=document["name"],
        location=document.get("location", ""),
        state=document.get("properties", {}).get("provisioningState", ""),
        tags=document.get("tags") or {},
    )


def tag(cloud: Azure, id: str, tags: Mapping[str, str], untag: Collection[str] = ()) -> None:
    """Write tags of a group, and remove those named in `untag`. Tags that are not named stay.

    Source: REST API, "Tags - Update At Scope": merge adds and replaces, delete takes names with their values.
    Raises CloudError.
    """
    scope = ids.parse_as(id, "Microsoft.Resources/subscriptions/resourceGroups")
    own = f"{scope}/providers/Microsoft.Resources/tags/default"
    if tags:
        cloud.patch(own, {"operation": "Merge", "properties": {"tags": dict(tags)}})
    there = (cloud.get(own) or {}).get("properties", {}).get("tags") or {} if untag else {}
    gone = {name: value for name, value in there.items() if name.lower() in untag}
    if gone:
        cloud.patch(own, {"operation": "Delete", "properties": {"tags": gone}})


def environments(cloud: Azure, subscription: str) -> list[Group]:
    """Every group of a subscription that carries our marker, in order of name: one query, however many.

    The list by tag lags behind (azure-cli#21221), so it only nominates: what is done to a group is decided by
    its own GET (`get`).
    """
    scope = str(ids.parse(f"/subscriptions/{subscription}"))
    marked = cloud.list(f"{scope}/resourceGroups", f"tagName eq '{MANAGED_BY}' and tagValue eq '{MAYFLY}'")
    ours = [group for group in map(_group, marked) if group.environment is not None]
    return sorted(ours, key=lambda group: group.name)


@dataclass(frozen=True)
class Part:
    """What the providers' own lists name in a group.

    types: of OWN_TYPES. first: when the first was made. principals: object ids of their own identities.
    """

    types: frozenset[str] = frozenset()
    first: datetime | None = None
    principals: frozenset[str] = frozenset()

    @property
    def lacks(self) -> tuple[str, ...]:
        """What every environment has and this one has not, in words."""
        return tuple(type.rpartition("/")[2] for type in OWN_TYPES if type not in self.types)


def parts(cloud: Azure, subscription: str) -> dict[str, Part]:
    """What lies in the groups of a subscription (guid), by the group's id in lower case.

    Storage tells a creationTime and Data Factory a createTime of what it lists, and neither list is the
    cache that the groups' own one is. A list of resources with $expand=createdTime goes with no filter by tag
    (REST API, "Resources - List"). Raises CloudError.
    """
    found: dict[str, Part] = {}
    for type, made_at in zip(OWN_TYPES, ("creationTime", "createTime"), strict=True):
        for document in documents(cloud, f"/subscriptions/{subscription}/providers/{type}"):
            group = document["id"].lower().partition("/providers/")[0]
            before, made = found.get(group, Part()), document.get("properties", {}).get(made_at)
            times = [before.first, _moment(made) if made else None]
            first = min((one for one in times if one is not None), default=None)
            own = {_resource(document).principal.lower()} - {""}
            found[group] = Part(before.types | {type}, first, before.principals | own)
    return found


def _moment(text: str) -> datetime | None:
    """A time as a provider writes it; None for what cannot be read. .NET writes seven digits of a second."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def inventory(cloud: Azure, id: str) -> list[Resource]:
    """The top-level resources in a group; none when the group is absent.

    The group's own list is a regional cache that may lag by 18 minutes (Azure/AKS#1964). So what an
    environment consists of is listed by its own providers, whose word counts; of any other type, something
    new may be missing here, and something gone may be named.
    """
    paths = [f"{ids.parse(id)}/resources", *(f"{ids.parse(id)}/providers/{type}" for type in OWN_TYPES)]
    listed, *own = concurrently(lambda path: [_resource(one) for one in documents(cloud, path)], paths)
    known = {type.lower() for type in OWN_TYPES}
    others = [resource for resource in listed if resource.type.lower() not in known]
    return [*(resource for found in own for resource in found), *others]


def documents(cloud: Azure, path: str) -> list[dict[str, Any]]:
    """Return a collection's documents; none when its group is absent or its provider is not registered."""
    try:
        return list(cloud.list(path))
    except CloudError as error:
        if error.tells_absence or error.code == registrations.MISSING:
            return []
        raise


def delete(
    cloud: Azure, id: str, environment: str, progress: Progress | None = None, sleep: Sleep = time.sleep
) -> bool:
    """Remove an environment's group with all in it, and wait until its own GET says 404.

    One DELETE at most: a group that is already going is waited for, since deleting it again starts over
    (crossplane provider-azure#141). Absent is success. True when there was a group.

    Raises NotAllowed when the group does not carry the environment's marker.
    """
    group = get(cloud, id)
    if group is None:
        return False
    if group.environment != environment:
        raise NotAllowed(f"{group.id} does not carry the marker of {environment}; it is left alone")
    if not group.deleting:
        cloud.delete(group.id, progress=progress)
    started = time.monotonic()

    def gone() -> bool | None:
        left = get(cloud, id)
        if left is not None and progress is not None:
            progress(time.monotonic() - started, left.state)
        return True if left is None else None

    until(gone, longest=LONGEST_DELETION, sleep=sleep)
    return True


def _resource(document: Mapping[str, Any]) -> Resource:
    tags = document.get("tags") or {}
    environment = tags.get(ENVIRONMENT) if tags.get(MANAGED_BY) == MAYFLY else None
    principal = str((document.get("identity") or {}).get("principalId") or "")
    return Resource(document["id"], document["type"], document["name"], environment, principal)
