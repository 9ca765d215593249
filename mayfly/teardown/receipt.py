"""The proof of a teardown: what was there, what went, what remains and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

from mayfly.clouds.thing import Thing
from mayfly.naming import tagging

SCHEMA_VERSION = 1
TIME_IN_NAME = "%Y%m%dT%H%M%S.%fZ"
"""To the microsecond: a receipt never takes the place of another."""

Evidence = Literal["tags", "settings"]
"""How a teardown knew what there is: the cloud's tags, the fabric's files. Never a state."""


class Model(BaseModel):
    """Base of what a receipt is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Remaining(Model):
    """Something that may still exist. why: the cloud's words; they begin with "unknown" when it could not
    be told whether it exists.
    """

    thing: Thing
    why: str


class Grants(Model):
    """Grants that the environment still holds on production after its teardown; None: could not be read.

    scopes: where they were looked for. principals: whose they would be. by_description: those that name the
    environment itself; on AWS by the IAM path of its roles. given: whether environments are given any. On AWS
    production admits them by one statement of its own, and its policy cannot be read from another account:
    there a count that could not be read is told and nothing waits for it.
    """

    scopes: tuple[str, ...]
    principals: tuple[str, ...]
    by_principal: int | None
    by_description: int | None
    given: bool = True

    @property
    def none(self) -> bool:
        """Whether production was seen to be free of them, or holds none by design."""
        unread = set() if self.given else {None}
        return {self.by_principal, self.by_description} <= {0} | unread


class Receipt(Model):
    """One teardown. Times are UTC.

    repository, commit: where the platform came from that made it; workload_repository, workload_commit: where
    its workload did. As the group's tags told; None where they did not.
    looked_for_others: how it was seen that nothing of others lay in the group, and what cannot be seen so.
    forgotten: what the removed state named beside the environment's own things; nobody looked for it.
    caveats: what whoever deployed it could do to production, in sentences.
    """

    schema_version: int = SCHEMA_VERSION
    environment: str
    repository: str | None = None
    commit: str | None = None
    workload_repository: str | None = None
    workload_commit: str | None = None
    started: datetime
    ended: datetime
    known_from: tuple[Evidence, ...]
    was: tuple[Thing, ...]
    gone: tuple[Thing, ...]
    remains: tuple[Remaining, ...]
    production_grants: Grants
    stack_removed: bool
    forgotten: tuple[Thing, ...] = ()
    looked_for_others: str = ""
    problems: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def complete(self) -> bool:
        """Whether nothing remains, in the environment and on production."""
        return not self.remains and self.production_grants.none

    @computed_field  # type: ignore[prop-decorator]
    @property
    def seconds(self) -> float:
        """How long the teardown took."""
        return round((self.ended - self.started).total_seconds(), 1)

    def of(self, tags: Mapping[str, str]) -> Receipt:
        """Return the same with where the environment came from. tags: of its group."""
        return self.model_copy(update=tagging.origins(tags))

    def write(self, folder: Path) -> Path:
        """Keep it as `<folder>/<environment>-<time>.json`; the file appears whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.environment}-{self.ended.strftime(TIME_IN_NAME)}.json"
        half = path.with_suffix(".part")
        half.write_text(self.model_dump_json(indent=2) + "\n")
        return half.replace(path)


def without(was: tuple[Thing, ...], remains: tuple[Remaining, ...]) -> tuple[Thing, ...]:
    """What was there and does not remain."""
    left = {remaining.thing.key for remaining in remains}
    return tuple(thing for thing in was if thing.key not in left)
