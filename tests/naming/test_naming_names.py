"""Names fit their types, and no two environments share one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.errors import BadInput
from mayfly.naming import LIMITS, cut, digest
from mayfly.naming.azure import group_name, names
from mayfly.naming.limits import ACCOUNT, CONTAINER, FACTORY, GROUP

GUID = "6d617966-6c79-4000-8000-0000000000b0"

ids = st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,19}", fullmatch=True)
stages = st.builds("{}-{}".format, st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True), ids)
folders = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), max_size=300).map(
    lambda text: f"root/{text.strip('. ') or 'x'}"
)


@dataclass(frozen=True)
class Fabric:
    subscription: str = GUID
    name: str = "qa"
    owner: str = "team"
    life: None = None
    scope: str = "environment"
    workload: str = "examples/flights"


@dataclass(frozen=True)
class Group:
    granted: dict[str, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Settings:
    """Of an environment, as far as names and tags need them."""

    name: str
    fabric: Fabric = Fabric()
    project: str = "mayfly"
    variables: Group = field(default_factory=Group)
    id: str | None = None

    @property
    def azure(self) -> Fabric:
        return self.fabric


def Stage(*given: Any, **named: Any) -> Any:
    return Settings(*given, **named)


def test_names_read_as_the_environment() -> None:
    made = names(Stage("qa-142"))
    assert made.group == "qa-142-flights"
    assert made.account.startswith("qa142")
    assert made.factory.startswith("qa-142-flights-")
    assert len(made.factory) == len("qa-142-flights-") + 6


def test_names_stay_what_they_are() -> None:
    """A change here renames the resources of every environment that exists."""
    made = names(Stage("qa-142"))
    assert (made.group, made.account, made.factory) == (
        "qa-142-flights",
        "qa1425dzsno3rpyon",
        "qa-142-flights-5dzsno",
    )


@given(stages, folders, st.uuids())
def test_every_name_is_within_its_type(name: str, folder: str, subscription: object) -> None:
    made = names(Stage(name, Fabric(str(subscription), workload=folder)))
    assert LIMITS[GROUP].allows(made.group)
    assert LIMITS[ACCOUNT].allows(made.account)
    assert LIMITS[FACTORY].allows(made.factory)


@given(st.tuples(stages, st.uuids(), folders), st.tuples(stages, st.uuids(), folders))
def test_two_environments_never_share_a_name(
    one: tuple[str, object, str], other: tuple[str, object, str]
) -> None:
    first, second = (names(Stage(name, Fabric(str(sub), workload=path))) for name, sub, path in (one, other))
    if one[:2] != other[:2]:
        assert first.account != second.account
        assert first.factory != second.factory
    if one[0] != other[0]:
        assert first.group != second.group


@pytest.mark.parametrize(
    ("one", "other"), [("qa-1-2", "qa-12"), ("qa-1-2", "qa1-2"), ("qa-" + "a" * 40, "qa-" + "a" * 39)]
)
def test_names_that_meet_without_hyphens_or_when_cut_differ(one: str, other: str) -> None:
    assert names(Stage(one)).account != names(Stage(other)).account


def test_the_workloads_name_has_no_hyphen_to_be_taken_for_the_ids() -> None:
    assert group_name("qa-a", "b-c") != group_name("qa-a-b", "c")


def test_the_project_and_the_subscription_are_in_the_account() -> None:
    one = names(Stage("qa-1"))
    assert names(Stage("qa-1", project="other")).account != one.account
    assert names(Stage("qa-1", Fabric(GUID.replace("b0", "a0")))).account != one.account
    assert names(Stage("qa-1", Fabric(GUID.upper()))) == one


def test_the_longest_of_all_still_fits_and_keeps_its_hash() -> None:
    made = names(Stage("abcdefghij-" + "z" * 40, Fabric(workload="w" * 255)))
    assert len(made.group) <= 90
    assert len(made.factory) <= 63
    assert len(made.account) == 24


def test_a_name_that_does_not_fit_is_told_with_its_limit() -> None:
    with pytest.raises(BadInput) as error:
        names(Stage("QA_1"))
    assert {problem.where for problem in error.value.problems} == {ACCOUNT, FACTORY}
    assert "3 to 24 characters: lower-case letters and digits" in str(error.value)


@pytest.mark.parametrize(
    ("type", "name", "allowed"),
    [
        (ACCOUNT, "ab", False),
        (ACCOUNT, "abc", True),
        (ACCOUNT, "a" * 24, True),
        (ACCOUNT, "a" * 25, False),
        (ACCOUNT, "Abc", False),
        (ACCOUNT, "a-bc", False),
        (FACTORY, "ab", False),
        (FACTORY, "a-b", True),
        (FACTORY, "a--b", False),
        (FACTORY, "-ab", False),
        (FACTORY, "ab-", False),
        (FACTORY, "a_b", False),
        (FACTORY, "a" * 64, False),
        (GROUP, "a" * 90, True),
        (GROUP, "a" * 91, False),
        (GROUP, "a.", False),
        (GROUP, "a.b_(c)-d", True),
        (CONTAINER, "ab", False),
        (CONTAINER, "a--b", False),
        (CONTAINER, "a" * 64, False),
        (f"{FACTORY}/pipelines", "copy tables (all)", True),
        (f"{FACTORY}/pipelines", "a/b", False),
        (f"{FACTORY}/pipelines", "a" * 261, False),
        (f"{FACTORY}/integrationRuntimes", "a_b", False),
    ],
)
def test_limits_are_the_clouds(type: str, name: str, allowed: bool) -> None:
    assert LIMITS[type].allows(name) is allowed


def test_every_limit_names_its_source() -> None:
    clouds = ("https://learn.microsoft.com/", "https://docs.aws.amazon.com/")
    assert all(limit.documented.startswith(clouds) for limit in LIMITS.values())


def test_every_limit_refuses_a_line_end() -> None:
    assert not any(limit.allows("abcd\n") for limit in LIMITS.values())


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_a_digest_tells_its_parts_apart(one: list[str], other: list[str]) -> None:
    assert (digest(*one, length=26) == digest(*other, length=26)) is (one == other)


@given(st.text(), st.integers(12, 90))
def test_a_cut_fits_and_leaves_alone_what_fits(text: str, longest: int) -> None:
    assert len(cut(text, longest)) <= longest
    assert len(text) > longest or cut(text, longest) == text
