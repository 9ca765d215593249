"""A deployed environment and the identities in its group, as Azure shows them; no state is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.clouds.azure import groups
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.naming.azure import ids
from mayfly.naming.tagging import ENVIRONMENT

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.settings import EnvironmentSettings


@dataclass(frozen=True)
class DeployedEnvironment:
    """An environment that exists.

    group_id, factory_id, account_id: resource ids. principal_id: object id of the factory's identity.
    blob_endpoint: base URL of the environment's own account. tags: of its group. further: base URLs of its
    further accounts by their words, and their ids.
    """

    settings: EnvironmentSettings
    group_id: str
    factory_id: str
    account_id: str
    principal_id: str
    blob_endpoint: str
    tags: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def account_ids(self) -> list[str]:
        """The resource ids of its accounts."""
        return [self.account_id, *(id for _, id in self.further.values())]

    def endpoint(self, account: str) -> str:
        """The base URL of an account's blobs. account: its word, "" for the one of every environment."""
        return self.further[account][0] if account else self.blob_endpoint


def deployed(cloud: Azure, wanted: EnvironmentSettings) -> DeployedEnvironment:
    """Return the environment as the cloud has it.

    Raises BadInput when it does not exist, MayflyError when `up` has not finished it, CloudError.
    """
    names = naming.azure.names(wanted)
    group = groups.group_id(wanted.azure.subscription, names.group)
    found = groups.get(cloud, group)
    if found is None or not found.is_of(wanted.project, wanted.name):
        fix = f"`mayfly up {wanted.name}` makes it"
        raise BadInput([Problem("ENV", f"'{wanted.name}' is not deployed", fix)])

    def own(type: str, name: str) -> dict[str, Any]:
        # By its own id: the group's list of resources may lag behind for minutes.
        document = cloud.get(f"{group}/providers/{type}/{name}")
        if document is None or (document.get("tags") or {}).get(ENVIRONMENT) != wanted.name:
            raise MayflyError(f"{wanted.name} is not complete; run `mayfly up {wanted.name}` again")
        return document

    factory, account = own(ids.FACTORY, names.factory), own(ids.ACCOUNT, names.account)
    more = {word: own(ids.ACCOUNT, name) for word, name in names.further.items()}
    return DeployedEnvironment(
        settings=wanted,
        group_id=group,
        factory_id=factory["id"],
        account_id=account["id"],
        principal_id=factory["identity"]["principalId"],
        blob_endpoint=_blobs(account),
        tags=found.tags,
        further={word: (_blobs(document), document["id"]) for word, document in more.items()},
    )


def _blobs(account: Mapping[str, Any]) -> str:
    return str(account["properties"]["primaryEndpoints"]["blob"])


def identities(cloud: Azure, place: DeployedEnvironment) -> dict[str, str]:
    """Return the identities of all resources in the group: object id → owner, in words. Raises CloudError.

    The factory's own comes first. The group's list of resources is a cache that lags (azure-rest-api-specs
    #21221), so the providers of the types that we know are asked too: an identity that either list shows is
    found. A user-assigned identity may lie outside the group.
    """
    found: dict[str, str] = {place.principal_id: "the factory's identity"}
    documents = [cloud.get(place.factory_id) or {}]
    for type in (ids.FACTORY, ids.ACCOUNT, ids.IDENTITY):
        documents += groups.documents(cloud, f"{place.group_id}/providers/{type}")
    documents += groups.documents(cloud, f"{place.group_id}/resources")
    for document in documents:
        for principal, owner in _identities_of(cloud, document):
            found.setdefault(principal, owner)
    return found


def _identities_of(cloud: Azure, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The identities of one resource: system-assigned, user-assigned, or the resource itself."""
    identity, name = document.get("identity") or {}, document.get("name", "")
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
    """The object id of a user-assigned identity; None when it does not exist."""
    principal: str | None = ((cloud.get(id) or {}).get("properties") or {}).get("principalId")
    return principal
