"""The folder of a workload, and what a workload may declare itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mayfly.errors import BadInput, Problem
from mayfly.settings import examine, load
from mayfly.settings.application_sources import with_sources
from tests.settings.conftest import LAKE, Project, fabric

AWS = {"cloud": "aws", "account": '"123456789012"', "region": "eu-west-1"}
NOT_AZURE = dict.fromkeys(("subscription", "location"))


@pytest.fixture
def theirs(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workload's folder in another checkout."""
    top = tmp_path_factory.mktemp("theirs")
    (top / ".git").mkdir()
    (top / "flights").mkdir()
    return top / "flights"


def problems(project: Project, theirs: Path, text: str, stack: str = "qa-1", **environ: str) -> list[Problem]:
    (theirs / "mayfly.yaml").write_text(text)
    return list(examine(project.root, stack, {"MAYFLY_WORKLOAD": str(theirs), **environ}).problems)


def test_a_folder_of_another_checkout_takes_the_place_of_the_fabrics(project: Project, theirs: Path) -> None:
    assert load(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(theirs)}).workload == theirs
    assert load(project.root, "prod", {"MAYFLY_WORKLOAD": str(theirs)}).workload == theirs
    assert load(project.root, "qa-1", {}).workload == project.root / "examples/flights"


def test_a_relative_folder_starts_at_the_working_directory(
    project: Project, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(theirs.parent)
    for given in ("flights", "./flights/", f"../{theirs.parent.name}/flights"):
        assert load(project.root, "qa-1", {"MAYFLY_WORKLOAD": given}).workload == theirs


@pytest.mark.parametrize(
    ("given", "what"),
    [("", "is empty"), (" ", "is empty"), ("/nowhere", "no such folder"), ("$(WORKLOAD)", "no such folder")],
)
def test_a_folder_that_is_none_is_not_taken_for_the_fabrics(project: Project, given: str, what: str) -> None:
    found = examine(project.root, "qa-1", {"MAYFLY_WORKLOAD": given})
    (problem,) = found.problems
    assert what in problem.what
    assert "factory/ or functions/" in problem.fix
    assert found.missing is None, "the fabric's own is not asked for"


@pytest.mark.parametrize("link", ["flights", "data/flights"])
def test_a_link_of_the_checkout_does_not_lead_to_another_folder(
    project: Project, theirs: Path, tmp_path: Path, link: str
) -> None:
    """The pipeline names `flights`; the pull request makes a link of it, or of a folder on the way."""
    theirs.rmdir()
    (tmp_path / "home/flights").mkdir(parents=True)
    aim = tmp_path / "home/flights" if link == "flights" else tmp_path / "home"
    (theirs.parent / link.partition("/")[0]).symlink_to(aim)
    given = theirs.parent / link
    assert given.is_dir()
    (problem,) = examine(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(given)}).problems
    assert "link" in problem.what


def test_a_checkout_that_is_reached_by_a_link_is_the_pipelines_own_doing(
    project: Project, theirs: Path, tmp_path: Path
) -> None:
    (tmp_path / "here").symlink_to(theirs.parent)
    assert load(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(tmp_path / "here/flights")}).workload == theirs


def test_its_sinks_and_values_join_the_platforms(project: Project, theirs: Path) -> None:
    assert problems(project, theirs, "sinks:\n  landing: landing\nvalues:\n  rate: 0.5\n  on: true\n") == []
    found = load(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(theirs), "MAYFLY_VAR_RATE": "2"})
    assert found.variables.sinks == {"curated": "curated", "landing": "landing"}
    assert found.variables.values == {"year": 2013, "rate": 2.0, "on": True}
    assert set(found.variables.sources) == {"raw-lake"}


@pytest.mark.parametrize(
    "field",
    ["sources", "grants", "fabrics", "linkedServices", "subscription", "workload", "name"],
)
def test_what_is_the_platforms_is_refused(project: Project, theirs: Path, field: str) -> None:
    (problem,) = problems(project, theirs, f"values:\n  a: b\n{field}:\n  lake: {LAKE}\n")
    assert problem.where == f"flights/mayfly.yaml:3: {field}"
    assert problem.what == "cannot be set by a workload"
    assert "the platform's" in problem.fix


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("sinks:\n  raw-lake: raw", "sources.raw-lake"),
        ("sinks:\n  RAW_LAKE: raw", "sources.raw-lake"),
        ("values:\n  raw_lake: elsewhere", "sources.raw-lake"),
        ("sinks:\n  curated: other", "sinks.curated"),
        ("values:\n  year: 1999", "values.year"),
        ("sinks:\n  Year: raw", "values.year"),
    ],
)
def test_a_name_that_the_platform_declares_stays_the_platforms(
    project: Project, theirs: Path, text: str, declared: str
) -> None:
    (problem,) = problems(project, theirs, text)
    assert problem.where.startswith("flights/mayfly.yaml:2: ")
    assert problem.what == f"is declared by the platform: stacks/variables/qa.yaml has {declared}"


