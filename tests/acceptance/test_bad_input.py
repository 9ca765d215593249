"""Bad input is told clearly before anything is created (point 7 of the promise)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.mgmt.resource.locks.models import ManagementLockObject

from mayfly import naming, settings
from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE, LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout, copy_project
from tests.support.refusals import Files, Refuser
from tests.support.request_log import RequestLog

FACTORY = "examples/flights/factory"
FABRIC = "stacks/fabrics/qa.yaml"
VARIABLES = "stacks/variables/qa.yaml"
STACK = "qa-70"
"""The stack that plain Pulumi is refused on."""

DEPLOYED = "qa-71"
NAME = "<fabric>-<id>, such as qa-142"
LAKE_GROUP = LAKE.partition("/providers/")[0]
KNOWN = "known: MAYFLY_VAR_CURATED, MAYFLY_VAR_LAKE, MAYFLY_VAR_YEAR"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout of our own: its files break, its cloud stops, and a group that goes stays in Deleting."""
    project = copy_project(tmp_path_factory.mktemp("bad-input"))
    start(project)
    try:
        project.run("python", "examples/flights/lake.py", principal="owner").ok()
        project.run("mayfly", "local", "grant", principal="owner").ok()
        project.run("pulumi", "stack", "init", "--no-select", STACK).ok()
        yield project
    finally:
        project.run("mayfly", "local", "stop", principal="nobody").ok()


def start(project: Checkout) -> None:
    project.run("mayfly", "local", "start", principal="nobody", MAYFLY_LOCAL_DELETE_SECONDS="3600").ok()


@pytest.fixture(scope="module")
def owner(checkout: Checkout) -> Sdk:
    """The owner's clients where environments are."""
    return Sdk(checkout.environ("owner"), NONPRODUCTION)


@pytest.fixture(scope="module")
def production(checkout: Checkout) -> Sdk:
    """The owner's clients where the lake is."""
    return Sdk(checkout.environ("owner"), PRODUCTION)


@pytest.fixture(scope="module")
def deployed(checkout: Checkout) -> str:
    """An environment that exists."""
    checkout.run("mayfly", "up", DEPLOYED).ok()
    return DEPLOYED


@pytest.fixture
def refuse(checkout: Checkout, log: RequestLog) -> Refuser:
    return Refuser(checkout, log)


@pytest.fixture
def files(checkout: Checkout) -> Iterator[Files]:
    """The project's files; what a test breaks is whole again after it."""
    found = Files(checkout.root)
    yield found
    found.restore()


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


# An environment's name that is none, then what the message says of it.
NAMES = {
    "--help": ("'--help' looks like an option", NAME),
    "../x": ("'../x' is not a fabric's name", NAME),
    "": ("no environment is named", NAME),
    "qa-" + "1" * 297: ("(297 characters) is too long", "at most 40 characters"),
    "q" * 300: ("(300 characters) is not a fabric's name", "at most 10 characters"),
    "QA-1": ("'QA' is not a fabric's name", "did you mean qa-1?"),
    "qa-UP": ("the id 'UP' has characters that no id has", "so use qa-up-"),
    "qa-a_b": ("the id 'a_b' has characters that no id has", "so use qa-a-b-"),
    "qa-": ("the id is missing", "lower-case letters"),
    "qa": ("ephemeral: its environments have an id", "qa-<id>, such as qa-142"),
    "prod-1": ("permanent: its one environment has no id", "use 'prod'"),
    "qaa-1": (
        "there is no stacks/fabrics/qaa.yaml",
        "did you mean 'qa'? known: awsdev, awsprod, awsqa, dev, prod, qa",
    ),
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12] or "empty")
def test_a_name_that_is_no_environments(refuse: Refuser, name: str) -> None:
    what, fix = NAMES[name]
    refusal = refuse.mayfly("up", "--", name)
    refusal.one(where="fabric" if name == "qaa-1" else "environment", what=what, fix=fix)
    assert len(refusal.finished.stderr) < 600


