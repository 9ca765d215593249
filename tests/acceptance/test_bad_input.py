"""Bad input is told clearly before anything is created (point 7 of the promise).

One run of the real commands for each class of problem; every message is in the tables of tests/settings,
tests/workload, tests/clouds and tests/cli.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.mgmt.resource.locks.models import ManagementLockObject

from mayfly import naming, settings
from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE, LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout, copy_project
from tests.support.refusals import Files, Refuser

FACTORY = "examples/flights/factory"
FABRIC = "stacks/fabrics/qa.yaml"
VARIABLES = "stacks/variables/qa.yaml"
STACK = "qa-70"
"""The stack that plain Pulumi is refused on."""

DEPLOYED, ANOTHERS = "qa-71", "qa-73"
NAME = "<fabric>-<id>, such as qa-142"
LAKE_GROUP = LAKE.partition("/providers/")[0]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout of our own: its files break, its cloud stops, and a group that goes stays in Deleting."""
    project = copy_project(tmp_path_factory.mktemp("bad-input"))
    start(project)
    try:
        project.run("python", "examples/flights/lake.py", principal="owner").ok()
        project.local("grant", principal="owner")
        project.run("pulumi", "stack", "init", "--no-select", STACK).ok()
        yield project
    finally:
        project.local("stop")


def start(project: Checkout) -> None:
    project.local("start", MAYFLY_LOCAL_DELETE_SECONDS="3600")


@pytest.fixture(scope="module")
def owner(checkout: Checkout) -> Sdk:
    """The owner's clients where environments are."""
    return Sdk(checkout.environ("owner"), NONPRODUCTION)


@pytest.fixture(scope="module")
def production(checkout: Checkout) -> Sdk:
    """The owner's clients where the lake is."""
    return Sdk(checkout.environ("owner"), PRODUCTION)


@dataclass(frozen=True)
class Bad:
    """One change to a file that makes it unusable, and what is told.

    file, old, new: what stands there, once, and what stands there instead.
    at, field: the file and the end of the place that the problem is told of. what, fix: parts of its message.
    """

    file: str
    old: str
    new: str
    at: str
    field: str
    what: str
    fix: str


@pytest.mark.parametrize(
    ("name", "what", "fix"),
    [
        ("--help", "'--help' looks like an option", NAME),
        ("", "no environment is named", NAME),
        ("qa-UP", "the id 'UP' has characters that no id has", "so use qa-up-"),
    ],
    ids=["option", "empty", "upper"],
)
def test_a_name_that_is_no_environments(refuse: Refuser, name: str, what: str, fix: str) -> None:
    refuse.mayfly("up", "--", name).one(where="environment", what=what, fix=fix)


def test_a_fabric_that_is_none(refuse: Refuser) -> None:
    """A teardown asks the cloud where a fabric has no file any more."""
    refuse.mayfly("run", "qaa-1", "flights").one("fabric 'qaa'", "there is no", "did you mean 'qa'?")
    known = "nothing of that name is known: there is no stacks/fabrics/qaa.yaml, and asked was"
    refuse.mayfly("down", "qaa-1").one("environment 'qaa-1'", known, "there is no environment there")


DEV = "stacks/variables/dev.yaml"
CSV = f"{FACTORY}/dataset/flights_csv.json"
MONTH = f"{FACTORY}/pipeline/month.json"
DAILY = f"{FACTORY}/trigger/daily.json"
NO_YEAR = ("flights/factory/pipeline/", ".value", "global parameter 'year', which is no value of the")
NO_CURATED = ("flights/factory/linkedService/curated.json", "", "is a store in use (AzureBlobStorage)")
DECLARE = "declare 'curated' under sources or sinks"
CYCLE = "pipeline/flights → pipeline/month → pipeline/flights"

# fmt: off
FILES = [
    Bad(FABRIC, "\nowner:", "\nowenr:", FABRIC, ": owenr", "is not a field", "did you mean 'owner'?"),
    Bad(DEV, "sinks:\n", "sinks: [\n", DEV, "", "is not YAML", "mend it"),
    Bad(VARIABLES, "  curated:", "  curatid:", *NO_CURATED, f"{DECLARE}; did you mean 'curatid'?"),
    Bad(VARIABLES, "  year:", "  yeer:", *NO_YEAR, "did you mean 'yeer'?"),
    Bad(
        CSV, '"name": "flights_csv",', '"name": ,',
        "flights/factory/dataset/flights_csv.json", ":2:13", "is not JSON", "mend it there",
    ),
    Bad(
        DAILY, '"reference"', '"refrence"',
        "flights/factory/trigger/daily.json", "properties.pipelines[1].pipelineReference",
        "refers to the pipeline 'refrence', which is not there", "did you mean 'reference'?",
    ),
    Bad(
        MONTH, '"description": "One month',
        '"x": {"referenceName": "flights", "type": "PipelineReference"}, "description": "One month',
        "flights/factory/pipeline/flights.json", "", CYCLE, "take one of these references out",
    ),
]
OVERRIDE = Bad(
    "MAYFLY_VAR_YAER", "", "2013",
    "MAYFLY_VAR_YAER", "", f"{VARIABLES} declares no variable of this name", "known: MAYFLY_VAR_CURATID",
)
# fmt: on


