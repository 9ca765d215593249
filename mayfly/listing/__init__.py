"""The environments that exist, from the cloud's own tags; no state is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mayfly.life import Lifespan
from mayfly.naming import tagging, times

if TYPE_CHECKING:
    from mayfly.clouds.thing import EnvironmentGroup
    from mayfly.settings import Life


@dataclass(frozen=True)
class Listed:
    """One environment, as its group's tags tell. Times are RFC 3339, UTC; None where no tag is.

    kept_until, kept_by, kept_why: who keeps it past its expiry.
    state: of the group, where the cloud has such a thing. group: its name; None where no group is left.
    id: the cloud's own, of the group or of what is left. place: as of a TeardownTarget. sources: where what
    is left was found, None where the group's tags tell it.
    seen: when the cloud itself saw the first of it. lacks: what every environment has and this one has not,
    in words. Both only where a listing looked closely; None: not known.
    """

    cloud: str
    environment: str | None
    project: str | None
    fabric: str | None
    owner: str | None
    created: str | None
    expires: str | None
    kept_until: str | None
    kept_by: str | None
    kept_why: str | None
    repository: str | None
    commit: str | None
    workload_repository: str | None
    workload_commit: str | None
    state: str | None
    group: str | None
    id: str
    place: tuple[str, ...] = ()
    sources: tuple[str, ...] | None = None
    seen: str | None = None
    lacks: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        cloud: str,
        environment: str | None,
        tags: Mapping[str, str],
        group: str | None,
        id: str,
        state: str | None = None,
        **further: Any,
    ) -> Listed:
        """Make a row from the tags of the environment's group, or of what is left of it. further: fields."""
        return cls(
            cloud=cloud,
            environment=environment,
            project=tags.get("mayfly-project"),
            fabric=tags.get("mayfly-fabric"),
            owner=tags.get("mayfly-owner"),
            created=tags.get("mayfly-created-at"),
            expires=tags.get("mayfly-expires-at"),
            kept_until=tags.get("mayfly-kept-until"),
            kept_by=tags.get("mayfly-kept-by"),
            kept_why=tags.get("mayfly-kept-why"),
            repository=tags.get(tagging.REPOSITORY),
            commit=tags.get(tagging.COMMIT),
            workload_repository=tags.get(tagging.WORKLOAD_REPOSITORY),
            workload_commit=tags.get(tagging.WORKLOAD_COMMIT),
            state=state,
            group=group,
            id=id,
            **further,
        )

    def life(self, rules: Life | None) -> Lifespan:
        """How long it lives. rules: its fabric's; of the fabric in its name, since a tag is only a claim."""
        told = {
            times.CREATED_AT: self.created,
            times.EXPIRES_AT: self.expires,
            times.KEPT_UNTIL: self.kept_until,
            times.KEPT_BY: self.kept_by,
            times.KEPT_WHY: self.kept_why,
        }
        seen = None if self.seen is None else times.parse(self.seen)
        return Lifespan.of({tag: text for tag, text in told.items() if text is not None}, rules, seen)

    def read_again(self, group: EnvironmentGroup) -> Listed:
        """Return the row as its group's own GET has it. What a close listing saw besides stays."""
        state = "Deleting" if group.deleting else None
        read = Listed.of(self.cloud, group.environment, group.tags, group.name, group.id, state)
        return replace(read, place=self.place, seen=self.seen, lacks=self.lacks)

    @property
    def fabric_name(self) -> str:
        """The fabric in its name."""
        return (self.environment or "").partition("-")[0]


@dataclass(frozen=True)
class LostRole:
    """A role under the path of an environment that does not exist.

    role: its ARN. reads: what its policies name of others; None where that may not be seen.
    """

    role: str
    environment: str
    reads: list[str] | None


@dataclass
class Listing:
    """The environments that exist.

    asked: where, in words. unread: what could not be asked → why. unsigned: what of that for no other reason
    than that nobody is signed in to it. lost: roles that belong to none of the environments found.
    notes: what else is worth knowing, in sentences; of a close look alone.
    """

    found: list[Listed] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    unsigned: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    lost: list[LostRole] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
