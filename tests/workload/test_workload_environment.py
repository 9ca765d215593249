"""Settings and workload of an environment, checked together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mayfly.errors import BadInput
from mayfly.workload import loading
from mayfly.workload.factory import Factory
from mayfly.workload.functions import Functions

REPOSITORY = Path(__file__).parents[2]
FACTORY = "examples/flights/factory"
FUNCTIONS = "examples/flights/functions"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project's own files, to break."""
    for folder in ("stacks/fabrics", "stacks/variables", FACTORY):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path


def wheres(root: Path, stack: str = "qa-1", **environ: str) -> list[str]:
    """Where the problems are, each without its line."""
    with pytest.raises(BadInput) as error:
        loading.load(root, stack, environ)
    return [problem.where.partition(":")[0] for problem in error.value.problems]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_fine(root: Path) -> None:
    settings, workload = loading.load(root, "qa-1", {})
    assert settings.workload == root / "examples/flights"
    assert isinstance(workload, Factory)
    assert "flights" in workload.names("pipeline")


def test_on_aws_functions_run(root: Path) -> None:
    shutil.copytree(REPOSITORY / FUNCTIONS, root / FUNCTIONS)
    settings, workload = loading.load(root, "awsqa-1", {})
    assert settings.aws.region == "eu-west-1"
    assert isinstance(workload, Functions)
    assert workload.names == ["flights", "reference"]


def test_on_aws_broken_settings_hide_no_broken_functions(root: Path) -> None:
    shutil.copytree(REPOSITORY / FUNCTIONS, root / FUNCTIONS)
    change(root / "stacks/fabrics/awsqa.yaml", "owner:", "ownr:")
    (root / FUNCTIONS / "flights/handler.py").write_text("def main(:\n")
    assert wheres(root, "awsqa-1")[-1] == "flights/functions/flights/handler.py"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("stacks/variables/qa.yaml", "sinks:", "sink:"),
        ("stacks/fabrics/qa.yaml", "owner:", "ownr:"),
        ("stacks/variables/dev.yaml", "sinks:", "sink:"),
    ],
)
def test_broken_settings_hide_no_broken_workload(root: Path, file: str, old: str, new: str) -> None:
    change(root / file, old, new)
    (root / FACTORY / "pipeline/month.json").write_text("{")
    found = wheres(root)
    assert found[-1] == "flights/factory/pipeline/month.json"
    assert set(found) == {file, "flights/factory/pipeline/month.json"}


def test_a_bad_id_hides_nothing_either(root: Path) -> None:
    (root / FACTORY / "pipeline/month.json").write_text("{")
    assert wheres(root, "qa-A_B") == ["environment 'qa-A_B'", "flights/factory/pipeline/month.json"]


def test_without_its_variable_group_a_workload_is_not_blamed_for_what_it_declares(root: Path) -> None:
    change(root / "stacks/variables/qa.yaml", "sources:", "sauces:")
    (root / FACTORY / "linkedService/lake.json").unlink()
    assert set(wheres(root)) == {"stacks/variables/qa.yaml"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("stacks/variables/dev.yaml", "sinks:", "sink:"),
        ("stacks/fabrics/qa.yaml", "owner:", "ownr:"),
    ],
)
def test_where_its_own_group_is_fine_the_workload_is_held_against_it(
    root: Path, file: str, old: str, new: str
) -> None:
    change(root / file, old, new)
    change(root / "stacks/variables/qa.yaml", "  year:", "  yaer:")
    assert {file, "flights/factory/pipeline/flights.json"} <= set(wheres(root))


def test_what_the_pipeline_overrides_is_what_the_workload_is_held_against(root: Path) -> None:
    found = wheres(root, MAYFLY_VAR_CURATED="elsewhere", MAYFLY_VAR_YAER="2013")
    assert "MAYFLY_VAR_YAER" in found
    assert "flights/factory/dataset/flights_parquet.json" in found


@pytest.mark.parametrize("stack", ["nowhere-1", "", "--help", "QA-1"])
def test_where_no_fabric_is_named_there_is_no_workload_to_read(root: Path, stack: str) -> None:
    (root / FACTORY / "pipeline/month.json").write_text("{")
    assert len(wheres(root, stack)) == 1