@pytest.mark.parametrize("verb", ["down", "run", "prove", "vars"])
def test_every_verb_refuses_such_a_name(refuse: Refuser, verb: str) -> None:
    pipeline = ["flights"] if verb == "run" else []
    refuse.mayfly(verb, "--", "../x", *pipeline).one("environment '../x'", "is not a fabric's name", NAME)
    refused = refuse.mayfly(verb, "--", "qaa-1", *pipeline)
    if verb == "down":  # which asks the cloud where a fabric has no file any more
        known = "nothing of that name is known: there is no stacks/fabrics/qaa.yaml, and asked was"
        refused.one("environment 'qaa-1'", known, "there is no environment there")
    else:
        refused.one("fabric 'qaa'", "there is no", "did you mean 'qa'?")


def test_a_branch_that_is_not_named_has_no_id(refuse: Refuser) -> None:
    refuse.mayfly("id", "").one("branch", "no branch is named", "feature/x")


def test_nothing_but_the_document_is_on_standard_output(checkout: Checkout) -> None:
    finished = checkout.run("mayfly", "up", "qa-UP")
    assert (finished.code, finished.stdout) == (2, "")
    assert finished.stderr.startswith("error: environment 'qa-UP': the id 'UP' has characters")


@pytest.mark.parametrize("command", ["up", "up qa-1 --fsat", "vars qa-1 --format xml", "u qa-1"])
def test_a_command_line_that_is_none(refuse: Refuser, command: str) -> None:
    finished, document = refuse.fails("mayfly", *command.split(), "--json")
    assert finished.code == document["error"]["exit_code"] == 2
    assert document["error"]["message"]


DEV = "stacks/variables/dev.yaml"
CSV = f"{FACTORY}/dataset/flights_csv.json"
MONTH = f"{FACTORY}/pipeline/month.json"
DAILY = f"{FACTORY}/trigger/daily.json"
NO_YEAR = ("flights/factory/pipeline/", ".value", "global parameter 'year', which is no value of the")
NO_CURATED = ("flights/factory/linkedService/curated.json", "", "is a store in use (AzureBlobStorage)")
DECLARE = "declare 'curated' under sources or sinks"
CYCLE = "pipeline/flights → pipeline/month → pipeline/flights"

# fmt: off
FILES = {
    "a misspelt section": Bad(
        VARIABLES, "\nsinks:", "\nsink:", VARIABLES, ": sink", "is not a field", "did you mean 'sinks'?",
    ),
    "a misspelt value": Bad(VARIABLES, "  year:", "  yeer:", *NO_YEAR, "did you mean 'yeer'?"),
    "a missing value": Bad(VARIABLES, "  year: 2013", "  {}", *NO_YEAR, "declare it under values"),
    "a misspelt store": Bad(
        VARIABLES, "  curated:", "  curatid:", *NO_CURATED, f"{DECLARE}; did you mean 'curatid'?"
    ),
    "a missing store": Bad(VARIABLES, "  curated: curated", "  {}", *NO_CURATED, f"{DECLARE}; known: lake"),
    "a path inside a container": Bad(
        VARIABLES, "containers/flights\n", "containers/flights/2013\n",
        VARIABLES, ": sources.lake", "'/2013' after the container 'flights'", "keep the path in the dataset",
    ),
    "an unknown variable group": Bad(
        FABRIC, "\ncloud: azure", "\nvariables: qaa\ncloud: azure",
        FABRIC, ": variables", "there is no stacks/variables/qaa.yaml", "did you mean 'qa'?",
    ),
    "an unknown field": Bad(
        FABRIC, "\nlocation:", "\nlocation: westeurope\nlocatoin:",
        FABRIC, ": locatoin", "is not a field", "did you mean 'location'?",
    ),
    "a folder that is not there": Bad(
        FABRIC, "examples/flights", "examples/fligths",
        FABRIC, ": workload", "there is no folder 'examples/fligths'", "the folder that holds factory/",
    ),
    "broken YAML": Bad(VARIABLES, "sources:\n", "sources: [\n", VARIABLES, "", "is not YAML", "mend it"),
    "another fabric's broken YAML": Bad(DEV, "sinks:\n", "sinks: [\n", DEV, "", "is not YAML", "mend it"),
    "broken JSON": Bad(
        CSV, '"name": "flights_csv",', '"name": ,',
        "flights/factory/dataset/flights_csv.json", ":2:13", "is not JSON", "mend it there",
    ),
    "a missing reference": Bad(
        DAILY, '"reference"', '"refrence"',
        "flights/factory/trigger/daily.json", "properties.pipelines[1].pipelineReference",
        "refers to the pipeline 'refrence', which is not there", "did you mean 'reference'?",
    ),
    "a reference cycle": Bad(
        MONTH, '"description": "One month',
        '"x": {"referenceName": "flights", "type": "PipelineReference"}, "description": "One month',
        "flights/factory/pipeline/flights.json", "", CYCLE, "take one of these references out",
    ),
}
# fmt: on