def everything_wrong(files: Files) -> dict[str, str]:
    """Break one thing of every kind; returns the variables that are wrong too."""
    for bad in FILES:
        files.change(bad.file, bad.old, bad.new)
    return {OVERRIDE.file: OVERRIDE.new}


def says(bad: Bad, problem: Mapping[str, str]) -> bool:
    """Whether a problem is the one that was made."""
    where = problem["where"].startswith(bad.at) and problem["where"].endswith(bad.field)
    return where and bad.what in problem["what"] and bad.fix in problem["fix"]


def test_all_problems_of_all_files_come_at_once(refuse: Refuser, files: Files) -> None:
    """By both, and word for word the same."""
    environ = everything_wrong(files)
    refusal = refuse.mayfly("up", STACK, **environ)
    for bad in (*FILES, OVERRIDE):
        assert any(says(bad, problem) for problem in refusal.problems), (bad, refusal.lines)
    for problem in refusal.problems:
        assert any(says(bad, problem) for bad in (*FILES, OVERRIDE)) or is_owner(problem), problem
    assert_told(refuse.pulumi(STACK, **environ), refusal.lines)


def is_owner(problem: Mapping[str, str]) -> bool:
    """What is told as well of a field that is misspelt: the right one is missing."""
    return (problem["where"], problem["what"]) == (f"{FABRIC}: owner", "is missing")


def test_a_bad_name_hides_nothing_and_standard_output_is_the_document_alone(
    refuse: Refuser, files: Files
) -> None:
    everything_wrong(files)
    wheres = [problem["where"] for problem in refuse.mayfly("up", "qa-A_B").problems]
    assert wheres[0] == "environment 'qa-A_B'"
    assert any(where.startswith("flights/factory/dataset/flights_csv.json") for where in wheres)
    plain = refuse.checkout.run("mayfly", "up", "qa-A_B")
    assert (plain.code, plain.stdout) == (2, "")
    assert plain.stderr.startswith("error: environment 'qa-A_B': the id 'A_B' has characters")


def assert_told(shown: str, lines: list[str]) -> None:
    """Pulumi's diagnostics hold each problem as a line of its own."""
    told = {line.strip() for line in shown.splitlines()}
    assert [line for line in lines if line not in told] == [], shown


def test_pulumi_refuses_such_a_name_itself_or_the_program_does_as_mayfly(
    refuse: Refuser, checkout: Checkout
) -> None:
    """What Pulumi takes for a stack's name and what it does not: then it says why."""
    assert "error:" in refuse.pulumi("../x")
    checkout.run("pulumi", "stack", "init", "--no-select", "qa-UP").ok()
    refusal = refuse.mayfly("up", "qa-UP")
    assert_told(refuse.pulumi("qa-UP"), ["error: qa-UP is left as it is:", *refusal.lines])


# Below, the cloud says no.


@pytest.fixture
def in_the_way(checkout: Checkout, production: Sdk, owner: Sdk) -> Iterator[tuple[str, str]]:
    """A lock on production's lake, and the account's name and the group's of qa-73 that others have.

    Returns the account's name and the group's id.
    """
    account = naming.azure.names(settings.load(checkout.root, ANOTHERS, {})).account
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    accounts, locks = production.storage.storage_accounts, production.locks.management_locks
    accounts.begin_create("flights-lake", account, body).result()  # type: ignore[call-overload]
    locks.create_or_update_by_scope(LAKE_GROUP, "keep", ManagementLockObject(level="CanNotDelete"))
    group: Any = {"location": "westeurope", "tags": {"managed-by": "mayfly", "mayfly-env": "qa-7"}}
    made = owner.resources.resource_groups.create_or_update(f"{ANOTHERS}-flights", group)
    try:
        yield account, str(made.id)
    finally:
        locks.delete_by_scope(LAKE_GROUP, "keep")
        accounts.delete("flights-lake", account)


def test_all_that_is_in_the_way_is_told_at_once(
    refuse: Refuser, checkout: Checkout, in_the_way: tuple[str, str]
) -> None:
    """By both: a grant that could not be revoked again, a name that is taken, a group that is not ours."""
    account, group = in_the_way
    checkout.run("pulumi", "stack", "init", "--no-select", ANOTHERS).ok()
    refusal = refuse.mayfly("up", ANOTHERS)
    told = {problem["where"]: (problem["what"], problem["fix"]) for problem in refusal.problems}
    assert {*told} == {"sources.lake", f"storage account {account}", group}
    for where, what, fix in (
        ("sources.lake", f"{LAKE_GROUP} is locked (CanNotDelete 'keep')", "remove the lock"),
        (f"storage account {account}", "already taken", "unique in the world"),
        (group, f"does not carry the marker of {ANOTHERS}", "choose another id"),
    ):
        assert (what in told[where][0], fix in told[where][1]) == (True, True), told
    assert_told(refuse.pulumi(ANOTHERS), refusal.lines)
    refuse.mayfly("run", ANOTHERS, "flights").one("ENV", "is not deployed", f"mayfly up {ANOTHERS}")
    finished, document = refuse.fails("mayfly", "down", "--json", ANOTHERS)
    assert finished.code == 3
    assert f"{ANOTHERS} is left alone" in document["error"]["message"]


