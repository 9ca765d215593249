"""Names and tags on AWS: within their types' limits, and no two environments share one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayfly.naming import LIMITS, aws
from mayfly.naming.limits import (
    BUCKET,
    FUNCTION,
    LOG_GROUP,
    PARAMETER,
    RESOURCE_GROUP,
    ROLE,
    ROLE_PATH,
    SCHEDULE,
)
from mayfly.settings.git_origin import GitOrigin

ACCOUNT = "123456789012"
ORIGIN = GitOrigin("https://example.com/o/r", "abc")
NOW = datetime(2026, 11, 21, 4, 46, tzinfo=UTC)
LONGEST = "abcdefghij-" + "z" * 40


@dataclass(frozen=True)
class Fabric:
    account: str = ACCOUNT
    name: str = "awsqa"
    owner: str = "data-platform"
    scope: str = "environment"
    workload: str = "examples/flights"
    life: None = None


@dataclass(frozen=True)
class Group:
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Of an environment, as far as names and tags need them."""

    name: str
    fabric: Fabric = Fabric()
    project: str = "mayfly"
    variables: Group = field(default_factory=Group)

    @property
    def id(self) -> str | None:
        return self.name.partition("-")[2] or None

    @property
    def aws(self) -> Fabric:
        return self.fabric


def Stage(*given: Any, **named: Any) -> Any:
    return Settings(*given, **named)


ids = st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,19}", fullmatch=True)
fabrics = st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True)
environments = st.one_of(fabrics, st.builds("{}-{}".format, fabrics, ids), st.just(LONGEST))
functions = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
folders = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), max_size=60).map(
    lambda text: f"root/{text.strip('. ') or 'x'}"
)


def test_names_read_as_the_environment() -> None:
    made = aws.names(Stage("awsqa-142"))
    assert made.bucket.startswith("mf--awsqa-142--flights-")
    assert made.role.startswith("awsqa-142-flights-")
    assert made.schedule_role.startswith("awsqa-142-schedule-")
    assert (made.resource_group, made.iam_path) == ("mayfly-awsqa-142", "/mayfly/awsqa-142/")
    assert aws.function_name(Stage("awsqa-142"), "flights") == "awsqa-142-flights"
    assert aws.log_group(Stage("awsqa-142"), "flights") == "/mayfly/awsqa-142/flights"
    assert aws.parameter("awsprod") == "/mayfly/awsprod/infrastructure"


def test_names_stay_what_they_are() -> None:
    """A change here renames the resources of every environment that exists."""
    made = aws.names(Stage("awsqa-142"))
    assert made.bucket == "mf--awsqa-142--flights-ownl5x"
    assert (made.role, made.schedule_role) == ("awsqa-142-flights-2exylj", "awsqa-142-schedule-siebte")


@given(environments, folders, functions)
def test_every_name_is_within_its_type(name: str, folder: str, function: str) -> None:
    stage = Stage(name, Fabric(workload=folder))
    made = aws.names(stage)
    assert LIMITS[BUCKET].allows(made.bucket)
    assert LIMITS[ROLE].allows(made.role)
    assert LIMITS[ROLE].allows(made.schedule_role)
    assert LIMITS[ROLE_PATH].allows(made.iam_path)
    assert LIMITS[RESOURCE_GROUP].allows(made.resource_group)
    assert LIMITS[FUNCTION].allows(aws.function_name(stage, function))
    assert LIMITS[SCHEDULE].allows(aws.function_name(stage, function))
    assert LIMITS[LOG_GROUP].allows(aws.log_group(stage, function))
    assert LIMITS[PARAMETER].allows(aws.parameter(name))


