"""What an `up` writes of an environment's life."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly import life
from mayfly.errors import BadInput
from mayfly.naming import stamp
from mayfly.settings import Life
from mayfly.settings.expiry import EXPIRES_AT, TTL, ExpiryRequest, requested

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Fabric:
    name: str = "qa"
    life: Life | None = field(default_factory=lambda: Life(default=7 * DAY, longest=30 * DAY))


@dataclass
class Stage:
    """Of settings, what a plan asks for."""

    expiry: ExpiryRequest | None = None
    fabric: Fabric = field(default_factory=Fabric)
    name: str = "qa-7"


def plan(expiry: ExpiryRequest | None, group_tags: dict[str, str], now: datetime = NOW) -> life.LifePlan:
    stage: Any = Stage(expiry)
    return life.plan(stage, group_tags, now)


def ttl(time: timedelta) -> ExpiryRequest:
    return ExpiryRequest(TTL, ttl=time)


def there(expires: datetime, created: datetime = NOW - DAY, **kept: str) -> dict[str, str]:
    return {"mayfly-created-at": stamp(created), "mayfly-expires-at": stamp(expires), **kept}


def test_a_new_environment_lives_as_long_as_it_was_asked_to() -> None:
    assert plan(ttl(72 * HOUR), {}).expires == NOW + 72 * HOUR
    assert plan(ExpiryRequest(EXPIRES_AT, time=NOW + HOUR), {}).expires == NOW + HOUR
    assert plan(None, {}).expires == NOW + 7 * DAY


@pytest.mark.parametrize("time", [NOW, NOW - DAY, NOW + 31 * DAY])
def test_a_new_one_cannot_end_in_the_past_or_beyond_the_longest(time: datetime) -> None:
    with pytest.raises(BadInput, match=r"MAYFLY_EXPIRES_AT.*up to 2026-12-21T12:00:00Z"):
        plan(ExpiryRequest(EXPIRES_AT, time=time), {})


def test_a_ttl_given_again_shortens_nothing_and_says_so() -> None:
    found = plan(ttl(HOUR), there(NOW + 9 * DAY))
    assert found.expires == NOW + 9 * DAY
    assert found.notes == (
        "it expires at 2026-11-30T12:00:00Z as before: 2026-11-21T13:00:00Z would shorten its life",
    )


def test_a_ttl_given_again_lengthens_up_to_the_longest_and_says_so() -> None:
    longer = plan(ttl(72 * HOUR), there(NOW + DAY))
    assert (longer.expires, "expires at 2026-11-24" in longer.notes[0]) == (NOW + 72 * HOUR, True)
    capped = plan(ttl(72 * HOUR), there(NOW + HOUR, created=NOW - 29 * DAY))
    assert (capped.expires, "does not reach" in capped.notes[0]) == (NOW + DAY, True)
    used_up = plan(ttl(72 * HOUR), there(NOW + HOUR, created=NOW - 30 * DAY))
    assert (used_up.expires, "used up" in used_up.notes[0]) == (NOW + HOUR, True)


def test_an_up_leaves_a_keep_as_it_is_and_tells_an_expiry_that_is_past() -> None:
    kept = {"mayfly-kept-until": "2027-01-01T00:00:00Z", "mayfly-kept-by": "me", "mayfly-kept-why": "x"}
    found = plan(None, {**there(NOW - HOUR), **kept})
    assert found.kept == kept
    assert found.expires == NOW - HOUR
    assert ["mayfly extend qa-7 24h" in note for note in found.notes] == [True]


@given(st.integers(1, 700), st.integers(-800, 800), st.integers(0, 800))
def test_no_up_undoes_an_extension(asked: int, expires: int, age: int) -> None:
    """Hours. Whatever was asked for, it never ends earlier; and no `up` takes it beyond the longest."""
    before = NOW + expires * HOUR
    after = plan(ttl(asked * HOUR), there(before, created=NOW - age * HOUR)).expires
    assert after is not None
    assert before <= after <= max(before, NOW - age * HOUR + 30 * DAY)


def test_what_is_wrong_with_a_request_is_told_with_what_is_allowed() -> None:
    fabric: Any = Fabric()
    permanent: Any = Fabric("prod", None)
    for environ, where, words in (
        ({TTL: "soon"}, fabric, "'soon' is not a time"),
        ({EXPIRES_AT: "2026-11-21"}, fabric, "such as 2026-11-21T04:46:00Z"),
        ({TTL: "40d"}, fabric, r"at most 30d"),
        ({TTL: "1d", EXPIRES_AT: "2026-11-21T04:46:00Z"}, fabric, "set one of the two"),
        ({TTL: "1d"}, permanent, "is permanent"),
    ):
        found, (problem,) = requested(environ, where)
        assert found is None
        assert words in str(problem)
    assert requested({TTL: "", EXPIRES_AT: ""}, fabric) == (None, [])
    assert requested({TTL: "3d"}, fabric) == (ttl(3 * DAY), [])
