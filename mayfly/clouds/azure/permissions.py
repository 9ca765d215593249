"""The deployer's permissions as data: the documentation prints them, `mayfly local grant` applies them.

The deployer runs code from a pull request, so it gets no more than this. Source of the condition's form:
"Examples to delegate Azure role assignment management with conditions", example "Constrain roles and
principal types"; of its attributes: "Authorization actions and attributes" (@Request for write, @Resource
for delete).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from mayfly.clouds.azure.grants import reading_scope
from mayfly.naming.azure import ids

# Source: "Azure built-in roles".
STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"

ROLE_NAMES = {
    STORAGE_BLOB_DATA_READER: "Storage Blob Data Reader",
    STORAGE_BLOB_DATA_CONTRIBUTOR: "Storage Blob Data Contributor",
    CONTRIBUTOR: "Contributor",
    OWNER: "Owner",
    READER: "Reader",
    RBAC_ADMINISTRATOR: "Role Based Access Control Administrator",
}
"""The names that the portal shows."""

CONDITION_VERSION = "2.0"

SHARED = "the deployer may write production: Contributor on its subscription"
"""What is said of an ephemeral environment whose subscription holds a source or a permanent environment."""


def caveats(subscription: str, sources: Iterable[str], shared: bool = False) -> list[str]:
    """Return what the deployer may do to production, in sentences.

    subscription: guid of the environment's. sources: ids of the containers that it reads. shared: whether its
    fabric says so itself: for what lies beside it, and is no source of its own.
    """
    own = f"/subscriptions/{subscription}"
    return [SHARED] if shared or any(ids.is_at_or_below(source, own) for source in sources) else []


def deployer(
    subscription: str,
    production_scopes: Iterable[str],
    infrastructure: Iterable[str] = (),
    permanent: bool = False,
) -> list[dict[str, Any]]:
    """The role assignments that the deployer needs, as the properties of each, principal left out.

    On its own subscription: Contributor, and the right to give Storage Blob Data Contributor to service
    principals. On each of production's containers: the right to give Storage Blob Data Reader to service
    principals; on the account of each, Reader, which shows its addresses and locks and no data. On the groups
    of permanent environments whose infrastructure applications use, Reader, which shows what they publish.

    Of a permanent environment it is the account on which it may give that role, above all containers: the
    condition cannot tell whose grant is taken away, and nobody who may take those on a container may take it.

    subscription: id (guid) of the deployer's own. production_scopes: ids of production's containers.
    infrastructure: ids of those groups. permanent: whether it is permanent environments that it makes.
    """
    own = f"/subscriptions/{subscription}"
    containers = [ids.parse(scope) for scope in production_scopes]
    accounts = {str(ids.account_of(container)).lower(): ids.account_of(container) for container in containers}
    scopes = dict.fromkeys(reading_scope(str(id), permanent) for id in containers)
    return [
        _assignment(own, CONTRIBUTOR),
        _assignment(own, RBAC_ADMINISTRATOR, delegation(STORAGE_BLOB_DATA_CONTRIBUTOR)),
        *(_assignment(str(account), READER) for account in accounts.values() if account.provider),
        *(_assignment(scope, RBAC_ADMINISTRATOR, delegation(STORAGE_BLOB_DATA_READER)) for scope in scopes),
        *(_assignment(str(ids.parse(group)), READER) for group in infrastructure),
    ]


JANITOR = "8f0b3c1e-6f2a-5d0e-9a6e-6d6179666c79"
JANITOR_OF_GRANTS = "4b7d2a90-1c35-5e6b-8d41-6d6179666c79"
"""Custom roles, by guids of our own: no built-in role removes groups without making them."""

JANITOR_DELETES = (
    "Microsoft.DataFactory/factories/delete",
    "Microsoft.EventGrid/systemTopics/delete",
    "Microsoft.Resources/subscriptions/resourceGroups/delete",
    "Microsoft.Storage/storageAccounts/delete",
)
"""A group's delete asks for the delete of all that lies in it ("Azure Resource Manager resource group and
resource deletion", required access): of what environments consist of, and of what Defender for Storage puts
there.
"""


def janitor_roles(subscription: str, production_scopes: Iterable[str]) -> list[dict[str, Any]]:
    """The custom roles of the janitor, as the properties of each; name: its guid, scope: where it is made.

    subscription: id (guid) of the environments'. production_scopes: ids of production's containers.
    """
    own = f"/subscriptions/{subscription}"
    grants = [
        "Microsoft.Authorization/roleAssignments/read",
        "Microsoft.Authorization/roleAssignments/delete",
    ]
    elsewhere = dict.fromkeys(
        f"/subscriptions/{ids.parse(scope).subscription}" for scope in production_scopes
    )
    found = [_role(JANITOR, "Mayfly Janitor", [own], ["*/read", *JANITOR_DELETES])]
    if elsewhere:
        found.append(_role(JANITOR_OF_GRANTS, "Mayfly Janitor of Grants", [*elsewhere], grants))
    return found


def janitor(subscription: str, production_scopes: Iterable[str]) -> list[dict[str, Any]]:
    """The role assignments of the principal that sweeps, as the properties of each, principal left out.

    On the environments' subscription it looks and removes; on each of production's containers it sees who
    has which role, and takes Storage Blob Data Reader from service principals. It reads no data and makes
    nothing.

    subscription, production_scopes: see `janitor_roles`.
    """
    reader = _allows("delete", "@Resource", STORAGE_BLOB_DATA_READER)
    scopes = dict.fromkeys(str(ids.parse(scope)) for scope in production_scopes)
    return [
        _assignment(f"/subscriptions/{subscription}", JANITOR),
        *(_assignment(scope, JANITOR_OF_GRANTS, reader) for scope in scopes),
    ]


def reaper_roles(subscription: str, production_scopes: Iterable[str], reaper: str) -> list[dict[str, Any]]:
    """The custom roles of an in-cloud reaper: the janitor's, under names of its own.

    reaper: its name, unique in the tenant. The rest: see `janitor_roles`.
    """
    return [
        {**role, "name": _own(reaper, role["name"]), "roleName": f"{role['roleName']}, {reaper}"}
        for role in janitor_roles(subscription, production_scopes)
    ]


def reaper(subscription: str, production_scopes: Iterable[str], reaper: str) -> list[dict[str, Any]]:
    """The role assignments of an in-cloud reaper, as the properties of each, principal left out.

    They are the janitor's, of the roles that `reaper_roles` makes. Arguments: see there.
    """
    found = []
    for assignment in janitor(subscription, production_scopes):
        path, _, role = assignment["roleDefinitionId"].rpartition("/")
        found.append({**assignment, "roleDefinitionId": f"{path}/{_own(reaper, role)}"})
    return found


def _own(reaper: str, role: str) -> str:
    return str(uuid.uuid5(uuid.UUID(role), reaper))


def _role(name: str, title: str, scopes: list[str], actions: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "scope": scopes[0],
        "roleName": title,
        "type": "CustomRole",
        "assignableScopes": scopes,
        "permissions": [{"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}],
    }


def delegation(role: str) -> str:
    """Return the condition that lets a role administrator assign one role only, to service principals only.

    role: guid of the role definition.
    """
    return f"{_allows('write', '@Request', role)} AND {_allows('delete', '@Resource', role)}"


def _allows(action: str, side: str, role: str) -> str:
    attribute = f"{side}[Microsoft.Authorization/roleAssignments"
    return (
        f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR "
        f"({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{role}}} AND "
        f"{attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))"
    )


def _assignment(scope: str, role: str, condition: str | None = None) -> dict[str, Any]:
    subscription = ids.parse(scope).subscription
    definition = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    assignment: dict[str, Any] = {"scope": scope, "roleDefinitionId": definition}
    if condition is not None:
        assignment |= {"condition": condition, "conditionVersion": CONDITION_VERSION}
    return assignment
