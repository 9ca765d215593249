"""The loop over the kinds of things that a teardown removes.

Kinds of one step go at the same time, the steps one after the other. A failure is kept and the rest goes
on. The number of rounds is bounded. In the end the cloud is asked what exists: nothing is concluded from the
answer to a removal. A cloud may go on showing what is gone, for as long as each kind's `patience` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError, NotAllowed
from mayfly.teardown.receipt import Remaining

ROUNDS = 4
"""How often a removal that failed, or that came to nothing, is tried."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
QUESTIONS = 16
"""Things that are asked for at once in the end."""


class PartlyListed(MayflyError):
    """A part of a kind was listed, and goes. The message says why there may be more. things: that part."""

    def __init__(self, message: str, things: Sequence[Thing]) -> None:
        self.things = tuple(things)
        super().__init__(message)


class Kind(Protocol):
    """One kind of thing. A listing only nominates: `exists` asks for the thing itself."""

    @property
    def name(self) -> str:
        """In the plural, as a sentence names it: "grants on production"."""

    @property
    def at_once(self) -> int:
        """How many of them are removed at the same time."""

    @property
    def patience(self) -> float:
        """Seconds for which the cloud may go on showing one that was removed. Until then it is asked for
        again, and not removed again. 0 for a kind whose own GET tells at once.
        """

    def find(self) -> Sequence[Thing]:
        """Everything of this kind that is ours. Raises MayflyError when it cannot be read, PartlyListed when
        a part of it can.
        """

    def remove(self, thing: Thing) -> None:
        """Remove it and wait until it is gone; absent is fine. Raises MayflyError."""

    def exists(self, thing: Thing) -> bool:
        """By its own GET. Raises MayflyError when it cannot be read."""


