"""One loop over the kinds of things that a teardown removes.

The order is the kinds'; within a round a failure is kept and the rest goes on; rounds are bounded. What
exists in the end is asked of the cloud, never concluded from what a removal answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mayfly.errors import MayflyError
from mayfly.teardown.receipt import Remaining, Thing

ROUNDS = 4
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


class Kind(Protocol):
    """One kind of thing. A listing only nominates: `exists` asks for the thing itself."""

    @property
    def name(self) -> str:
        """In the plural, as a sentence names it: "grants on production"."""

    def find(self) -> Sequence[Thing]:
        """Everything of this kind that is ours. Raises MayflyError when it cannot be read."""

    def remove(self, thing: Thing) -> None:
        """Remove it and wait until it is gone; absent is fine. Raises MayflyError."""

    def exists(self, thing: Thing) -> bool:
        """By its own GET. Raises MayflyError when it cannot be read."""


@dataclass
class Ledger:
    """What is known of every thing seen so far. Nothing that was seen is ever dropped.

    seen: by id, with its kind. failures: the last error of a removal, by id.
    """

    seen: dict[str, tuple[Kind, Thing]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, kind: Kind, things: Sequence[Thing]) -> None:
        """Remember things, for the final question."""
        for thing in things:
            self.seen.setdefault(thing.id.lower(), (kind, thing))

    @property
    def things(self) -> tuple[Thing, ...]:
        """All that was seen, in the order of its first sight."""
        return tuple(thing for _, thing in self.seen.values())


def tear_down(
    kinds: Sequence[Kind], ledger: Ledger, pause: Callable[[float], None], rounds: int = ROUNDS
) -> tuple[Remaining, ...]:
    """Remove all of the kinds, in their order; what remains, asked of the cloud in the end.

    pause: waits that many seconds between rounds.
    """
    for number in range(rounds):
        if not _round(kinds, ledger):
            break
        remains = verify(kinds, ledger)
        if not remains or number == rounds - 1:
            return remains
        pause(min(FIRST_PAUSE * 2**number, LONGEST_PAUSE))
    return verify(kinds, ledger)


def verify(kinds: Sequence[Kind], ledger: Ledger) -> tuple[Remaining, ...]:
    """Ask the cloud for every thing ever seen, and for what it lists now."""
    unread = [_unknown(kind, error) for kind in kinds if (error := _look(kind, ledger))]
    checked = (_check(kind, thing, ledger) for kind, thing in list(ledger.seen.values()))
    return (*(remaining for remaining in checked if remaining), *unread)


def _round(kinds: Sequence[Kind], ledger: Ledger) -> bool:
    """One pass over all kinds; whether there was anything to do or anything could not be read."""
    busy = False
    for kind in kinds:
        try:
            things = kind.find()
        except MayflyError:
            busy = True
            continue
        ledger.add(kind, things)
        busy = bool(things) or busy
        for thing in things:
            _remove(kind, thing, ledger)
    return busy


def _remove(kind: Kind, thing: Thing, ledger: Ledger) -> None:
    try:
        kind.remove(thing)
    except MayflyError as error:
        ledger.failures[thing.id.lower()] = str(error)


def _look(kind: Kind, ledger: Ledger) -> str | None:
    """Remember what the cloud lists now; the error when it does not say."""
    try:
        ledger.add(kind, kind.find())
    except MayflyError as error:
        return str(error)
    return None


def _check(kind: Kind, thing: Thing, ledger: Ledger) -> Remaining | None:
    failure = ledger.failures.get(thing.id.lower())
    try:
        if not kind.exists(thing):
            return None
    except MayflyError as error:
        return Remaining(
            thing=thing, why=f"unknown: {error}" + (f"; before that: {failure}" if failure else "")
        )
    return Remaining(thing=thing, why=failure or "it was removed, and the cloud still has it")


def _unknown(kind: Kind, error: str) -> Remaining:
    thing = Thing(id=f"({kind.name})", type="unknown", detail="could not be listed")
    return Remaining(thing=thing, why=f"unknown: {error}")
