"""The loop against a cloud that fails in any order: no leftover is ever lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError, NotAllowed
from mayfly.teardown import loop
from mayfly.teardown.loop import ROUNDS, Ledger, PartlyListed, look, tear_down, verify
from mayfly.teardown.receipt import Remaining


def thing(number: int, kind: str = "a") -> Thing:
    return Thing(id=f"/{kind}/{number}", type=kind)


@dataclass(eq=False)
class Faulty:
    """A kind whose calls fail as a script says; True in `faults` is a failure of the next call."""

    name: str
    here: set[str]
    faults: list[bool] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 1
    patience: float = 0.0

    def find(self) -> Sequence[Thing]:
        self._maybe_fail("find", "")
        return [Thing(id=id, type=self.name) for id in sorted(self.here)]

    def remove(self, thing: Thing) -> None:
        self._maybe_fail("remove", thing.id)
        self.here.discard(thing.id)

    def exists(self, thing: Thing) -> bool:
        self._maybe_fail("exists", thing.id)
        return thing.id in self.here

    def _maybe_fail(self, call: str, id: str) -> None:
        self.calls.append((call, id))
        if self.faults and self.faults.pop(0):
            raise MayflyError(f"{call} {id} failed")


def no_pause(_seconds: float) -> None:
    """Time does not pass in these tests."""


faults = st.lists(st.booleans(), max_size=60)
ids = st.sets(st.integers(0, 5), max_size=4)


@settings(deadline=None)
@given(ids, ids, faults, faults)
def test_whatever_fails_a_leftover_is_in_the_receipt(
    grants: set[int], groups: set[int], grant_faults: list[bool], group_faults: list[bool]
) -> None:
    first = Faulty("grant", {thing(n, "grant").id for n in grants}, grant_faults)
    second = Faulty("group", {thing(n, "group").id for n in groups}, group_faults)
    remains = tear_down([[first], [second]], Ledger(), no_pause)
    told = {remaining.thing.id for remaining in remains}
    for kind in (first, second):
        assert kind.here <= told or f"({kind.name})" in told


@settings(deadline=None)
@given(ids, faults)
def test_rounds_are_bounded(numbers: set[int], script: list[bool]) -> None:
    kind = Faulty("grant", {thing(n).id for n in numbers}, script)
    tear_down([[kind]], Ledger(), no_pause)
    assert sum(call == "find" for call, _ in kind.calls) <= 2 * ROUNDS + 1


def test_the_order_is_the_kinds() -> None:
    grants, group = Faulty("grant", {"/g/1"}), Faulty("group", {"/rg/1"})
    removed: list[str] = []
    for kind in (grants, group):
        kind.calls = _Recorder(removed, kind.name)
    assert tear_down([[grants], [group]], Ledger(), no_pause) == ()
    assert removed == ["grant", "group"]


def test_a_failure_is_kept_and_the_rest_goes_on() -> None:
    grants = Faulty("grant", {"/g/1"}, [False, True] + [False, True, False, False] * 20)
    group = Faulty("group", {"/rg/1"})
    ledger = Ledger()
    remains = tear_down([[grants], [group]], ledger, no_pause, rounds=1)
    assert [remaining.thing.id for remaining in remains] == ["/g/1"]
    assert "remove /g/1 failed" in remains[0].why
    assert group.here == set()


def test_what_permissions_refuse_is_not_tried_again_and_again() -> None:
    kind = Faulty("group", {"/rg/1"})

    def refuse(thing: Thing) -> None:
        raise NotAllowed("no")

    kind.remove = refuse  # type: ignore[method-assign]
    pauses: list[float] = []
    assert [one.why for one in tear_down([[kind]], Ledger(), pauses.append)] == ["no"]
    assert pauses == []


def test_a_pause_that_is_cut_short_begins_no_other_round() -> None:
    """As when the engine cancels: each further round would be calls that nobody waits for."""
    kind = Faulty("thing", {thing(1).id}, [False, True])
    remains = tear_down([[kind]], Ledger(), lambda _seconds: True)
    assert [call for call, _ in kind.calls].count("remove") == 1
    assert [one.thing.id for one in remains] == [thing(1).id]


@dataclass(eq=False)
class Lagging(Faulty):
    """A kind whose cloud goes on showing what is gone until so many seconds of pauses have passed."""

    shown_for: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if sum(self.pauses) >= self.shown_for:
            self.here.clear()

    def remove(self, thing: Thing) -> None:
        self._maybe_fail("remove", thing.id)


def test_a_deletion_that_is_seen_minutes_later_is_waited_for_and_not_asked_for_again() -> None:
    grants = Lagging("grant", {"/g/1", "/g/2"}, patience=300, shown_for=200)
    said: list[str] = []
    assert tear_down([[grants]], Ledger(), grants.pause, said.append) == ()
    assert [call for call in grants.calls if call[0] == "remove"] == [("remove", "/g/1"), ("remove", "/g/2")]
    assert 200 <= sum(grants.pauses) < 230
    assert max(grants.pauses) <= 30
    assert said[0] == "waiting until the cloud shows it gone: /g/1 and 1 more, 0 s"


def test_patience_ends_and_what_the_cloud_still_has_remains() -> None:
    grants = Lagging("grant", {"/g/1"}, patience=120, shown_for=1000)
    (left,) = tear_down([[grants]], Ledger(), grants.pause)
    assert left.why == "it was removed, and the cloud still has it"
    assert 120 <= sum(grants.pauses) < 150


def test_a_cloud_that_gives_no_answer_is_not_waited_for_as_one_that_still_shows_it() -> None:
    """Each question takes its client a minute of tries: with 120 seconds of pauses that were ten minutes."""

    def gone(thing: Thing) -> bool:
        raise MayflyError("the connection ended")

    kind = Faulty("grant", {"/g/1"}, patience=120)
    kind.exists = gone  # type: ignore[method-assign]
    pauses: list[float] = []
    (left,) = tear_down([[kind]], Ledger(), pauses.append)
    assert left.why == "unknown: the connection ended"
    assert len(pauses) == ROUNDS - 1


def test_a_kind_that_cannot_be_listed_is_listed_once_a_round() -> None:
    """Its client tries for a minute each time; what is told of it is what was told just now."""
    kind = Faulty("grant", {"/g/1"}, [True] * 99)
    (left,) = tear_down([[kind]], Ledger(), no_pause)
    assert left.why == "unknown: find  failed"
    assert kind.calls == [("find", "")] * ROUNDS


def test_what_failed_is_tried_again_while_another_deletion_is_awaited() -> None:
    slow = Lagging("grant", {"/g/1"}, patience=300, shown_for=100)
    failing = Faulty("group", {"/rg/1"})
    attempts: list[str] = []

    def remove(thing: Thing) -> None:
        attempts.append(thing.id)
        if len(attempts) < ROUNDS + 2:
            raise MayflyError("throttled")
        failing.here.clear()

    failing.remove = remove  # type: ignore[method-assign]
    assert tear_down([[slow], [failing]], Ledger(), slow.pause) == ()
    assert len(attempts) == ROUNDS + 2


def test_nothing_there_is_success_and_removes_nothing() -> None:
    kind = Faulty("grant", set())
    assert tear_down([[kind]], Ledger(), no_pause) == ()
    assert {call for call, _ in kind.calls} == {"find"}


def test_what_was_seen_before_is_asked_for_by_its_own_get_though_no_list_names_it() -> None:
    kind = Faulty("grant", set())
    ledger = Ledger()
    ledger.add(kind, [thing(1)])
    kind.exists = lambda thing: True  # type: ignore[method-assign]
    assert [remaining.thing.id for remaining in verify([kind], ledger)] == ["/a/1"]


class _Recorder(list[tuple[str, str]]):
    def __init__(self, removed: list[str], name: str) -> None:
        super().__init__()
        self._removed, self._name = removed, name

    def append(self, call: tuple[str, str]) -> None:
        if call[0] == "remove":
            self._removed.append(self._name)
        super().append(call)


def listing(error: MayflyError) -> Faulty:
    kind = Faulty("grants", set())

    def find() -> Sequence[Thing]:
        raise error

    kind.find = find  # type: ignore[method-assign]
    return kind


def test_a_kind_that_cannot_be_listed_remains_as_unknown() -> None:
    kind = listing(MayflyError("throttled"))
    pauses: list[float] = []
    assert tear_down([[kind]], Ledger(), pauses.append) == (
        Remaining(
            thing=Thing(id="(grants)", type="unknown", detail="could not be listed"), why="unknown: throttled"
        ),
    )
    assert pauses == [1, 2, 4]


def test_what_could_be_listed_of_a_kind_goes_and_the_rest_is_unknown() -> None:
    kind = listing(PartlyListed("a scope is closed", [thing(1)]))
    kind.here = {thing(1).id}
    ledger = Ledger()
    (left,) = tear_down([[kind]], ledger, no_pause)
    assert (left.thing.id, left.why) == ("(grants)", "unknown: a scope is closed")
    assert (kind.here, ledger.things) == (set(), (thing(1),))


def test_a_thing_that_cannot_be_asked_for_is_unknown_with_what_failed_before() -> None:
    def gone(thing: Thing) -> bool:
        raise MayflyError("timeout")

    kind = Faulty("grant", {"/g/1"})
    kind.exists = gone  # type: ignore[method-assign]
    (left,) = tear_down([[kind]], Ledger(), no_pause, rounds=1)
    assert (left.thing.id, left.why) == ("/g/1", "unknown: timeout")
    failing = Faulty("grant", {"/g/1"}, [False, True])
    failing.exists = gone  # type: ignore[method-assign]
    (left,) = tear_down([[failing]], Ledger(), no_pause, rounds=1)
    assert left.why == "unknown: timeout; before that: remove /g/1 failed"


def test_what_failed_first_and_went_then_is_no_leftover() -> None:
    kind = Faulty("grant", {"/g/1"}, [False, True])
    pauses: list[float] = []
    assert tear_down([[kind]], Ledger(), pauses.append) == ()
    assert pauses == [1]


def test_a_refusal_that_ends_is_no_refusal_any_more() -> None:
    """Refused in the first round, throttled in the second: it is worth a third."""
    kind, other, errors = (
        Faulty("grant", {"/g/1"}),
        Faulty("thing", {"/t/1"}),
        [NotAllowed("no"), MayflyError("x")],
    )

    def remove(thing: Thing) -> None:
        if errors:
            raise errors.pop(0)
        kind.here.discard(thing.id)

    kind.remove = remove  # type: ignore[method-assign]
    other.faults = [False, True]
    pauses: list[float] = []
    assert tear_down([[kind, other]], Ledger(), pauses.append) == ()
    assert pauses == [1, 2]


def test_what_one_is_waited_for_is_named_by_what_it_is_about() -> None:
    grants = Lagging("grant", {"/g/1"}, patience=3, shown_for=3)
    grants.find = lambda: [Thing(id=id, type="grant", detail="reader on lake") for id in grants.here]  # type: ignore[method-assign]
    said: list[str] = []
    assert tear_down([[grants]], Ledger(), grants.pause, said.append) == ()
    assert said == [f"waiting until the cloud shows it gone: reader on lake, {n} s" for n in (0, 1)]
    assert grants.pauses == [1, 2]


def test_pauses_grow_up_to_a_limit_and_patience_is_counted_in_them() -> None:
    grants = Lagging("grant", {"/g/1"}, patience=100, shown_for=1000)
    tear_down([[grants]], Ledger(), grants.pause)
    assert grants.pauses == [1, 2, 4, 8, 16, 16, 16, 16, 16, 16]


def test_a_thing_of_the_very_patience_is_awaited_no_longer() -> None:
    ledger, kind = Ledger(), Faulty("grant", set(), patience=10)
    ledger.add(kind, [thing(1)])
    assert not ledger.is_awaited(thing(1))
    ledger.removed[thing(1).key] = 5
    ledger.waited = 14.9
    assert ledger.is_awaited(thing(1))
    ledger.waited = 15
    assert not ledger.is_awaited(thing(1))
    ledger.removed[thing(2).key] = 5
    assert not ledger.is_awaited(thing(2))


def test_what_was_listed_just_now_is_not_listed_again() -> None:
    kind = Faulty("grant", {"/g/1"})
    ledger = Ledger()
    listed = dict(look([kind], ledger))
    assert tear_down([[kind]], ledger, no_pause, listed=listed) == ()
    assert [call for call, _ in kind.calls] == ["find", "remove", "find", "exists"]


def test_what_could_not_be_listed_before_is_listed_again() -> None:
    kind = Faulty("grant", {"/g/1"}, [True])
    ledger = Ledger()
    listed = dict(look([kind], ledger))
    assert listed[kind] == ((), "find  failed")
    assert tear_down([[kind]], ledger, no_pause, listed=listed) == ()
    assert kind.here == set()


def test_as_many_things_go_at_once_as_a_kind_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def concurrently(function: Callable[[Any], Any], items: Sequence[Any], threads: int) -> list[Any]:
        asked.append(threads)
        return [function(item) for item in items]

    monkeypatch.setattr(loop, "concurrently", concurrently)
    kinds = [Faulty("a", {"/a/1"}, at_once=5), Faulty("b", set(), at_once=7)]
    assert tear_down([kinds], Ledger(), no_pause) == ()
    assert asked == [2, 2, 5, 7, 2, loop.QUESTIONS]