@dataclass
class Ledger:
    """What is known of every thing seen so far. Nothing that was seen is ever dropped.

    seen: by id, with its kind. failures: the last error of a removal, by id. refused: ids of those whose last
    removal the cloud's permissions refused: another try is refused too. removed: by id, `waited` at the
    removal. unasked: ids of those that the cloud gave no answer about when it was asked last. waited: seconds
    of all pauses so far.
    """

    seen: dict[str, tuple[Kind, Thing]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    removed: dict[str, float] = field(default_factory=dict)
    unasked: set[str] = field(default_factory=set)
    waited: float = 0.0

    def add(self, kind: Kind, things: Sequence[Thing]) -> None:
        """Remember things, for the final question."""
        for thing in things:
            self.seen.setdefault(thing.key, (kind, thing))

    @property
    def things(self) -> tuple[Thing, ...]:
        """All that was seen, in the order in which it was seen first."""
        return tuple(thing for _, thing in self.seen.values())

    def is_awaited(self, thing: Thing) -> bool:
        """Whether it was removed, and the cloud may still show it."""
        if thing.key not in self.removed or thing.key not in self.seen:
            return False
        return self.waited - self.removed[thing.key] < self.seen[thing.key][0].patience


Steps = Sequence[Sequence[Kind]]
"""Kinds that may go at the same time, in the order in which they have to."""


Found = tuple[Sequence[Thing], str]
"""What a kind listed, and why it could not be read, "" when it could."""


def tear_down(
    steps: Steps,
    ledger: Ledger,
    pause: Callable[[float], object],
    say: Callable[[str], None] = lambda _text: None,
    rounds: int = ROUNDS,
    listed: Mapping[Kind, Found] | None = None,
) -> tuple[Remaining, ...]:
    """Remove everything of these kinds, step by step. Returns what the cloud still shows in the end.

    It ends early when permissions refused all that remains. It goes on past the last round while something
    that was removed is still shown. A cloud that gives no answer shows nothing: its clients have tried for
    minutes by then.

    pause: waits that many seconds between rounds; true when it was cut short: no other round begins.
    say: told, in words, what is waited for. listed: what `look` just found, so that it is not listed again.
    """
    kinds = [kind for step in steps for kind in step]
    remains: tuple[Remaining, ...] = ()
    for number in range(rounds + int(max((kind.patience for kind in kinds), default=0))):
        read = _round(steps, ledger, (listed or {}) if number == 0 else {})
        found = any(things or error for things, error in read.values())
        # A round that found nothing has just listed all, and what it could not list was tried for a minute.
        remains = verify(
            kinds if found else (), ledger, {kind: why for kind, (_, why) in read.items() if why}
        )
        last = number >= rounds - 1
        asked = [one for one in remains if not (last and one.thing.key in ledger.unasked)]
        awaited = [one for one in asked if ledger.is_awaited(one.thing)]
        ended = not found or last or all(one.thing.key in ledger.refused for one in remains)
        if ended and not awaited:
            return remains
        if awaited:
            first = awaited[0].thing.detail or awaited[0].thing.id
            more = f" and {len(awaited) - 1} more" if len(awaited) > 1 else ""
            say(f"waiting until the cloud shows it gone: {first}{more}, {ledger.waited:.0f} s")
        seconds = min(FIRST_PAUSE * 2 ** min(number, ROUNDS), LONGEST_PAUSE)
        if pause(seconds):
            return remains
        ledger.waited += seconds
    return remains


def verify(
    kinds: Sequence[Kind], ledger: Ledger, unlisted: Mapping[Kind, str] | None = None
) -> tuple[Remaining, ...]:
    """What remains: the cloud is asked for every thing ever seen, and for what it lists now.

    unlisted: kinds that could not be listed just now, with the reason: they are not listed again.
    """
    failed = dict(unlisted or {})
    listed = look([kind for kind in kinds if kind not in failed], ledger)
    failed |= {kind: error for kind, (_, error) in listed if error}
    unread = [
        Remaining(
            thing=Thing(id=f"({kind.name})", type="unknown", detail="could not be listed"),
            why=f"unknown: {error}",
        )
        for kind, error in failed.items()
    ]
    seen = list(ledger.seen.values())
    checked = concurrently(lambda one: _check(*one, ledger), seen, QUESTIONS)
    return (*(remaining for remaining in checked if remaining), *unread)


def _round(steps: Steps, ledger: Ledger, listed: Mapping[Kind, Found]) -> Mapping[Kind, Found]:
    """One pass over all kinds. Returns what each listed."""
    read = {kind: found for kind, found in listed.items() if not found[1]}
    found = {**read, **dict(look([kind for step in steps for kind in step if kind not in read], ledger))}

    def remove_all(kind: Kind) -> None:
        wanted = [thing for thing in found[kind][0] if not ledger.is_awaited(thing)]
        concurrently(lambda thing: _remove(kind, thing, ledger), wanted, kind.at_once)

    for step in steps:
        concurrently(remove_all, step, len(step))
    return found


def _remove(kind: Kind, thing: Thing, ledger: Ledger) -> None:
    ledger.refused.discard(thing.key)
    try:
        kind.remove(thing)
        ledger.removed.setdefault(thing.key, ledger.waited)
    except MayflyError as error:
        ledger.failures[thing.key] = str(error)
        if isinstance(error, NotAllowed):
            ledger.refused.add(thing.key)


def look(kinds: Sequence[Kind], ledger: Ledger) -> list[tuple[Kind, Found]]:
    """List all kinds at once, and remember what was found."""
    found = [*zip(kinds, concurrently(_find, kinds, len(kinds)), strict=True)]
    for kind, (things, _) in found:
        ledger.add(kind, things)
    return found


def _find(kind: Kind) -> Found:
    try:
        return kind.find(), ""
    except PartlyListed as error:
        return error.things, str(error)
    except MayflyError as error:
        return (), str(error)


def _check(kind: Kind, thing: Thing, ledger: Ledger) -> Remaining | None:
    failure = ledger.failures.get(thing.key)
    ledger.unasked.discard(thing.key)
    try:
        if not kind.exists(thing):
            return None
    except MayflyError as error:
        ledger.unasked.add(thing.key)
        return Remaining(
            thing=thing, why=f"unknown: {error}" + (f"; before that: {failure}" if failure else "")
        )
    return Remaining(thing=thing, why=failure or "it was removed, and the cloud still has it")
