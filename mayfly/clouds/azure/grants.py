"""Grants: role assignments of an environment's identity on things outside its group.

They do not go with the group, and outlive the principal they name: they are found and revoked on their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError, Refused
from mayfly.clouds.concurrent import concurrently
from mayfly.naming.azure import ids

ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"


@dataclass(frozen=True)
class Grant:
    """One role assignment. id: its resource id. role: the role definition's guid. made: when, RFC 3339, ""
    where the cloud does not say. condition: under which it holds, "" for none.
    """

    id: str
    scope: str
    role: str
    principal_id: str
    description: str = ""
    made: str = ""
    condition: str = ""


@dataclass(frozen=True)
class GrantSearch:
    """The result of a search. unread: scopes that could not be read, with the reason: unknown, not empty."""

    grants: tuple[Grant, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def description(identity: str) -> str:
    """What a grant's description says: assignments carry no tags. identity: see `naming.azure.identity`."""
    return f"mayfly:{identity}"


_NAMING = re.compile(re.escape(description("")) + r"[^/]+/[^/]+/[^/]+")
"""What `description` makes. Whoever gives a grant writes its description, and may write anything."""


def reading_scope(source: str, permanent: bool) -> str:
    """Where the grant to read a source lies: on its container, a permanent environment's on the account.

    A deployer of ephemeral environments may give and take the reader role on containers, and its condition
    cannot tell whose grant it takes: above the container it can take none.
    """
    return str(ids.account_of(ids.parse(source))) if permanent else source


def of_principal(cloud: Azure, principal_id: str, scopes: Iterable[str]) -> GrantSearch:
    """All role assignments of a principal at, above or below the given scopes.

    `principalId eq {id}` returns those at, above and below a scope, `atScope()` only those at or above.
    Source: "Role Assignments - List For Scope", REST API 2022-04-01.
    Scopes are those that the caller may read: subscriptions, or production's containers alone.
    """
    if not ids.GUID.fullmatch(principal_id):
        raise ValueError(f"'{principal_id}' is not an object id")
    wanted = principal_id.lower()
    return _search(
        cloud, scopes, f"principalId eq '{principal_id}'", lambda grant: grant.principal_id.lower() == wanted
    )


def effective(cloud: Azure, principal_id: str, scopes: Iterable[str]) -> GrantSearch:
    """All role assignments by which a principal has rights at, above or below the given scopes.

    Those of the groups that it is in as well, and of the groups that these are in: `assignedTo('{id}')` does
    that, `principalId eq {id}` does not. A grant's principal_id tells a group's. Source: "List Azure role
    assignments using the REST API". Only the direct ones are ours to revoke: see `of_principal`.
    """
    if not ids.GUID.fullmatch(principal_id):
        raise ValueError(f"'{principal_id}' is not an object id")
    return _search(cloud, scopes, f"assignedTo('{principal_id}')", lambda grant: True)


def of_environment(cloud: Azure, identity: str, scopes: Iterable[str]) -> GrantSearch:
    """All role assignments whose description names an environment: for principals that are dead already.

    identity: see `naming.azure.identity`.
    """
    return _search(cloud, scopes, None, lambda grant: grant.description == description(identity))


def of_environments(cloud: Azure, scopes: Iterable[str]) -> GrantSearch:
    """All role assignments whose description is of the form that names an environment, whichever it is."""
    return _search(cloud, scopes, None, lambda grant: bool(_NAMING.fullmatch(grant.description)))


def beside(cloud: Azure, principal_id: str) -> list[str]:
    """Scopes in which a principal may have rights that no file and no tag tells of.

    Every subscription that the caller sees; of one whose role assignments it may not list, the accounts: a
    deployer's Reader on the accounts of production is enough. Raises CloudError.
    """
    seen = [str(item["id"]) for item in cloud.list("/subscriptions", **{"api-version": "2022-12-01"})]
    closed = [scope for scope, _ in effective(cloud, principal_id, seen).unread]
    accounts: list[str] = []
    for subscription in closed:
        with suppress(Refused):
            accounts += [item["id"] for item in cloud.list(f"{subscription}/providers/{ids.ACCOUNT}")]
    return [*(scope for scope in seen if scope not in closed), *accounts]


def get(cloud: Azure, id: str) -> Grant | None:
    """A role assignment by its own GET, or None."""
    document = cloud.get(str(ids.parse_grant(id)))
    return None if document is None else _grant(document)


def revoke(cloud: Azure, id: str) -> bool:
    """Remove a role assignment. Absent is success; True when it was there. Raises Refused under a lock."""
    return cloud.delete(str(ids.parse_grant(id)))


def remaining(cloud: Azure, grant_ids: Iterable[str]) -> list[Grant]:
    """Those of the given role assignments that still exist; each one's own GET decides, never a list."""
    found = concurrently(lambda id: get(cloud, id), grant_ids)
    return [grant for grant in found if grant is not None]


def _search(
    cloud: Azure, scopes: Iterable[str], filter: str | None, wanted: Callable[[Grant], bool]
) -> GrantSearch:
    unique = {scope.lower(): scope for scope in scopes}.values()
    answers = concurrently(lambda scope: _at(cloud, scope, filter), unique)
    grants = {grant.id.lower(): grant for found in answers for grant in found.grants if wanted(grant)}
    return GrantSearch(tuple(grants.values()), tuple(item for found in answers for item in found.unread))


def _at(cloud: Azure, scope: str, filter: str | None) -> GrantSearch:
    try:
        listed = cloud.list(f"{ids.parse(scope)}/{ASSIGNMENTS}", filter)
        return GrantSearch(tuple(_grant(document) for document in listed))
    except CloudError as error:
        return GrantSearch() if error.tells_absence else GrantSearch(unread=((scope, str(error)),))


def _grant(document: Mapping[str, Any]) -> Grant:
    properties = document["properties"]
    return Grant(
        id=document["id"],
        scope=properties["scope"],
        role=properties["roleDefinitionId"].rsplit("/", 1)[-1].lower(),
        principal_id=properties["principalId"],
        description=properties.get("description") or "",
        made=properties.get("createdOn") or "",
        condition=properties.get("condition") or "",
    )