def apply(files: Files, case: str) -> None:
    """Break what a case breaks."""
    bad = FILES[case]
    files.change(bad.file, bad.old, bad.new)


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_used(refuse: Refuser, files: Files, case: str) -> None:
    apply(files, case)
    bad, told = FILES[case], refuse.mayfly("up", "qa-1")
    assert told.problems
    for problem in told.problems:
        assert problem["where"].startswith(bad.at)
        assert problem["where"].endswith(bad.field)
        assert bad.what in problem["what"]
        assert bad.fix in problem["fix"]


OVERRIDES = {
    "MAYFLY_VAR_YAER": (
        "2013",
        f"{VARIABLES} declares no variable of this name",
        f"'MAYFLY_VAR_YEAR'? {KNOWN}",
    ),
    "MAYFLY_VAR_REGION": ("north", f"{VARIABLES} declares no variable of this name", KNOWN),
    "MAYFLY_VAR_YEAR": ("lots", "got 'lots'", "a whole number"),
    "MAYFLY_VAR_CURATED": (
        "$(CURATED)",
        "is '$(CURATED)': the pipeline has no such variable",
        "declare it in",
    ),
    "MAYFLY_VAR_LAKE": (
        f"{LAKE_CONTAINER}/2013",
        "a path inside a container",
        "keep the path in the dataset",
    ),
}


@pytest.mark.parametrize("variable", OVERRIDES)
def test_a_variable_of_the_pipeline_that_cannot_be_used(refuse: Refuser, variable: str) -> None:
    value, what, fix = OVERRIDES[variable]
    refuse.mayfly("up", "qa-1", **{variable: value}).one(variable, what, fix)


def everything_wrong(files: Files) -> dict[str, str]:
    """Break one thing of every kind; returns the variables that are wrong too."""
    files.change(FABRIC, "\nowner:", "\nowenr:")
    files.change("stacks/variables/dev.yaml", "sinks:\n", "sinks: [\n")
    for case in ("broken JSON", "a missing reference", "a reference cycle", "a missing value"):
        apply(files, case)
    return {"MAYFLY_VAR_YAER": "2013"}


def test_all_problems_of_all_files_come_at_once(refuse: Refuser, files: Files) -> None:
    """By both, and word for word the same."""
    environ = everything_wrong(files)
    refusal = refuse.mayfly("up", STACK, **environ)
    assert {problem["where"].partition(":")[0] for problem in refusal.problems} == {
        FABRIC,
        "stacks/variables/dev.yaml",
        "MAYFLY_VAR_YAER",
        "flights/factory/dataset/flights_csv.json",
        "flights/factory/trigger/daily.json",
        "flights/factory/pipeline/flights.json",
    }
    assert_told(refuse.pulumi(STACK, **environ), refusal.lines)


def test_a_bad_name_hides_nothing(refuse: Refuser, files: Files) -> None:
    everything_wrong(files)
    wheres = [problem["where"] for problem in refuse.mayfly("up", "qa-A_B").problems]
    assert wheres[0] == "environment 'qa-A_B'"
    assert any(where.startswith("flights/factory/dataset/flights_csv.json") for where in wheres)


