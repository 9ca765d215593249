"""What a sweep removes and what it leaves alone: decisions over rows, nothing is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly import settings
from mayfly.life.sweep import Cause, SweepRules, by_environment
from mayfly.listing import Listed
from mayfly.naming import stamp
from mayfly.sweep import Outcome, SweepItem, find

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FABRICS = settings.fabrics(Path(__file__).resolve().parents[2])
RULES = SweepRules("mayfly", FABRICS, NOW)
SUBSCRIPTION = "6d617966-6c79-4000-8000-0000000000b0"


def row(environment: str | None = "qa-7", group: str | None = "qa-7-flights", **of: Any) -> Listed:
    """One that was made a day ago and has six to go."""
    tags = {
        "mayfly-project": of.pop("project", "mayfly"),
        "mayfly-created-at": stamp(NOW - of.pop("age", DAY)),
        "mayfly-expires-at": stamp(NOW + of.pop("left", 6 * DAY)),
        **of.pop("tags", {}),
    }
    known = {"place": (SUBSCRIPTION,), "lacks": (), **of}
    return replace(Listed.of("azure", environment, tags, group, "an-id", "Succeeded"), **known)


KEPT = {"mayfly-kept-until": stamp(NOW + HOUR), "mayfly-kept-by": "me"}


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        (row(), None),
        (row(left=-HOUR), Cause.EXPIRED),
        (row(left=999 * DAY, age=31 * DAY), Cause.EXPIRED),
        (row(left=-HOUR, tags=KEPT), None),
        (row(left=-HOUR, project="another"), None),
        (row("qa", left=-HOUR), None),
        (row("prod", left=-HOUR), None),
        (row("prod-7", left=-HOUR), None),
        (row(None, left=-HOUR), None),
        (row("../../x-1", left=-HOUR), None),
        (row("qa-7/../8", left=-HOUR), None),
        (row("qa-\x1b[2J", left=-HOUR), None),
        (row(lacks=("factories",)), Cause.HALF),
        (row(lacks=("factories",), tags=KEPT), None),
        (row(lacks=("factories",), age=HOUR / 2), None),
        (row(lacks=None), None),
        (row(lacks=None, age=-99 * DAY), None),
        (row(lacks=("role",), age=-HOUR), None),
        (row(lacks=("role",), age=-99 * DAY, left=999 * DAY), Cause.HALF),
        (row(lacks=("role",), left=999 * DAY, tags={"mayfly-created-at": "x"}), Cause.HALF),
        (row(lacks=("role",), age=-99 * DAY, tags=KEPT), None),
        (row(state="Deleting"), Cause.HALF),
        (row("gone-7", left=-HOUR), Cause.EXPIRED),
        (row(group=None, seen=stamp(NOW - DAY)), Cause.LOST),
        (row(group=None, seen=stamp(NOW - HOUR / 2), age=timedelta(0)), None),
        (row(group=None, seen=None), None),
        (row(group=None, seen=stamp(NOW - DAY), project="another"), None),
    ],
)
def test_what_goes_and_what_stays(one: Listed, cause: Cause | None) -> None:
    decision = RULES.decide([one])
    assert decision.cause == cause
    assert decision.why


def test_of_a_fabric_without_a_file_the_expiry_alone_counts() -> None:
    assert RULES.decide([row("gone-7", age=999 * DAY)]).cause is None
    spoilt = row("gone-7", tags={"mayfly-expires-at": "never"})
    assert "nothing tells when it expires" in RULES.decide([spoilt]).why


@pytest.mark.parametrize(
    ("open_ids", "age", "cause"),
    [
        ({"8"}, DAY, Cause.CLOSED),
        ({"7", "8"}, DAY, None),
        (set(), DAY, Cause.CLOSED),
        (set(), HOUR / 2, None),
    ],
)
def test_an_environment_whose_pull_request_is_closed_goes(
    open_ids: set[str], age: timedelta, cause: Cause | None
) -> None:
    rules = replace(RULES, open_ids={"qa": open_ids})
    assert rules.decide([row(age=age)]).cause == cause
    assert rules.decide([row("dev-7", age=age)]).cause is None, "of another fabric nothing is known"


def test_of_two_groups_of_one_environment_the_living_one_decides() -> None:
    two = [row(left=-HOUR), row(group="another")]
    assert RULES.decide(two).cause is None
    assert RULES.decide(two[::-1]).cause is None
    assert by_environment([*two, row("qa-8")]) == [two, [row("qa-8")]]


def test_a_keep_past_the_longest_life_is_told_as_such() -> None:
    kept = row(left=-HOUR, tags={**KEPT, "mayfly-kept-until": stamp(NOW + 99 * DAY), "mayfly-kept-why": "x"})
    assert RULES.decide([kept]).why == (
        f"kept until {stamp(NOW + 99 * DAY)} by me: x; past its fabric's longest life"
    )


def test_stacks_are_looked_at_only_where_every_place_was_read() -> None:
    stacks = {"qa-9": NOW - DAY, "qa-10": NOW, "prod": NOW - DAY, "other-1": NOW - DAY, "qa-7": NOW - DAY}
    found = find(RULES, [row()], stacks, unread=False)
    assert [(item.environment, item.decision.cause) for item in found] == [
        ("qa-9", Cause.STACK),
        ("qa-10", None),
        ("qa-7", None),
    ]
    assert [item.environment for item in find(RULES, [row()], stacks, unread=True)] == ["qa-7"]
    assert RULES.decide_on_stack("qa-9", None).cause is None
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # whoever may write the state may write this
    assert RULES.decide_on_stack("qa-9", never).cause is Cause.STACK


@pytest.mark.parametrize("name", ["qa-BAD_x", "qa-", "qa-\x1b[2J", "qa-" + "1" * 99])
def test_a_stack_of_a_name_that_no_environment_has_is_left_alone(name: str) -> None:
    """Whoever may write the state planted it. Nothing is called so in a cloud, and each try would fail."""
    (item,) = find(RULES, [], {name: NOW - DAY}, unread=False)
    assert (item.is_due, item.decision.why) == (False, "a stack of a name that no environment has")


def test_the_most_overdue_comes_first() -> None:
    rows = [row("qa-1"), row("qa-2", left=-HOUR), row("qa-3", left=-DAY)]
    assert [item.environment for item in find(RULES, rows, {}, False)] == ["qa-3", "qa-2", "qa-1"]


def test_what_was_to_go_and_may_be_there_is_left_over() -> None:
    decision = RULES.decide([row(left=-HOUR)])
    left = {one for one in Outcome if SweepItem("qa-1", "azure", decision, outcome=one).is_left_over}
    assert left == {Outcome.REMAINS, Outcome.LEFT, Outcome.BUSY, Outcome.FAILED}


ages = st.integers(-10, 2000).map(lambda hours: hours * HOUR)
texts = st.one_of(st.text(max_size=8), st.datetimes(timezones=st.just(UTC)).map(stamp))


@st.composite
def rows(draw: st.DrawFn) -> Listed:
    """Anything that a deployer, or anybody else, may have written."""
    tags = draw(st.dictionaries(st.sampled_from(TAGS), texts))
    name = draw(st.sampled_from([None, "", "qa", "qa-7", "prod", "prod-1", "gone-1", "awsqa-2"]))
    seen = draw(st.one_of(st.none(), ages.map(lambda age: stamp(NOW - age))))
    lacks = draw(st.sampled_from([None, (), ("factories",)]))
    found = Listed.of("azure", name, tags, draw(st.sampled_from([None, "group"])), "id")
    return replace(
        found, seen=seen, lacks=lacks, state=draw(st.sampled_from([None, "Deleting", "Succeeded"]))
    )


TAGS = ["mayfly-project", "mayfly-created-at", "mayfly-expires-at", "mayfly-kept-until", "mayfly-fabric"]


@given(rows(), st.booleans())
def test_whatever_the_tags_say_only_ours_goes_and_nothing_that_is_kept(one: Listed, ours: bool) -> None:
    one = replace(one, project="mayfly") if ours else one
    decision = RULES.decide([one])
    if decision.cause is not None:
        assert one.project == "mayfly"
        assert one.environment is not None
        assert "-" in one.environment
        assert one.environment not in ("prod", "prod-1")
        assert not one.life(None).is_kept(NOW)
    if decision.warning is not None:
        assert timedelta(0) < decision.warning <= DAY


@given(rows())
def test_what_the_cloud_saw_longest_ago_goes_whatever_its_tags_claim(one: Listed) -> None:
    """Only a keep holds it: see docs/life.md, What is a claim."""
    old = replace(one, environment="qa-7", project="mayfly", group="group", seen=stamp(NOW - 31 * DAY))
    assert (RULES.decide([old]).cause is not None) != old.life(FABRICS["qa"].life).is_kept(NOW)