def test_a_source_that_does_not_exist(refuse: Refuser) -> None:
    """Who has no role there is not told by the cloud whether there is anything: a right is missing."""
    missing = LAKE_CONTAINER.replace("flightslake", "flightslaek")
    finished, document = refuse.fails("mayfly", "up", "--json", STACK, environ={"MAYFLY_VAR_LAKE": missing})
    assert finished.code == 3
    (problem,) = document["error"]["problems"]
    assert (problem["where"], problem["denied"]) == ("sources.lake", True)
    assert problem["what"].startswith(f"{missing}, which may not exist: ")
    assert "documented roles" in problem["fix"]


def test_a_group_that_is_being_deleted(refuse: Refuser, owner: Sdk) -> None:
    tags = {"managed-by": "mayfly", "mayfly-env": "qa-74", "mayfly-project": "mayfly"}
    groups = owner.resources.resource_groups
    groups.create_or_update("qa-74-flights", {"location": "westeurope", "tags": tags})
    groups.begin_delete("qa-74-flights", polling=False)
    refusal = refuse.mayfly("up", "qa-74")
    refusal.one("qa-74-flights", "the group is being deleted", "wait until it is gone, then run again")


def test_what_exists_is_left_as_it_is(refuse: Refuser, checkout: Checkout, files: Files) -> None:
    """By both, when a file is broken afterwards. Before, the checks see what a good `up` makes."""
    before = refuse.kept()
    with pytest.raises(AssertionError, match="PUT"), refuse.nothing_created():
        checkout.run("mayfly", "up", DEPLOYED).ok()
    made = refuse.kept()
    assert made.pop(DEPLOYED)
    assert {**made, "": before[""]} == before
    refusal = refuse.mayfly("run", DEPLOYED, "fligths")
    refusal.one("PIPELINE", "'fligths' is not deployed", "flights, month, reference")
    files.write(f"{FACTORY}/pipeline/month.json", "{")
    refusal = refuse.mayfly("up", DEPLOYED)
    refusal.one("flights/factory/pipeline/month.json:1:2", "is not JSON", "mend it there")
    assert_told(refuse.pulumi(DEPLOYED), [f"error: {DEPLOYED} is left as it is:", *refusal.lines])


def test_an_environment_that_is_not_deployed(refuse: Refuser) -> None:
    refuse.mayfly("prove", "qa-75").one("ENV", "'qa-75' is not deployed", "mayfly up qa-75")


def test_a_sign_in_that_fails(refuse: Refuser) -> None:
    wrong = {"ARM_CLIENT_SECRET": "not-the-secret"}
    finished, document = refuse.fails("mayfly", "up", "--json", STACK, environ=wrong)
    assert finished.code in (1, 3)
    for told in (document["error"]["message"], refuse.pulumi(STACK, **wrong)):
        assert "AADSTS7000215: Invalid client secret" in told
        assert "ARM_CLIENT_ID and ARM_CLIENT_SECRET" in told
        assert "not-the-secret" not in told


def test_the_local_cloud_is_stopped(refuse: Refuser, checkout: Checkout) -> None:
    """Told at once, by every verb that asks it, and by Pulumi."""
    told = "does not describe a cloud (nothing answers there); start what ARM_METADATA_HOSTNAME names"
    checkout.local("stop")
    try:
        for verb in (["up", STACK], ["down", STACK]):
            finished, document = refuse.fails("mayfly", *verb, "--json", timeout=20)
            assert finished.code == 1
            assert told in document["error"]["message"]
        finished, document = refuse.fails("mayfly", "list", "--json", timeout=20)
        assert finished.code == 1
        assert "Could not connect to the endpoint" in document["error"]["message"], (
            "of AWS, which comes first"
        )
        assert told in refuse.pulumi(STACK)
        assert checkout.run("mayfly", "vars", STACK).ok().stdout
    finally:
        start(checkout)


def test_no_pulumi_cli(refuse: Refuser, tmp_path: Path) -> None:
    """Neither on PATH nor beside Python."""
    python = python_alone(tmp_path)
    command = "from mayfly.cli import main; main()"
    finished, document = refuse.fails(
        str(python), "-c", command, "up", "--json", STACK, environ={"PATH": str(tmp_path)}
    )
    assert finished.code in (1, 2)
    assert document["error"]["message"] == "the Pulumi CLI is not on PATH; ./scripts/setup brings it"


def python_alone(folder: Path) -> Path:
    """The virtual environment's Python with its packages, without the programs beside it."""
    (folder / "bin").mkdir()
    (folder / "lib").symlink_to(Path(sys.prefix, "lib"))
    shutil.copy(Path(sys.prefix, "pyvenv.cfg"), folder)
    python = folder / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    return python