def test_a_name_that_becomes_a_source_is_refused_when_the_cloud_has_told_it(
    project: Project, theirs: Path
) -> None:
    """An application reads what its infrastructure reads: these names are known late."""
    project.fabric("dev", fabric(scope="application", infrastructure="prod"))
    project.variables("dev", "values:\n  year: 2013\n")
    assert problems(project, theirs, "sinks:\n  Lake: raw\n", "dev-1") == []
    found = load(project.root, "dev-1", {"MAYFLY_WORKLOAD": str(theirs)})
    with pytest.raises(BadInput) as error:
        with_sources(found, {"lake": LAKE}, "the group prod-flights")
    (problem,) = error.value.problems
    assert problem.where == "flights/mayfly.yaml:2: sinks.Lake"
    assert "is the name of the source 'lake' as well" in problem.what


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("sinks:\n  a: Raw", ":2: sinks.a", "is not a container's name"),
        ("sinks:\n  a: raw/x", ":2: sinks.a", "a path inside a container"),
        ("values:\n  a b: 1", ":2: values.a b", "is not a value's name"),
        ("values:\n  a: [9007199254740993]", ":2: values.a", "whole numbers"),
        ("values:\n  a: 1\n  A: 2", ":3: values.A", "is the same name as values.a"),
        ("values: &x\n  a: 1\nsinks: *x", ":3: sinks", "is an alias"),
        ("values: {a: ", ":2:1", "is not YAML"),
        ("- 1", ":1", "is not a mapping"),
        ("a: " + "[" * 99_999, ":1", "is nested more than 20 deep"),
    ],
)
def test_its_file_is_read_as_the_platforms_are(
    project: Project, theirs: Path, text: str, where: str, what: str
) -> None:
    found = problems(project, theirs, text)
    assert any(f"mayfly.yaml{where}" in problem.where and what in problem.what for problem in found), found


def test_where_its_file_is_broken_nobody_else_is_blamed(project: Project, theirs: Path) -> None:
    found = problems(project, theirs, "values:\n  rate: [9007199254740993]\n", MAYFLY_VAR_RATE="2")
    assert [problem.where for problem in found] == ["flights/mayfly.yaml:2: values.rate"]


@pytest.mark.parametrize("value", ["AccountKey=abcdefghijklmnopqrstuvwxyz0123456789", "AKIAABCDEFGHIJKLMNOP"])
def test_a_value_that_looks_like_a_secret_is_refused(project: Project, theirs: Path, value: str) -> None:
    (problem,) = problems(project, theirs, f"values:\n  a: {value}\n")
    assert problem.where == "flights/mayfly.yaml:2: values.a"
    assert problem.what.startswith("looks like ")
    assert value not in str(problem)


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "PYTHONPATH", "AWS_PROFILE"])
def test_on_aws_no_variable_of_the_system_is_set(project: Project, theirs: Path, name: str) -> None:
    project.fabric("awsqa", fabric(**AWS, **NOT_AZURE, variables="none"))
    project.variables("none", "")
    (problem,) = problems(project, theirs, f"values:\n  {name}: /tmp/x\n", "awsqa-1")
    assert "is kept for the system" in problem.what
    assert problems(project, theirs, f"values:\n  {name}: /tmp/x\n", "qa-1") == []


def test_its_file_is_no_link_to_the_deployers(project: Project, theirs: Path, tmp_path: Path) -> None:
    (tmp_path / "token.yaml").write_text("values:\n  token: x\n")
    (theirs / "mayfly.yaml").symlink_to(tmp_path / "token.yaml")
    (problem,) = examine(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(theirs)}).problems
    assert (problem.where, problem.what) == ("flights/mayfly.yaml", "is a link")


def test_its_file_is_neither_a_pipe_nor_a_link_to_nowhere(project: Project, theirs: Path) -> None:
    os.mkfifo(theirs / "mayfly.yaml")
    (problem,) = examine(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(theirs)}).problems
    assert problem.what == "is no plain file"
    (theirs / "mayfly.yaml").unlink()
    (theirs / "mayfly.yaml").symlink_to("nowhere")
    (problem,) = examine(project.root, "qa-1", {"MAYFLY_WORKLOAD": str(theirs)}).problems
    assert problem.what == "is a link"


def test_the_single_repository_way_has_such_a_file_as_well(project: Project) -> None:
    project.write("examples/flights/mayfly.yaml", "values:\n  rate: 1\n")
    assert load(project.root, "qa-1", {}).variables.values["rate"] == 1


def test_a_folder_that_is_not_there_matters_to_who_deploys_alone(project: Project) -> None:
    project.fabric("qa", fabric(workload="elsewhere/flights"))
    found = examine(project.root, "qa-1", {})
    assert found.problems == []
    assert found.settings is not None
    assert found.missing is not None
    assert found.missing.where == "stacks/fabrics/qa.yaml:6: workload"
    assert found.missing.what == "there is no folder 'elsewhere/flights'"
    assert "the folder that holds factory/" in found.missing.fix
    assert "--workload PATH" in found.missing.fix
