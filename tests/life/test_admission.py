"""Which quota binds first, and what is said of it."""

from __future__ import annotations

import pytest

from mayfly.life.admission import Quota, binding, note, problems

ROLES = Quota("role assignments", "subscription s", 3948, 4000, 3)
GROUPS = Quota("resource groups", "subscription s", 0, 980)


def test_the_quota_that_binds_first_is_named_with_how_many_environments_fit() -> None:
    """pains: 4,000 role assignments used up by CI."""
    assert binding([GROUPS, ROLES]) == ROLES
    assert note([GROUPS, ROLES]) == (
        "17 more environments fit: role assignments of subscription s, 3948 of 4000 used"
    )
    assert problems([GROUPS, ROLES]) == []


@pytest.mark.parametrize(("used", "fits"), [(3997, 1), (3998, 0), (4000, 0), (4001, 0)])
def test_an_environment_fits_as_a_whole_or_not_at_all(used: int, fits: int) -> None:
    quota = Quota("role assignments", "s", used, 4000, 3)
    assert (quota.fits, len(problems([quota]))) == (fits, int(not fits))


def test_each_quota_that_is_full_is_a_problem_with_what_to_do() -> None:
    first, second = problems([Quota("roles", "a", 1000, 1000, 2), GROUPS, Quota("functions", "a", 5, 5)])
    assert first.what == "no more environment fits: roles of a, 1000 of 1000 used; one needs 2"
    assert ("functions of a" in second.what, "mayfly sweep" in second.fix) == (True, True)


def test_nothing_is_said_where_there_is_room_or_nothing_is_known() -> None:
    assert note([GROUPS]) is None
    assert note([]) is None


def test_the_engine_makes_floats_of_numbers() -> None:
    assert Quota.of({"name": "n", "where": "w", "used": 1.0, "limit": 2.0, "needed": 1.0}) == Quota(
        "n", "w", 1, 2
    )