def assert_told(shown: str, lines: list[str]) -> None:
    """Pulumi's diagnostics hold each problem as a line of its own."""
    told = {line.strip() for line in shown.splitlines()}
    assert [line for line in lines if line not in told] == [], shown


# What Pulumi itself takes for a stack's name, and what it does not: then it says why.
@pytest.mark.parametrize("name", ["../x", "", "q" * 300], ids=["up", "empty", "long"])
def test_pulumi_itself_refuses_some_names(refuse: Refuser, name: str) -> None:
    assert "error:" in refuse.pulumi(name)


@pytest.mark.parametrize("name", ["qa-UP", "qa-a_b", "nowhere-1"])
def test_the_program_refuses_the_others_as_mayfly_does(
    refuse: Refuser, checkout: Checkout, name: str
) -> None:
    checkout.run("pulumi", "stack", "init", "--no-select", name).ok()
    refusal = refuse.mayfly("up", name)
    assert_told(refuse.pulumi(name), [f"error: {name} is left as it is:", *refusal.lines])


def test_the_checks_see_what_a_good_up_makes(refuse: Refuser, checkout: Checkout) -> None:
    """Control: else nothing above would prove anything."""
    before = refuse.kept()
    with pytest.raises(AssertionError, match="PUT"), refuse.nothing_created():
        checkout.run("mayfly", "up", "qa-76").ok()
    made = refuse.kept()
    assert made.pop("qa-76")
    assert {**made, "": before[""]} == before


# Below, the cloud says no.


@pytest.mark.parametrize("scope", [LAKE_CONTAINER, LAKE, LAKE_GROUP], ids=["container", "account", "group"])
def test_a_lock_on_productions_lake(refuse: Refuser, production: Sdk, scope: str) -> None:
    """A grant there could not be revoked again."""
    locks = production.locks.management_locks
    locks.create_or_update_by_scope(scope, "keep", ManagementLockObject(level="CanNotDelete"))
    try:
        refusal = refuse.mayfly("up", STACK)
        refusal.one("sources.lake", f"{scope} is locked (CanNotDelete 'keep')", "remove the lock")
        if scope == LAKE_GROUP:
            assert_told(refuse.pulumi(STACK), refusal.lines)
    finally:
        locks.delete_by_scope(scope, "keep")


@pytest.mark.parametrize(
    "missing",
    [
        LAKE_CONTAINER.replace("flightslake", "flightslaek"),
        LAKE_CONTAINER.replace("flights-lake", "no-such-group"),
    ],
    ids=["account", "group"],
)
def test_a_source_that_does_not_exist(refuse: Refuser, missing: str) -> None:
    """Who has no role there is not told by the cloud whether there is anything: a right is missing."""
    finished, document = refuse.fails("mayfly", "up", "--json", STACK, environ={"MAYFLY_VAR_LAKE": missing})
    assert finished.code == 3
    (problem,) = document["error"]["problems"]
    assert (problem["where"], problem["denied"]) == ("sources.lake", True)
    assert problem["what"].startswith(f"{missing}, which may not exist: ")
    assert "documented roles" in problem["fix"]


def test_a_container_that_does_not_exist(refuse: Refuser, files: Files) -> None:
    """Its datasets say the same, so that the folder is not what is wrong."""
    for file in ("flights_csv", "lake_reference"):
        files.change(f"{FACTORY}/dataset/{file}.json", '"container": "flights"', '"container": "fligths"')
    missing = f"{LAKE_CONTAINER.removesuffix('flights')}fligths"
    refusal = refuse.mayfly("up", STACK, MAYFLY_VAR_LAKE=missing)
    refusal.one("sources.lake", f"{missing} does not exist", "the resource id of an existing container")


