"""How long an environment lives: tags are claims, bounded by the cloud and the fabric."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.errors import BadInput, NotAllowed
from mayfly.life import Lifespan
from mayfly.naming import stamp
from mayfly.settings import Life

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = Life(default=7 * DAY, longest=30 * DAY)


def tags(**given: str | datetime) -> dict[str, str]:
    return {
        f"mayfly-{name.replace('_', '-')}": stamp(text) if isinstance(text, datetime) else text
        for name, text in given.items()
    }


def test_an_environment_is_over_when_its_tag_says_so() -> None:
    life = Lifespan.of(tags(created_at=NOW - 7 * DAY, expires_at=NOW), RULES)
    assert (life.due, life.is_over(NOW), life.is_over(NOW - HOUR)) == (NOW, True, False)


def test_a_tag_of_the_far_future_ends_at_the_fabrics_longest_life() -> None:
    """The deployer writes the tag; the fabric's file is the platform's."""
    life = Lifespan.of(tags(created_at=NOW - 30 * DAY, expires_at="2099-01-01T00:00:00Z"), RULES)
    assert (life.ends, life.is_over(NOW)) == (NOW, True)


def test_the_clouds_own_time_of_creation_bounds_the_tags() -> None:
    claimed = tags(created_at=NOW, expires_at=NOW + 30 * DAY)
    assert Lifespan.of(claimed, RULES, seen=NOW - 29 * DAY).due == NOW + DAY


@pytest.mark.parametrize("spoilt", [{}, tags(expires_at="never"), tags(expires_at="")])
def test_without_a_readable_expiry_the_longest_life_counts(spoilt: Mapping[str, str]) -> None:
    life = Lifespan.of(spoilt, RULES, seen=NOW - 30 * DAY)
    assert life.is_over(NOW)
    assert life.unreadable == tuple(spoilt)


@pytest.mark.parametrize(
    "edge", ["0001-01-01T00:00:00+14:00", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_a_tag_at_an_end_of_the_calendar_is_no_time(edge: str) -> None:
    """One environment's tag must not end the list and the sweep of all."""
    life = Lifespan.of(tags(created_at=edge, expires_at=edge, kept_until=edge), RULES, seen=NOW - 30 * DAY)
    assert (life.ends, life.is_over(NOW), len(life.unreadable)) == (NOW, True, 3)
    assert life.told(NOW)


def test_where_nothing_tells_it_is_never_over() -> None:
    assert not Lifespan.of({}, RULES).is_over(datetime.max.replace(tzinfo=UTC))
    assert Lifespan.of({}, None).told(NOW) == ""


def test_a_keep_holds_past_the_cap_and_then_the_expiry_counts_again() -> None:
    kept = tags(kept_until=NOW + DAY, kept_by="me", kept_why="a look")
    life = Lifespan.of(tags(created_at=NOW - 60 * DAY, expires_at=NOW - 30 * DAY) | kept, RULES)
    assert life.is_kept(NOW)
    assert not life.is_over(NOW)
    assert life.is_over(NOW + DAY)
    assert life.told(NOW) == "kept until 2026-11-22T12:00:00Z by me"


@pytest.mark.parametrize(
    ("left", "warned"), [(25 * HOUR, False), (24 * HOUR, True), (HOUR, True), (0 * HOUR, False)]
)
def test_pain_a_ttl_comes_with_a_warning(left: timedelta, warned: bool) -> None:
    """kube-janitor#6, #24; tfe#1560."""
    life = Lifespan.of(tags(created_at=NOW - DAY, expires_at=NOW + left), RULES)
    assert life.warning(NOW) == (left if warned else None)


def test_an_extension_counts_from_the_expiry_and_from_now_when_that_is_past() -> None:
    assert Lifespan.of(tags(created_at=NOW, expires_at=NOW + DAY), RULES).extended(DAY, NOW) == NOW + 2 * DAY
    over = Lifespan.of(tags(created_at=NOW - 9 * DAY, expires_at=NOW - 2 * DAY), RULES)
    assert over.extended(DAY, NOW) == NOW + DAY


def test_past_the_cap_an_extension_is_refused_with_what_is_allowed() -> None:
    life = Lifespan.of(tags(created_at=NOW - 29 * DAY, expires_at=NOW), RULES)
    with pytest.raises(NotAllowed, match=r"2026-11-24.* is past 2026-11-22.*\(30d\): at most 1d more.*keep"):
        life.extended(3 * DAY, NOW)
    with pytest.raises(NotAllowed, match="none is left"):
        Lifespan.of(tags(created_at=NOW - 30 * DAY, expires_at=NOW), RULES).extended(HOUR, NOW)
    with pytest.raises(NotAllowed, match=r"cannot be told.*keep"):
        Lifespan.of(tags(created_at=NOW, expires_at=NOW), None).extended(HOUR, NOW)


def test_an_extension_shortens_nothing() -> None:
    life = Lifespan.of(tags(created_at=NOW, expires_at=NOW + 2 * DAY), RULES)
    with pytest.raises(BadInput, match="it would live shorter than it does"):
        life.extended(NOW + DAY, NOW)
    assert life.extended(NOW + 2 * DAY, NOW) == NOW + 2 * DAY


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (6 * DAY + 23 * HOUR + timedelta(minutes=59), "in 6d 23h"),
        (7 * DAY, "in 7d"),
        (timedelta(minutes=45), "in 45m"),
        (timedelta(seconds=5), "in 0m"),
        (-3 * HOUR, "3h ago"),
    ],
)
def test_when_it_ends_is_told_in_words(left: timedelta, words: str) -> None:
    life = Lifespan.of(tags(created_at=NOW - 9 * DAY, expires_at=NOW + left), RULES)
    assert life.told(NOW) == f"{stamp(NOW + left)} ({words})"


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
texts = st.one_of(st.none(), st.text(max_size=30), moments.map(stamp))


@given(texts, texts, moments, moments)
def test_no_tag_but_a_keep_outlives_the_fabrics_longest_life(
    created: str | None, expires: str | None, seen: datetime, now: datetime
) -> None:
    told = {"mayfly-created-at": created, "mayfly-expires-at": expires}
    life = Lifespan.of({tag: text for tag, text in told.items() if text is not None}, RULES, seen)
    assert life.ends is not None
    assert life.ends <= seen + RULES.longest
    assert life.is_over(now) or now < seen + RULES.longest
