"""An application completed by what its infrastructure publishes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.aws import policies
from mayfly.errors import BadInput, Problem
from mayfly.settings import EnvironmentSettings, VariableGroup
from mayfly.settings.sources import BucketArn, bucket_arn
from mayfly.workload import loading, takeover
from mayfly.workload.factory import Factory
from mayfly.workload.functions import Application, Functions, published, variables

REPOSITORY = Path(__file__).parents[2]
FUNCTIONS = "examples/flights/functions"
FACTORY = "examples/flights/factory"
PARAMETER = "/mayfly/awsprod/infrastructure"
LAKE = "arn:aws:s3:::flights-lake-123456789012/flights/"
CONTAINER = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/flights-lake/providers"
    "/Microsoft.Storage/storageAccounts/flightslake/blobServices/default/containers/flights"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project's own files, to change."""
    for folder in ("stacks/fabrics", "stacks/variables", FUNCTIONS, FACTORY):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def infrastructure(root: Path) -> dict[str, Any]:
    """What awsprod publishes."""
    wanted, runs = loading.load(root, "awsprod", {})
    assert isinstance(runs, Functions)
    found: dict[str, Any] = json.loads(published.publish(wanted, "mf--awsprod--flights-x", runs))
    return found


def application(root: Path) -> tuple[EnvironmentSettings, Application]:
    wanted, runs = loading.load(root, "awsdev-feature-1", {})
    assert isinstance(runs, Application)
    return wanted, runs


def problems(root: Path, infrastructure: Mapping[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(BadInput) as error:
        takeover.functions(*application(root), infrastructure)
    return error.value.problems


def test_functions_keep_their_sources_and_run_as_their_infrastructure_does(
    root: Path, infrastructure: dict[str, Any]
) -> None:
    (root / FUNCTIONS / "flights/function.yaml").write_text("memory: none of your business\n")
    (root / FUNCTIONS / "reference/function.yaml").unlink()
    (root / FUNCTIONS / "reference/handler.py").write_text("def main(event, context):\n    return 7\n")
    wanted, runs = takeover.functions(*application(root), infrastructure)
    assert wanted.variables.resolved == {"lake": LAKE, "curated": "curated", "year": 2013}
    assert runs.names == ["flights", "reference"]
    flights = runs.functions["flights"]
    assert (flights.memory, flights.timeout, flights.runtime, flights.handler, flights.log_retention) == (
        1024, 300, "python3.12", "handler.main", 30,
    )  # fmt: skip
    assert flights.layer_arns("eu-west-1") == infrastructure["functions"]["flights"]["layers"]
    assert [function.schedule for function in runs.functions.values()] == [None, None]
    assert b"return 7" in runs.functions["reference"].files["handler.py"]


def test_a_function_that_the_infrastructure_does_not_have_is_a_problem(
    root: Path, infrastructure: dict[str, Any]
) -> None:
    shutil.copytree(root / FUNCTIONS / "flights", root / FUNCTIONS / "flihts")
    (problem,) = problems(root, infrastructure)
    assert problem.where == "flights/functions/flihts"
    assert problem.what == "the infrastructure awsprod has no function of this name"
    assert "deploy it there first" in problem.fix
    assert "did you mean 'flights'?" in problem.fix


def test_sources_without_the_handler_that_is_called_are_a_problem(
    root: Path, infrastructure: dict[str, Any]
) -> None:
    (root / FUNCTIONS / "reference/handler.py").rename(root / FUNCTIONS / "reference/main.py")
    (root / FUNCTIONS / "flights/handler.py").write_text("def mian(event, context): ...\n")
    found = [problem.where for problem in problems(root, infrastructure)]
    assert found == [
        "flights/functions/flights/handler.py",
        "flights/functions/reference: handler of awsprod",
    ]


def test_broken_sources_are_told_before_the_cloud_is_asked(root: Path) -> None:
    (root / FUNCTIONS / "flights/handler.py").write_text("def main(:\n")
    (root / FUNCTIONS / "Bad-Name").mkdir()
    with pytest.raises(BadInput) as error:
        loading.load(root, "awsdev-1", {})
    assert [problem.where for problem in error.value.problems] == [
        "flights/functions/Bad-Name",
        "flights/functions/flights/handler.py:1",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account", "999999999999"),
        ("region", "eu-west-2"),
        ("environment", "another"),
        ("boundary_arn", "arn:aws:iam::123456789012:policy/wide"),
        ("roles_path", "/"),
    ],
)
def test_an_infrastructure_of_another_place_is_refused(
    root: Path, infrastructure: dict[str, Any], name: str, value: str
) -> None:
    (problem,) = problems(root, {**infrastructure, name: value})
    assert problem.where == f"{PARAMETER}: {name}"
    assert repr(value) in problem.what


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"functions": {"flights": {"memory": 1}}}, "functions.flights.name"),
        ({"more": 1}, "more"),
        ({"sources": {"lake": 7}}, "sources.lake"),
    ],
)
def test_what_we_do_not_publish_is_refused(
    root: Path, infrastructure: dict[str, Any], changes: dict[str, Any], at: str
) -> None:
    (problem,) = problems(root, {**infrastructure, **changes})
    assert problem.where == f"{PARAMETER}: {at}"
    assert "is not what we publish" in problem.what


def test_on_azure_all_documents_but_the_triggers_run(root: Path) -> None:
    wanted, runs = loading.load(root, "dev-1", {})
    assert isinstance(runs, Factory)
    found, workload = takeover.factory(wanted, runs, {"lake": CONTAINER})
    assert found.variables.resolved["lake"] == CONTAINER
    assert set(runs.documents) - set(workload.documents) == {"trigger/daily"}


def test_on_azure_the_documents_are_held_against_the_sources_that_are_published(root: Path) -> None:
    wanted, runs = loading.load(root, "dev-1", {})
    assert isinstance(runs, Factory)
    with pytest.raises(BadInput, match=r"linkedService/lake\.json.*the variable group has none of this name"):
        takeover.factory(wanted, runs, {})


PLACES = [
    [],
    ["lake"],
    ["lake", "lake/a/"],
    [f"lake-{number}" for number in range(30)],
    [f"lake-{number}/a/b{number}/" for number in range(30)],
    [f"lake/{'a' * 90}{number}/" for number in range(30)],
    [f"{'b' * 50}{number}/{'a' * 200}/" for number in range(15)],
]


@pytest.mark.parametrize("places", PLACES)
def test_the_length_of_a_roles_policy_is_known_beforehand(places: list[str]) -> None:
    """Never told too short, and no more than 3 % too long beside the longest names."""
    sources = [bucket_arn(f"arn:aws:s3:::{place}") for place in places]
    logs = f"arn:aws:logs:ap-southeast-3:123456789012:log-group:/mayfly/{'e' * 51}/*"
    real = len(json.dumps(json.loads(policies.execution(sources, "b" * 63, logs)), separators=(",", ":")))
    assert real <= variables.policy_length(sources) <= 1.03 * real + 250


def test_sources_that_no_policy_can_hold_are_a_problem() -> None:
    longest = [bucket_arn(f"arn:aws:s3:::{'b' * 60}-{number}/{'a' * 50}/") for number in range(10, 40)]
    (problem,) = variables.problems(_reading(longest))
    assert problem.where == "stacks/variables/awsqa.yaml: sources"
    assert "the policy of the functions' role" in problem.what
    assert "10240" in problem.fix


def _reading(sources: list[BucketArn]) -> VariableGroup:
    """A group whose stores have names so short that they alone are no problem."""
    return VariableGroup(name="awsqa", sources={f"s{number}": each for number, each in enumerate(sources)})