@given(st.tuples(environments, folders, functions), st.tuples(environments, folders, functions))
def test_two_environments_of_an_account_never_share_a_name(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    if one[0] == other[0]:
        return
    first, second = (Stage(name, Fabric(workload=folder)) for name, folder, _ in (one, other))
    ours, theirs = aws.names(first), aws.names(second)
    assert not {ours.bucket, ours.role, ours.schedule_role} & {
        theirs.bucket,
        theirs.role,
        theirs.schedule_role,
    }
    assert ours.resource_group != theirs.resource_group
    assert ours.iam_path != theirs.iam_path
    assert aws.function_name(first, one[2]) != aws.function_name(second, other[2])
    assert aws.log_group(first, one[2]) != aws.log_group(second, other[2])
    assert aws.parameter(one[0]) != aws.parameter(other[0])


@given(environments, environments)
def test_the_boundarys_pattern_covers_the_environments_own_bucket_alone(name: str, other: str) -> None:
    pattern = aws.bucket_prefix(name) + "*"
    assert fnmatchcase(aws.names(Stage(other)).bucket, pattern) is (name == other)


@pytest.mark.parametrize(
    ("one", "other"), [("qa-1", "qa-1-2"), ("qa", "qa-1"), ("qa-a", "qa-a-flights"), ("qa-1", "qa-11")]
)
def test_what_begins_with_an_environments_name_is_not_its_own(one: str, other: str) -> None:
    made = aws.names(Stage(other))
    assert not made.bucket.startswith(aws.bucket_prefix(one))
    assert not made.iam_path.startswith(aws.iam_path(one))
    assert not aws.log_group(Stage(other), "f").startswith(aws.log_prefix(one))


def test_the_longest_of_all_fit_exactly_and_keep_the_environments_name() -> None:
    made = aws.names(Stage(LONGEST, Fabric(workload="w" * 255)))
    assert (len(made.bucket), len(made.role), len(made.schedule_role)) == (63, 64, 64)
    assert all(LONGEST in name for name in (made.bucket, made.role, made.schedule_role))
    long = aws.function_name(Stage(LONGEST), "f" * 40)
    assert len(long) == 64
    assert long != aws.function_name(Stage(LONGEST), "f" * 39)


def test_project_and_account_are_in_the_names_that_others_could_have() -> None:
    one = aws.names(Stage("awsqa-1"))
    for stage in (Stage("awsqa-1", project="other"), Stage("awsqa-1", Fabric("000000000000"))):
        other = aws.names(stage)
        assert not {one.bucket, one.role, one.schedule_role} & {
            other.bucket,
            other.role,
            other.schedule_role,
        }


def test_a_workload_called_schedule_has_two_roles() -> None:
    made = aws.names(Stage("awsqa-1", Fabric(workload="schedule")))
    assert made.role != made.schedule_role


def test_an_applications_copies_are_named_by_the_stages_whole_name() -> None:
    stage = Stage("awsdev-feature-1", Fabric(scope="application"))
    assert aws.function_name(stage, "flights") == "awsdev-feature-1-flights"
    assert aws.log_group(stage, "flights") == "/mayfly/awsdev-feature-1/flights"


@pytest.mark.parametrize("name", ["xn", "sthree-1"])
def test_a_fabric_may_be_called_what_s3_keeps_for_itself(name: str) -> None:
    assert aws.names(Stage(name)).bucket.startswith(f"mf--{name}--")


@pytest.mark.parametrize(
    ("type", "name", "allowed"),
    [
        (BUCKET, "ab", False),
        (BUCKET, "a.b", True),
        (BUCKET, "a..b", False),
        (BUCKET, "192.168.5.4", False),
        (BUCKET, "a_b", False),
        (BUCKET, "abc-", False),
        (BUCKET, "abc-s3alias", False),
        (BUCKET, "a" * 63, True),
        (BUCKET, "a" * 64, False),
        (ROLE, "a" * 65, False),
        (ROLE, "a/b", False),
        (ROLE_PATH, "/", True),
        (ROLE_PATH, "/mayfly", False),
        (FUNCTION, "a.b", False),
        (FUNCTION, "a" * 65, False),
        (LOG_GROUP, "aws/x", False),
        (RESOURCE_GROUP, "awsqa", False),
        (RESOURCE_GROUP, "mayfly-awsqa", True),
        (PARAMETER, "/aws/x", False),
        (PARAMETER, "/mayfly/a b", False),
    ],
)
def test_limits_are_the_clouds(type: str, name: str, allowed: bool) -> None:
    assert LIMITS[type].allows(name) is allowed


def test_tags_are_those_of_the_design() -> None:
    common, group = aws.tags(Stage("awsqa-142"), ORIGIN, NOW, NOW + timedelta(days=7))
    assert common == {
        "managed-by": "mayfly",
        "mayfly-env": "awsqa-142",
        "mayfly-fabric": "awsqa",
        "mayfly-project": "mayfly",
    }
    assert group == {
        "mayfly-owner": "data-platform",
        "mayfly-created-at": "2026-11-21T04:46:00Z",
        "mayfly-expires-at": "2026-11-28T04:46:00Z",
        "mayfly-repository": "https://example.com/o/r",
        "mayfly-commit": "abc",
    }
    assert "mayfly-expires-at" not in aws.tags(Stage("awsprod"), ORIGIN, NOW, None)[1]


@given(st.text(max_size=600))
def test_what_others_wrote_fits_a_tag(text: str) -> None:
    value = aws.value(text)
    assert 0 < len(value) <= 256
    assert value.strip() == value
    assert all(c.isalnum() or c in "_.:/=+-@ " for c in value)
    assert aws.value(value) == value


def test_what_no_tag_takes_becomes_a_hyphen() -> None:
    assert aws.value("data & platform (eu), <x>") == "data - platform -eu-- -x-"


def test_a_workload_of_its_own_checkout_is_named_beside_the_platform() -> None:
    workload = GitOrigin("https://example.com/o/flights?x#y", "def")
    group = aws.tags(Stage("awsqa-142"), ORIGIN, NOW, None, workload)[1]
    assert group["mayfly-workload-repository"] == "https://example.com/o/flights-x-y"
    assert group["mayfly-workload-commit"] == "def"
    assert group["mayfly-commit"] == "abc"
