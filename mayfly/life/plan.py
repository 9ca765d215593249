"""What an `up` writes of an environment's life: never shorter than it is, and no extension undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem
from mayfly.naming import lifespan, stamp, times
from mayfly.settings.rules import in_words

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings, Life


@dataclass(frozen=True)
class LifePlan:
    """The life that an `up` writes into the group's tags.

    created, expires: as `naming.lifespan` has them. kept: tags of a keep, as they are. notes: what became of
    the expiry that was asked for, and whether it is past, in sentences.
    """

    created: datetime
    expires: datetime | None
    kept: Mapping[str, str]
    notes: tuple[str, ...] = ()


def plan(wanted: EnvironmentSettings, group_tags: Mapping[str, str], now: datetime) -> LifePlan:
    """Decide on an environment's life. group_tags: as the cloud has them now; empty for a new one.

    A requested expiry makes a new environment's life; later it only ever lengthens one, up to the fabric's
    longest. now: the caller's one clock reading.

    Raises BadInput when a tag is no time, or a new environment is to end in the past or beyond the longest.
    """
    created, expires = lifespan(wanted, group_tags, now)
    life, request = wanted.fabric.life, wanted.expiry
    if life is None or expires is None:
        return LifePlan(created, None, {})
    notes = []
    if request is not None:
        end = request.at(now)
        if times.EXPIRES_AT not in {name.lower() for name in group_tags}:
            _check(request.variable, end, life, created, now)
            expires = end
        else:
            expires, note = _later(expires, end, created, life)
            notes.append(note)
    if expires <= now:
        how = f"`mayfly extend {wanted.name} 24h` holds it"
        notes.append(f"it expired at {stamp(expires)}, and the next sweep removes it: {how}")
    return LifePlan(created, expires, times.kept(group_tags), tuple(notes))


def _later(expires: datetime, end: datetime, created: datetime, life: Life) -> tuple[datetime, str]:
    """The expiry of an environment that has one, after another is asked for, and what became of that."""
    cap = created + life.longest
    if end <= expires:
        return expires, f"it expires at {stamp(expires)} as before: {stamp(end)} would shorten its life"
    if end <= cap:
        return end, f"it expires at {stamp(end)} now, and not at {stamp(expires)}"
    if cap <= expires:
        why = f"its fabric's longest life, {in_words(life.longest)}, is used up"
        return expires, f"it expires at {stamp(expires)} as before: {why}"
    why = f"its fabric's longest life, {in_words(life.longest)}, does not reach to {stamp(end)}"
    return cap, f"it expires at {stamp(cap)} now: {why}"


def _check(variable: str, end: datetime, life: Life, created: datetime, now: datetime) -> None:
    if not now < end <= created + life.longest:
        what = f"{stamp(end)} is not between now, {stamp(now)}, and the end of the fabric's longest life"
        raise BadInput([Problem(variable, what, f"up to {stamp(created + life.longest)}")])
