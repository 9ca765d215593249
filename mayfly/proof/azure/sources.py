"""What a proof judges on Azure: every container of production that the cloud's records name.

The group's tags and the grants of its identities are those records; a branch's variable group adds to them
and takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mayfly.clouds.azure import ids
from mayfly.errors import MayflyError
from mayfly.naming import tagging
from mayfly.naming.azure import from_tag
from mayfly.proof.verdict import VARIABLE_GROUP, JudgedSource

if TYPE_CHECKING:
    from mayfly.clouds.azure.grants import Grant
    from mayfly.proof.azure.environments import Deployed

TAGS, GRANT = "the group's tags", "a role assignment"


@dataclass
class Container:
    """A container of production. id: as it was met first. known_from: the records that name it."""

    id: str
    name: str
    known_from: list[str] = field(default_factory=list)

    @property
    def declared(self) -> bool:
        """Whether the environment is meant to read it: a stray grant on it does not say so."""
        return self.known_from != [GRANT]

    @property
    def judged(self) -> JudgedSource:
        """As a proof tells it."""
        account, container = self.id.split("/")[8::4]
        return JudgedSource(self.name, f"{account}/{container}", tuple(self.known_from))


def declared(place: Deployed) -> list[Container]:
    """What the group's tags and the variable group name.

    Raises MayflyError for a tag that names no container: who wrote it may have meant to hide one.
    """
    return _together(_tagged(place), _written(place))


def known(place: Deployed, held: Iterable[Grant]) -> list[Container]:
    """The same, and what identities of the group hold roles on. held: their role assignments."""
    return _together(_tagged(place), _granted(place, held), _written(place))


def _together(*records: Iterable[tuple[str, str, str]]) -> list[Container]:
    found: dict[str, Container] = {}
    for record in records:
        for name, id, known_from in record:
            container = found.setdefault(id.lower(), Container(id, name))
            if known_from not in container.known_from:
                container.known_from.append(known_from)
    return list(found.values())


def _tagged(place: Deployed) -> Iterable[tuple[str, str, str]]:

    for name, value in sorted(place.tags.items()):
        if name.lower().startswith(tagging.SOURCE):
            try:
                yield name[len(tagging.SOURCE) :], from_tag(value), TAGS
            except ValueError as error:
                raise MayflyError(f"the tag {name} of {place.group_id} names no source: {error}") from None


def _granted(place: Deployed, held: Iterable[Grant]) -> Iterable[tuple[str, str, str]]:

    for grant in held:
        # A role above a container shows as one that is too many, whatever lies below it.
        if not ids.is_at_or_below(grant.scope, place.group_id) and "/containers/" in grant.scope.lower():
            container = ids.parse(grant.scope)
            if container.is_type(ids.CONTAINER):
                yield f"{ids.account_of(container).name}/{container.name}", grant.scope, GRANT


def _written(place: Deployed) -> Iterable[tuple[str, str, str]]:
    return ((name, str(id), VARIABLE_GROUP) for name, id in place.settings.variables.sources.items())
