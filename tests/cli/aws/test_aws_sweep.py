"""`mayfly sweep` on the local AWS: what is over goes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud import ACCOUNT
from mayfly import naming
from mayfly.cli import sweep as verb
from mayfly.cli.sweep import sweep
from mayfly.clouds.aws import groups
from mayfly.naming import stamp, times
from tests.cli.aws.world import ROOT, World

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD = {times.CREATED_AT: stamp(NOW - 9 * DAY), times.EXPIRES_AT: stamp(NOW - 2 * DAY)}
ALIVE = {times.CREATED_AT: stamp(NOW - DAY), times.EXPIRES_AT: stamp(NOW + 6 * DAY)}


@pytest.fixture(autouse=True)
def in_a_project(as_the_deployer: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of its own, for the receipts."""
    for name in ("Pulumi.yaml", "stacks", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(verb, "_stacks", lambda _: ({}, ""))


@pytest.fixture
def swept(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Sweeps the fabric awsqa; the exit code, and each environment of the document."""

    def run(**options: Any) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = sweep(**{"fabric": ["awsqa"], "execute": True, "as_json": True, **options})
        document = json.loads(capsys.readouterr().out)
        return code, {one["environment"]: one for one in document["environments"]}

    return run


def make(world: World, environment: str, life: dict[str, str]) -> str:
    """One with all that it has; the name of its group."""
    group = naming.aws.names(world.build(environment)).resource_group
    groups.tag(world.deployer, group, life)
    return group


def test_what_is_expired_goes_and_what_is_alive_kept_or_anothers_stays(
    world: World, swept: Callable[..., Any]
) -> None:
    make(world, "awsqa-1", OLD)
    make(world, "awsqa-2", ALIVE)
    kept = {times.KEPT_UNTIL: stamp(NOW + DAY), times.KEPT_BY: "me", times.KEPT_WHY: "a look"}
    make(world, "awsqa-3", {**OLD, **kept})
    make(world, "awsqa-4", {**OLD, "mayfly-project": "another"})
    shown = swept(execute=False)[1]
    assert shown["awsqa-1"]["cause"] == "expired"
    code, found = swept()
    assert (code, found["awsqa-1"]["outcome"]) == (0, "gone")
    assert {name: one["why"] for name, one in found.items() if one["cause"] is None} == {
        "awsqa-2": f"expires at {stamp(NOW + 6 * DAY)} (in 5d 23h)",
        "awsqa-3": f"kept until {stamp(NOW + DAY)} by me: a look",
        "awsqa-4": "is of the project 'another'",
    }
    assert json.loads(Path(found["awsqa-1"]["receipt"]).read_text())["complete"]
    assert [group.environment for group in groups.environments(world.deployer)] == [
        "awsqa-2",
        "awsqa-3",
        "awsqa-4",
    ]


def test_a_group_that_names_another_environment_takes_nothing_of_it_along(
    world: World, swept: Callable[..., Any]
) -> None:
    """Who may tag one group need not own the environment that it names."""
    world.owner.client("resource-groups").create_group(
        Name="mayfly-awsqa-5",
        ResourceQuery={
            "Type": "TAG_FILTERS_1_0",
            "Query": json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"]}),
        },
        Tags={**naming.aws.identity("mayfly", "awsqa-6"), **OLD},
    )
    code, found = swept()
    assert (code, found["awsqa-6"]["outcome"]) == (4, "left")
    assert "whose own group is mayfly-awsqa-6" in found["awsqa-6"]["told"]
    world.owner.client("resource-groups").delete_group(Group="mayfly-awsqa-5")


def test_pain_roles_without_an_environment_go_once_they_are_old(
    world: World, swept: Callable[..., Any]
) -> None:
    iam, name = world.owner.client("iam"), "awsqa-8-flights"
    tags = [{"Key": key, "Value": value} for key, value in naming.aws.identity("mayfly", "awsqa-8").items()]
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(
        RoleName=name,
        Path="/mayfly/awsqa-8/",
        AssumeRolePolicyDocument=trust,
        Tags=tags,  # type: ignore[arg-type]
        PermissionsBoundary=naming.aws.boundary_arn(ACCOUNT),
    )
    assert swept()[1]["awsqa-8"]["cause"] is None
    gone = swept(grace="0m")[1]["awsqa-8"]
    assert (gone["cause"], gone["outcome"]) == ("lost", "gone")
    assert "awsqa-8" not in swept()[1]
