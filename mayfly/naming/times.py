"""Times in tags: RFC 3339, UTC, to the second. Callers read the clock once and pass the time on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings

CREATED_AT = "mayfly-created-at"
EXPIRES_AT = "mayfly-expires-at"
KEPT_UNTIL = "mayfly-kept-until"
KEPT_BY = "mayfly-kept-by"
KEPT_WHY = "mayfly-kept-why"
KEPT = (KEPT_UNTIL, KEPT_BY, KEPT_WHY)
"""The tags by which an environment is kept: until when, by whom, and why."""

YEARS = (1970, 9990)
"""Of the times in tags."""


def stamp(time: datetime) -> str:
    """Write a time with a zone as `2026-11-21T04:46:00Z`; fractions of a second are dropped."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone cannot be written as UTC")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """Read an RFC 3339 time of any zone as UTC. Raises ValueError for anything else."""
    time = datetime.fromisoformat(text)
    if "T" not in text.upper() or time.tzinfo is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time with a zone")
    return time.astimezone(UTC)


def read_tag(text: str) -> datetime:
    """Read a time that somebody wrote, or is to write, into a tag. Raises ValueError for anything else.

    Anybody who may tag writes such texts. So none is at an end of the calendar, where adding a length of life
    to it, or another zone's hours, would end in an error for all environments.
    """
    if not YEARS[0] <= datetime.fromisoformat(text).year <= YEARS[1]:
        raise ValueError(f"{text!r} is no time of an environment's life")
    return parse(text)


def lifespan(
    wanted: EnvironmentSettings, group_tags: Mapping[str, str], now: datetime
) -> tuple[datetime, datetime | None]:
    """Return when an environment was created and when it expires (None: never, a permanent fabric).

    group_tags: the tags that the group has now, empty when there is none. What they say stays: an `up` never
    moves the creation, and never undoes an extended expiry.
    now: the caller's one clock reading.

    Raises BadInput when a tag is there and is not a time.
    """
    created = _read(group_tags, CREATED_AT) or now
    life = wanted.fabric.life
    if life is None:
        return created, None
    return created, _read(group_tags, EXPIRES_AT) or now + life.default


def kept(group_tags: Mapping[str, str]) -> dict[str, str]:
    """Return those of a group's tags by which the environment is kept; an `up` leaves them as they are."""
    there = {name.lower(): value for name, value in group_tags.items()}
    return {tag: there[tag] for tag in KEPT if tag in there}


def _read(group_tags: Mapping[str, str], tag: str) -> datetime | None:
    text = {name.lower(): value for name, value in group_tags.items()}.get(tag)
    if text is None:
        return None
    try:
        return read_tag(text)
    except ValueError:
        what, fix = f"the group's tag is {text!r}", "set it to a time in UTC such as 2026-11-21T04:46:00Z"
        raise BadInput([Problem(f"tag {tag}", what, fix)]) from None
