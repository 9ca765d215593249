"""The proof of a teardown: what was there, what went, what remains and why.

`docs/receipt.schema.json` is the form of a receipt as JSON; `mayfly.teardown.schema` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, computed_field, model_validator

from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.naming import tagging

SCHEMA_VERSION: Literal[1] = 1
TIME_IN_NAME = "%Y%m%dT%H%M%S.%fZ"
"""To the microsecond: a receipt never takes the place of another."""

LARGEST = 32 * 1024 * 1024
"""Bytes of a receipt that is read."""

Evidence = Literal["tags", "settings", "state"]
"""How a teardown knew what there is: the cloud's tags, the fabric's files. Receipts of the first versions may
say "state"; since then no teardown believes one (docs/adr/0010-down-runs-no-engine.md).
"""


class Model(BaseModel):
    """Base of what a receipt is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Remaining(Model):
    """Something that may still exist."""

    thing: Thing
    why: str
    """The cloud's words; they begin with "unknown" when it could not be told whether it exists."""


class ReservedName(Model):
    """A name of what is gone that cannot be taken again at once, or not by everybody."""

    name: str
    type: str
    """Of what had it: the cloud's own type."""
    until: AwareDatetime | None
    """When it is free for all at the latest; null where the cloud's documentation names no time."""
    why: str
    """What the cloud's documentation says."""


class Grants(Model):
    """Grants that the environment still holds on production after its teardown.

    On AWS production admits environments by one statement of its own, and its policy cannot be read from
    another account: there a count that could not be read is told and nothing waits for it.
    """

    scopes: tuple[str, ...]
    """Where they were looked for: ids of production's containers, ARNs of its buckets."""
    principals: tuple[str, ...]
    """Whose they would be: object ids on Azure, ARNs of roles on AWS."""
    by_principal: int | None
    """How many name one of the principals; null: could not be read."""
    by_description: int | None
    """How many name the environment itself, on AWS by the IAM path of its roles; null: could not be read."""
    given: bool = True
    """Whether environments of this cloud are given any."""

    @property
    def none(self) -> bool:
        """Whether production was seen to be free of them, or holds none by design."""
        unread = set() if self.given else {None}
        return {self.by_principal, self.by_description} <= {0} | unread


