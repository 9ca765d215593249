"""The grants of an environment on production: found by principal and by description, revoked one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from mayfly.clouds.azure import grants, permissions
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.naming.azure import ids
from mayfly.teardown.azure.subject import Subject, unique
from mayfly.teardown.loop import PartlyListed
from mayfly.teardown.receipt import Grants

TYPE = "Microsoft.Authorization/roleAssignments"

PATIENCE = 300.0
"""Seconds: role assignments are cached, and a change may take minutes to be seen everywhere
(https://learn.microsoft.com/azure/role-based-access-control/troubleshooting, "Role assignment changes")."""


@dataclass(eq=False)
class GrantKind:
    """Grants outside the group: those that name the environment, and all of its own identities.

    principals: whom the receipt speaks of: the environment's identities, and those that a description brings
    to light. Of the latter only what is described goes: whoever they are, their other grants are not ours.
    """

    cloud: Azure
    subject: Subject
    name: str = "grants on production"
    at_once: int = 1
    patience: float = PATIENCE
    principals: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        self.principals = self.subject.principals

    def find(self) -> Sequence[Thing]:
        """Every grant that names the environment, and every other one of its own identities.

        A scope that cannot be read, such as one that a tag makes up, keeps none of the others' from going:
        with the group goes the record of whose they are.
        """
        named = self._naming()
        self.principals = unique([*self.principals, *(grant.principal_id for grant in self._outside(named))])
        searched = [named, *self._held_by(self.subject.principals)]
        found = {grant.id.lower(): grant for one in searched for grant in self._outside(one)}
        things = []
        for grant in found.values():
            path = ids.parse(grant.scope).path
            names = "/".join(name for _, name in path if name != "default") or grant.scope
            role = permissions.ROLE_NAMES.get(grant.role, grant.role)
            detail = f"{role} of {grant.principal_id} on {names}"
            things.append(Thing(id=grant.id, type=TYPE, detail=detail))
        if unread := _unread(searched):
            raise PartlyListed(unread, things)
        return things

    def remove(self, thing: Thing) -> None:
        """Revoke it; absent is fine."""
        grants.revoke(self.cloud, thing.id)

    def exists(self, thing: Thing) -> bool:
        """By its own GET."""
        return grants.get(self.cloud, thing.id) is not None

    def proof(self) -> Grants:
        """What production holds of the environment now."""
        return Grants(
            scopes=self.subject.sources or (),
            principals=self.principals,
            by_principal=self._count(lambda: self._held_by(self.principals)),
            by_description=self._count(lambda: [self._naming()]),
        )

    def _count(self, search: Callable[[], Sequence[grants.GrantSearch]]) -> int | None:
        """How many there are, None when that cannot be read. Lists lag: each one's own GET decides."""
        try:
            searched = search()
            listed = unique(grant.id for found in searched for grant in self._outside(found))
            return None if _unread(searched) else len(grants.remaining(self.cloud, listed))
        except MayflyError:
            return None

    def _naming(self) -> grants.GrantSearch:
        return grants.of_environment(self.cloud, self.subject.identity, self._scopes)

    def _held_by(self, principals: Sequence[str]) -> list[grants.GrantSearch]:
        """What each holds on the sources, and one of the environment's own wherever the caller may look: no
        file and no tag of it need say where somebody gave it a role.
        """
        own = [id for id in principals if id in self.subject.principals]
        beside = grants.beside(self.cloud, own[0]) if own else []
        elsewhere = (grants.of_principal(self.cloud, id, beside) for id in own)
        return [
            *(grants.of_principal(self.cloud, id, self._scopes) for id in principals),
            *(replace(found, unread=()) for found in elsewhere),
        ]

    @property
    def _scopes(self) -> tuple[str, ...]:
        """Production's containers: a search there tells what is at, above and below them."""
        if self.subject.sources is None:
            raise MayflyError("neither the fabric's files nor the group's tags say where grants may be")
        return self.subject.sources

    def _outside(self, found: grants.GrantSearch) -> list[grants.Grant]:
        """Those that do not go with the group."""
        own = [group.id for group in self.subject.ours]
        return [
            grant
            for grant in found.grants
            if not any(ids.is_at_or_below(grant.scope, scope) for scope in own)
        ]


def _unread(searched: Iterable[grants.GrantSearch]) -> str:
    """The scopes that could not be read, with the reason, "" for none."""
    return "; ".join(dict.fromkeys(f"{scope}: {why}" for found in searched for scope, why in found.unread))