def test_a_storage_name_that_is_taken(refuse: Refuser, checkout: Checkout, production: Sdk) -> None:
    account = naming.azure.names(settings.load(checkout.root, STACK, {})).account
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    accounts = production.storage.storage_accounts
    accounts.begin_create("flights-lake", account, body).result()  # type: ignore[call-overload]
    try:
        refusal = refuse.mayfly("up", STACK)
        refusal.one(f"storage account {account}", "already taken", "unique in the world")
        assert_told(refuse.pulumi(STACK), refusal.lines)
    finally:
        accounts.delete("flights-lake", account)


@pytest.mark.parametrize(
    ("id", "tags"),
    [("72", {}), ("73", {"managed-by": "mayfly", "mayfly-env": "qa-7"})],
    ids=["nobody's", "another's"],
)
def test_a_group_of_its_name_that_is_not_ours(
    refuse: Refuser, owner: Sdk, id: str, tags: dict[str, str]
) -> None:
    made = owner.resources.resource_groups.create_or_update(
        f"qa-{id}-flights", {"location": "westeurope", "tags": tags}
    )  # fmt: skip
    refusal = refuse.mayfly("up", f"qa-{id}")
    refusal.one(str(made.id), f"does not carry the marker of qa-{id}", "choose another id")
    refuse.mayfly("run", f"qa-{id}", "flights").one("ENV", "is not deployed", f"mayfly up qa-{id}")
    finished, document = refuse.fails("mayfly", "down", "--json", f"qa-{id}")
    assert finished.code == 3
    assert f"qa-{id} is left alone" in document["error"]["message"]


def test_a_group_that_is_being_deleted(refuse: Refuser, owner: Sdk) -> None:
    tags = {"managed-by": "mayfly", "mayfly-env": "qa-74", "mayfly-project": "mayfly"}
    groups = owner.resources.resource_groups
    groups.create_or_update("qa-74-flights", {"location": "westeurope", "tags": tags})
    groups.begin_delete("qa-74-flights", polling=False)
    refusal = refuse.mayfly("up", "qa-74")
    refusal.one("qa-74-flights", "the group is being deleted", "wait until it is gone, then run again")


def test_an_unknown_pipeline_is_told_with_those_there_are(refuse: Refuser, deployed: str) -> None:
    refusal = refuse.mayfly("run", deployed, "fligths")
    refusal.one("PIPELINE", "'fligths' is not deployed", "flights, month, reference")


@pytest.mark.parametrize("verb", [["run", "qa-75", "flights"], ["prove", "qa-75"]], ids=["run", "prove"])
def test_an_environment_that_is_not_deployed(refuse: Refuser, verb: list[str]) -> None:
    refuse.mayfly(*verb).one("ENV", "'qa-75' is not deployed", "mayfly up qa-75")


def test_what_exists_is_left_as_it_is(refuse: Refuser, files: Files, deployed: str) -> None:
    """By both, when a file is broken afterwards."""
    files.write(f"{FACTORY}/pipeline/month.json", "{")
    refusal = refuse.mayfly("up", deployed)
    refusal.one("flights/factory/pipeline/month.json:1:2", "is not JSON", "mend it there")
    assert_told(refuse.pulumi(deployed), [f"error: {deployed} is left as it is:", *refusal.lines])


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
    checkout.run("mayfly", "local", "stop", principal="nobody").ok()
    try:
        for verb in (["up", STACK], ["down", STACK], ["run", STACK, "flights"]):
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


@pytest.mark.parametrize(
    "verb", [["up", "qa-1"], ["down", "qa-1"], ["list"], ["vars", "qa-1"], ["local", "start"]]
)
def test_outside_of_a_project(checkout: Checkout, log: RequestLog, tmp_path: Path, verb: list[str]) -> None:
    elsewhere = Checkout(tmp_path, {"deployer": checkout.environ("deployer")})
    finished = elsewhere.run("mayfly", *verb)
    assert finished.code == 2
    told = "no Pulumi.yaml in this folder or one above it (run mayfly inside the project)"
    assert finished.stderr == f"error: {tmp_path}: {told}\n"
    assert log.entries() == []
    assert list(tmp_path.iterdir()) == []


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