class Receipt(Model):
    """One teardown of one environment. Times are RFC 3339, UTC."""

    schema_version: Literal[1] = SCHEMA_VERSION
    environment: str
    repository: str | None = None
    """Where the platform came from that made it, as the group's tags told; null where they did not."""
    commit: str | None = None
    """The platform's commit, likewise."""
    workload_repository: str | None = None
    """Where the workload came from, likewise."""
    workload_commit: str | None = None
    """The workload's commit, likewise."""
    started: AwareDatetime
    ended: AwareDatetime
    """When the cloud was asked for the last time: what is gone went before."""
    known_from: tuple[Evidence, ...]
    """How it was known what there is: the cloud's tags, the fabric's files."""
    was: tuple[Thing, ...]
    """All that was seen."""
    gone: tuple[Thing, ...]
    """What of that the cloud no longer shows, each by its own GET."""
    remains: tuple[Remaining, ...]
    """What may still exist, and why."""
    reserved: tuple[ReservedName, ...] = ()
    """Names of what is gone that are not free at once."""
    production_grants: Grants
    """What production held of the environment in the end."""
    stack_removed: bool
    """Whether its stack was removed by this teardown."""
    forgotten: tuple[Thing, ...] = ()
    """What the removed state named beside the environment's own things; nobody looked for it."""
    looked_for_others: str = ""
    """How it was seen that nothing of others lay in the group, and what cannot be seen so."""
    problems: tuple[str, ...] = ()
    """What could not be listed or told apart on the way."""
    caveats: tuple[str, ...] = ()
    """What whoever deployed it could do to production, in sentences."""

    @model_validator(mode="before")
    @classmethod
    def _without_computed(cls, document: Any) -> Any:
        """What is computed is written down for readers, and computed anew when a receipt is read."""
        if not isinstance(document, Mapping):
            return document
        return {name: value for name, value in document.items() if name not in ("complete", "seconds")}

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

    @property
    def verdict(self) -> str:
        """What it shows, in one sentence."""
        numbers = (self.production_grants.by_principal, self.production_grants.by_description)
        by_principal, by_description = ("unknown" if number is None else str(number) for number in numbers)
        counts = (
            f"statements of production's buckets: {by_principal} name its roles, {by_description} its path"
        )
        if self.production_grants.given:
            counts = f"grants on production: {by_principal} by principal, {by_description} by description"
        if not self.complete:
            return f"{self.environment} is NOT gone; what remains: {len(self.remains)}; {counts}"
        if not self.was and not self.stack_removed:
            return f"there was nothing of {self.environment}; {counts}"
        return f"{self.environment} is gone: {len(self.gone)} things in {self.seconds} s; {counts}"

    @property
    def name(self) -> str:
        """Its file's name, by which receipts of one environment are in the order of their times."""
        return f"{self.environment}-{self.ended.strftime(TIME_IN_NAME)}.json"

    def of(self, tags: Mapping[str, str]) -> Receipt:
        """Return the same with where the environment came from. tags: of its group."""
        return self.model_copy(update=tagging.origins(tags))

    def write(self, folder: Path) -> Path:
        """Keep it in a folder by its name; the file appears whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.name
        half = path.with_suffix(".part")
        half.write_text(self.model_dump_json(indent=2) + "\n")
        return half.replace(path)


@dataclass(frozen=True)
class Reservation:
    """What a cloud does with the name of what is gone.

    days: for how long it is not free at most; None where the cloud does not say.
    """

    days: int | None
    why: str


def reserved(
    gone: Iterable[Thing], rules: Mapping[str, Reservation], ended: datetime
) -> tuple[ReservedName, ...]:
    """The names of what is gone that are not free. rules: by type, in lower case. ended: when it had gone."""
    return tuple(
        ReservedName(
            name=thing.id.replace(":", "/").rpartition("/")[2],
            type=thing.type,
            until=None if rule.days is None else ended + timedelta(days=rule.days),
            why=rule.why,
        )
        for thing in gone
        if (rule := rules.get(thing.type.lower())) is not None
    )


@dataclass(frozen=True)
class Receipts:
    """The receipts of a folder, oldest first. unread: files that are none, with the reason."""

    found: tuple[Receipt, ...]
    unread: tuple[tuple[Path, str], ...]


def kept(folder: Path, environment: str | None = None) -> Receipts:
    """Read what `Receipt.write` kept in a folder, and older versions did. environment: None for all."""
    found, unread = list[Receipt](), list[tuple[Path, str]]()
    for path in sorted(folder.glob(f"{environment}-*.json" if environment else "*.json")):
        try:
            receipt = parse(_text(path))
        except (OSError, UnicodeDecodeError, MayflyError) as error:
            unread.append((path, str(error)))
            continue
        if environment in (None, receipt.environment):
            found.append(receipt)
    return Receipts(tuple(sorted(found, key=lambda receipt: receipt.ended)), tuple(unread))


def _text(path: Path) -> str:
    """Raises MayflyError for a pipe, whose reader would wait for ever, and for what no memory would hold."""
    if not path.is_file():
        raise MayflyError("no receipt: it is no file")
    if path.stat().st_size > LARGEST:
        raise MayflyError(f"no receipt: it holds more than {LARGEST:,} bytes")
    return path.read_text()


def parse(text: str) -> Receipt:
    """Read a receipt of this or an older version. Raises MayflyError for anything else."""
    try:
        return Receipt.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MayflyError(f"no receipt: {where + ': ' if where else ''}{first['msg']}") from None


def without(was: tuple[Thing, ...], remains: tuple[Remaining, ...]) -> tuple[Thing, ...]:
    """What was there and does not remain."""
    left = {remaining.thing.key for remaining in remains}
    return tuple(thing for thing in was if thing.key not in left)
