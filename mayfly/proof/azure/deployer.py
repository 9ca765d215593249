"""The roles of whoever makes environments on Azure, held against the documented ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mayfly.check import Check, Outcome
from mayfly.clouds.azure import grants, permissions
from mayfly.naming import stamp
from mayfly.naming.azure import ids

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.settings import EnvironmentSettings

READING = frozenset({permissions.READER, permissions.STORAGE_BLOB_DATA_READER})
"""Roles that change nothing of production."""


def checks(cloud: Azure, wanted: EnvironmentSettings) -> list[Check]:
    """Return who is signed in, and which roles are too many on sources, or too few. Raises CloudError."""
    who, name = cloud.caller(), wanted.name
    ends = stamp(datetime.fromtimestamp(cloud.token_ends(), UTC))
    told = f"{who.object_id} of tenant {who.tenant_id}, by {who.how}; the token ends at {ends}"
    own = f"/subscriptions/{wanted.azure.subscription}"
    sources = [*wanted.variables.granted.values()]
    found = grants.effective(cloud, who.object_id, [own, *sources])
    infrastructure = [wanted.infrastructure_group] if wanted.infrastructure_group else []
    needed = permissions.deployer(wanted.azure.subscription, sources, infrastructure, wanted.fabric.permanent)
    unread = [f"{scope}: {why}" for scope, why in found.unread]
    return [
        Check(Outcome.OK, "sign-in", told, name),
        *(Check(Outcome.UNKNOWN, "roles", why, name, rights=True) for why in unread),
        *_too_many(found.grants, wanted, sources, unread),
        *(_one(assignment, found.grants, name, bool(found.unread)) for assignment in needed),
    ]


def _too_many(
    held: Sequence[Grant], wanted: EnvironmentSettings, sources: Sequence[str], unread: Sequence[str]
) -> Iterator[Check]:
    """A check for each role on a source, or above it, that can change production.

    unread: what of the roles could not be read. A permanent environment's deployer has to have some of them:
    it makes production.
    """
    if wanted.fabric.permanent:
        return
    over = [grant for grant in held if any(ids.is_at_or_below(source, grant.scope) for source in sources)]
    wrong = [grant for grant in over if not _is_harmless(grant)]
    fix = "take it away: docs/permissions.md has what the deployer needs"
    for grant in wrong:
        role = permissions.ROLE_NAMES.get(grant.role, f"the role {grant.role}")
        told = f"too many: {role} on {grant.scope}, which holds a source: it may change production"
        yield Check(Outcome.NO, "roles", told, wanted.name, fix, rights=True)
    if sources and not wrong and not unread:
        told = "none of its roles on sources changes production"
        yield Check(Outcome.OK, "roles", told, wanted.name, rights=True)


def _is_harmless(grant: Grant) -> bool:
    """Whether it reads, or gives the reader's role to service principals alone."""
    delegated = permissions.delegation(permissions.STORAGE_BLOB_DATA_READER)
    return grant.role in READING or (
        grant.role == permissions.RBAC_ADMINISTRATOR and grant.condition == delegated
    )


def _one(needed: dict[str, Any], held: Sequence[Grant], name: str, partly: bool) -> Check:
    """A check for one of the documented assignments. partly: whether not all that is held could be read."""
    scope, role = needed["scope"], str(needed["roleDefinitionId"]).rpartition("/")[2]
    over = [grant for grant in held if ids.is_at_or_below(scope, grant.scope)]
    shown = f"{permissions.ROLE_NAMES[role]} on {scope}"
    if any(_serves(grant, role, needed.get("condition", "")) for grant in over):
        return Check(Outcome.OK, "roles", shown, name, rights=True)
    if partly or any(grant.role not in permissions.ROLE_NAMES for grant in over):
        told = f"{shown} is not seen; another role may serve"
        return Check(Outcome.UNKNOWN, "roles", told, name, rights=True)
    fix = "have its owner assign it, docs/permissions.md; locally `mayfly local grant` does"
    return Check(Outcome.NO, "roles", f"too few: {shown} is missing", name, fix, rights=True)


def _serves(grant: Grant, role: str, condition: str) -> bool:
    if grant.role == permissions.OWNER:
        return not grant.condition
    return grant.role == role and grant.condition in ("", condition)
