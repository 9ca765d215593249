"""Tags and times."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.errors import BadInput
from mayfly.naming import lifespan, stamp, tagging, times
from mayfly.naming.azure import from_tag, tags, to_tag
from mayfly.settings.git_origin import GitOrigin
from mayfly.settings.models import MOST_SOURCES

ORIGIN = GitOrigin("https://example.com/o/r", "abc")
NOW = datetime(2026, 11, 21, 4, 46, 0, tzinfo=UTC)
LAKE = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/flights-lake/providers"
    "/Microsoft.Storage/storageAccounts/flightslake/blobServices/default/containers/flights"
)


@dataclass(frozen=True)
class Life:
    default: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Fabric:
    life: Life | None = Life()
    name: str = "qa"
    subscription: str = "6d617966-6c79-4000-8000-0000000000b0"
    owner: str = "data-platform"
    scope: str = "environment"
    workload: str = "examples/flights"


@dataclass(frozen=True)
class Group:
    granted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Of an environment, as far as names and tags need them."""

    fabric: Fabric = Fabric()
    variables: Group = field(default_factory=lambda: Group({"lake": LAKE}))
    name: str = "qa-142"
    id: str | None = "142"
    project: str = "mayfly"


def Stage(*given: Any, **named: Any) -> Any:
    return Settings(*given, **named)


def test_tags_are_those_of_the_design() -> None:
    common, group = tags(Stage(), ORIGIN, NOW, NOW + timedelta(days=7))
    assert common == {"managed-by": "mayfly", "mayfly-env": "qa-142", "mayfly-fabric": "qa"}
    assert group == {
        "mayfly-project": "mayfly",
        "mayfly-owner": "data-platform",
        "mayfly-created-at": "2026-11-21T04:46:00Z",
        "mayfly-expires-at": "2026-11-28T04:46:00Z",
        "mayfly-repository": "https://example.com/o/r",
        "mayfly-commit": "abc",
        "mayfly-source-lake": "6d617966-6c79-4000-8000-0000000000a0/flights-lake/flightslake/flights",
    }


def test_a_permanent_environment_has_no_expiry() -> None:
    assert "mayfly-expires-at" not in tags(Stage(), ORIGIN, NOW, None)[1]


@given(st.text(max_size=600))
def test_what_others_wrote_fits_a_tag(text: str) -> None:
    value = tags(Stage(), replace(ORIGIN, repository=text), NOW, None)[1]["mayfly-repository"]
    assert 0 < len(value) <= 256
    assert value.isprintable()


def test_the_longest_source_fits_a_tag() -> None:
    id = from_tag("/".join(("a" * 36, "g" * 90, "s" * 24, "c" * 63)))
    assert len(to_tag(id)) <= 256
    assert from_tag(to_tag(id)) == id
    assert to_tag(id.lower()) == to_tag(id)


@pytest.mark.parametrize("text", ["", "a/b/c", "a/b/c/d/e", "a//c/d"])
def test_what_is_no_short_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        from_tag(text)


def test_what_is_no_container_has_no_short_id() -> None:
    with pytest.raises(ValueError, match="is not the resource id of a container"):
        to_tag(LAKE + "/2013")


def test_more_tags_than_a_group_can_have_are_refused() -> None:
    with pytest.raises(BadInput, match="57 tags"):
        tags(Stage(variables=Group({f"s{n}": LAKE for n in range(49)})), ORIGIN, NOW, None)


def test_a_tag_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="too long"):
        tags(Stage(variables=Group({"s" * 600: LAKE})), ORIGIN, NOW, None)


def test_times_are_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 1, 2, 1, 0, 0, 999999, east)) == "2026-01-01T23:00:00Z"
    with pytest.raises(ValueError, match="without a zone"):
        stamp(datetime(2026, 1, 1))


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)))
def test_a_stamp_reads_back(time: datetime) -> None:
    assert times.parse(stamp(time)) == time.replace(microsecond=0)


@pytest.mark.parametrize("text", ["", "2026-11-21", "2026-11-21T04:46:00", "soon"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        times.parse(text)


def test_a_new_environment_lives_from_now_on() -> None:
    assert lifespan(Stage(), {}, NOW) == (NOW, NOW + timedelta(days=7))
    assert lifespan(Stage(Fabric(life=None)), {}, NOW) == (NOW, None)


def test_an_up_keeps_the_creation_and_an_extended_expiry() -> None:
    there = {"Mayfly-Created-At": "2026-11-01T00:00:00Z", "mayfly-expires-at": "2027-01-01T00:00:00+00:00"}
    assert lifespan(Stage(), there, NOW) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_a_tag_that_is_no_time_is_told() -> None:
    with pytest.raises(BadInput, match=r"mayfly-expires-at.*'soon'.*2026-11-21T04:46:00Z"):
        lifespan(Stage(), {"mayfly-expires-at": "soon"}, NOW)


WORKLOAD = GitOrigin("https://example.com/o/flights", "def")


def test_a_workload_of_its_own_checkout_is_named_beside_the_platform() -> None:
    group = tags(Stage(), ORIGIN, NOW, None, WORKLOAD)[1]
    assert (group["mayfly-repository"], group["mayfly-commit"]) == (ORIGIN.repository, ORIGIN.commit)
    assert group["mayfly-workload-repository"] == "https://example.com/o/flights"
    assert group["mayfly-workload-commit"] == "def"
    assert tagging.origins(group) == {
        "repository": ORIGIN.repository,
        "commit": ORIGIN.commit,
        "workload_repository": "https://example.com/o/flights",
        "workload_commit": "def",
    }


@pytest.mark.parametrize("workload", [None, GitOrigin("unknown", "unknown")])
def test_what_is_not_known_of_a_workload_gets_no_tag(workload: GitOrigin | None) -> None:
    group = tags(Stage(), ORIGIN, NOW, None, workload)[1]
    assert not [tag for tag in group if "workload" in tag]
    assert tagging.origins(group)["workload_commit"] is None


def test_with_as_many_sources_as_a_group_may_have_the_tags_still_fit() -> None:
    sources = Group({f"s{n}": LAKE for n in range(MOST_SOURCES)})
    common, group = tags(Stage(variables=sources), ORIGIN, NOW, NOW, WORKLOAD)
    assert len(common | group) <= tagging.MOST_TAGS
