"""Permissions: role assignments at a scope or above it, and what their roles allow.

Each answer is kept by caller, scope and action until an assignment, a group or a lock changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.azure.authorization.conditions import holds
from localcloud.azure.authorization.definitions import permissions_of
from localcloud.azure.authorization.models import Assignments, GrantDelay, grant_delay
from localcloud.azure.authorization.patterns import matches
from localcloud.azure.core.authorizing import Attributes
from localcloud.azure.core.call import Principal
from localcloud.azure.core.ids import ROOT_GROUP
from localcloud.azure.core.principals import Principals
from localcloud.azure.core.store import Document, Store, key

MOST_KEPT = 50_000


@dataclass(frozen=True)
class Grant:
    """One assignment. scope: as a key; "" is the tenant's root. made: None if it was there from the start."""

    scope: str
    permissions: dict[str, Any]
    condition: str | None
    made: datetime | None = None

    def covers(self, scope: str) -> bool:
        """Whether the assignment is at this scope or above it."""
        above = self.scope == key(ROOT_GROUP)
        return above or scope == self.scope or scope.startswith(self.scope + "/")

    def permits(self, action: str, *, data: bool) -> bool:
        """Whether the role allows the action and does not exclude it."""
        granted, taken = ("dataActions", "notDataActions") if data else ("actions", "notActions")
        return _any_matches(self.permissions[granted], action) and not _any_matches(
            self.permissions[taken], action
        )


@dataclass(frozen=True)
class _Kept:
    """Answers since `stamp`. grants: by principal. answers: the grants that allow an action at a scope.

    delay: until an assignment is effective.
    """

    stamp: tuple[int, int]
    delay: GrantDelay | None = None
    grants: dict[str, tuple[Grant, ...]] = field(default_factory=dict)
    answers: dict[tuple[str, str, str, bool], tuple[Grant, ...]] = field(default_factory=dict)


class RoleEvaluator:
    """The authorizer of the local cloud."""

    def __init__(self, store: Store, principals: Principals) -> None:
        self._store = store
        self._principals = principals
        self._assignments = Assignments(store)
        self._last = _Kept((-1, -1))

    def allowed(
        self, principal: Principal, scope: str, *, action: str | None = None, data_action: str | None = None,
        attributes: Attributes | None = None, ignore_conditions: bool = False,
    ) -> bool:  # fmt: skip
        """Whether an assignment grants the action (or the data action) and its condition, if any, holds."""
        wanted = action if data_action is None else data_action
        if wanted is None:
            raise ValueError("an action or a data action is needed")
        grants = self._granting(principal.object_id, key(scope), wanted, data_action is not None)
        return any(
            grant.condition is None
            or ignore_conditions
            or holds(grant.condition, wanted, attributes or Attributes())
            for grant in grants
        )

    def any_role(self, principal: Principal, scope: str) -> bool:
        """Whether the principal has any assignment at, above or below this scope."""
        wanted = key(scope)
        grants = self._of(self._kept(), principal.object_id)
        return any(grant.covers(wanted) or grant.scope.startswith(wanted + "/") for grant in grants)

    def _granting(self, object_id: str, scope: str, action: str, data: bool) -> tuple[Grant, ...]:
        kept, question = self._kept(), (object_id, scope, action, data)
        found = kept.answers.get(question)
        if found is None:
            grants = self._of(kept, object_id)
            found = tuple(
                grant for grant in grants if grant.covers(scope) and grant.permits(action, data=data)
            )
            if len(kept.answers) >= MOST_KEPT:
                kept.answers.clear()
            kept.answers[question] = found
        if (delay := kept.delay) is None:
            return found
        return tuple(grant for grant in found if grant.made is None or delay.is_over(grant.made))

    def _kept(self) -> _Kept:
        """The stamp is read before any row, so what is kept under it is never older than it."""
        stamp = self._store.authorization_stamp
        kept = self._last
        if kept.stamp != stamp:
            kept = self._last = _Kept(stamp, grant_delay(self._store))
        return kept

    def _of(self, kept: _Kept, object_id: str) -> tuple[Grant, ...]:
        grants = kept.grants.get(object_id)
        if grants is None:
            names = [object_id, *self._principals.groups_of(object_id)]
            found = [one for name in names for one in self._assignments.of(name)]
            grants = kept.grants[object_id] = tuple(self._grant(one["properties"]) for one in found)
        return grants

    def _grant(self, properties: Document) -> Grant:
        permissions = permissions_of(self._store, properties["roleDefinitionId"])
        made = datetime.fromisoformat(properties["createdOn"]) if "createdOn" in properties else None
        return Grant(key(properties["scope"]), permissions, properties.get("condition"), made)


def _any_matches(patterns: Iterable[str], action: str) -> bool:
    return any(matches(pattern, action) for pattern in patterns)
