"""The identities that an environment's group holds: each may have roles, so each is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mayfly.clouds.azure import ids
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.groups import UNREGISTERED

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.proof.azure.environments import Deployed


def of_group(cloud: Azure, place: Deployed) -> dict[str, str]:
    """Object ids of all identities of the group's resources → what each belongs to. Raises CloudError.

    The factory's own comes first. The list of a group's resources is a cache that lags (azure-rest-api-specs
    #21221), so the providers whose resources we know are asked as well: an identity that one of them shows
    is missed by neither. An identity that is attached may lie outside of the group.
    """
    found: dict[str, str] = {place.principal_id: "the factory's identity"}
    for document in _documents(cloud, place):
        for principal, owner in _identities(cloud, document):
            found.setdefault(principal, owner)
    return found


def _documents(cloud: Azure, place: Deployed) -> Iterator[Mapping[str, Any]]:

    yield cloud.get(place.factory_id) or {}
    for type in (ids.FACTORY, ids.ACCOUNT, ids.IDENTITY):
        yield from _listed(cloud, f"{place.group_id}/providers/{type}")
    yield from _listed(cloud, f"{place.group_id}/resources")


def _listed(cloud: Azure, path: str) -> Iterator[Mapping[str, Any]]:
    """A collection's items; none where the subscription does not know the provider, and so has none of it."""

    try:
        yield from cloud.list(path)
    except CloudError as error:
        if error.code != UNREGISTERED and not error.tells_absence:
            raise


def _identities(cloud: Azure, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Object ids of a resource: its own identity's, those that are attached, or what it is itself."""

    identity = document.get("identity") or {}
    name = document.get("name", "")
    if principal := identity.get("principalId"):
        yield principal, f"the identity of {name}"
    for id, attached in (identity.get("userAssignedIdentities") or {}).items():
        if principal := (attached or {}).get("principalId") or _principal(cloud, id):
            yield principal, f"the identity {id.rpartition('/')[2]}"
    if str(document.get("type", "")).lower() == ids.IDENTITY.lower() and (
        principal := _principal(cloud, document["id"])
    ):
        yield principal, f"the identity {name}"


def _principal(cloud: Azure, id: str) -> str | None:
    """The object id of a user-assigned identity, None for one that is not there."""
    document = cloud.get(id) or {}
    principal: str | None = document.get("properties", {}).get("principalId")
    return principal
