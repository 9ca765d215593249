"""A developer's copies of production's functions: the application alone, beside its infrastructure."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws_sdk import AwsSdk, changes
from tests.support.checkout import Checkout
from tests.support.request_log import RequestLog

STAGE = "awsdev-feature-1"
ACCOUNT = "123456789012"
ALIKE = ("Runtime", "Handler", "MemorySize", "Timeout", "Layers")
TRIGGERING = ("Schedule", "Permission", "EventSourceMapping", "FunctionUrl", "PutParameter")

Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def functions(checkout: Checkout) -> Path:
    """Where the sources of the functions are."""
    return checkout.root / "examples/flights/functions"


@pytest.fixture(scope="module")
def stage(
    production: Outputs, checkout: Checkout, functions: Path, owner: AwsSdk
) -> Iterator[tuple[Outputs, RequestLog]]:
    """The copies' outputs, and what was asked to make them; they go again, and all is as it was before.

    Their own function.yaml says otherwise than production's, and one is not there at all.
    """
    before, triggers = owner.everything(), production_side(owner)
    with other(functions / "flights/function.yaml", lambda text: text.replace("memory: 1024", "memory: 128")):
        (functions / "reference/function.yaml").rename(functions / "reference/.function.yaml")
        log = RequestLog(checkout.root / ".mayfly/aws/requests.jsonl")
        log.mark()
        checkout.run("pulumi", "stack", "select", "--create", STAGE).ok()
        checkout.run("pulumi", "up", "--stack", STAGE, "--yes", "--skip-preview").ok()
        log.freeze()
        yield checkout.outputs(STAGE), log
    (functions / "reference/.function.yaml").rename(functions / "reference/function.yaml")
    receipt = checkout.run("mayfly", "down", STAGE, "--json").ok().json()["receipt"]
    assert receipt["production_grants"]["by_description"] == 0
    assert owner.everything() == before
    assert production_side(owner) == triggers


@pytest.fixture
def outputs(stage: tuple[Outputs, RequestLog]) -> Outputs:
    return stage[0]


class other:
    """A file with another text for a while."""

    def __init__(self, path: Path, change: Callable[[str], str]) -> None:
        self.path, self.text = path, path.read_text()
        self.changed = change(self.text)

    def __enter__(self) -> None:
        assert self.changed != self.text
        self.path.write_text(self.changed)

    def __exit__(self, *failure: object) -> None:
        self.path.write_text(self.text)


def production_side(owner: AwsSdk) -> list[Any]:
    """Production's own functions, what triggers them, and what is published of them."""
    found = [
        owner.functions.get_function(FunctionName=f"awsprod-{name}") for name in ("flights", "reference")
    ]
    schedules = [owner.schedules.get_schedule(Name=f"awsprod-{name}") for name in ("flights", "reference")]
    parameter = owner.parameters.get_parameter(Name="/mayfly/awsprod/infrastructure")["Parameter"]
    return [
        [each["Configuration"]["RevisionId"] for each in found],
        [{**each, "ResponseMetadata": None} for each in schedules],
        parameter["Version"],
    ]


def test_copies_run_as_their_infrastructure_does(
    outputs: Outputs, production: Outputs, owner: AwsSdk
) -> None:
    assert outputs["functions"] == {
        name: f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{STAGE}-{name}"
        for name in ("flights", "reference")
    }
    for name, arn in outputs["functions"].items():
        copy = owner.functions.get_function_configuration(FunctionName=arn)
        original = owner.functions.get_function_configuration(FunctionName=production["functions"][name])
        assert [copy.get(key) for key in ALIKE] == [original.get(key) for key in ALIKE]
        assert copy["CodeSha256"] == original["CodeSha256"]
        theirs, ours = original["Environment"]["Variables"], copy["Environment"]["Variables"]
        assert ours == {**theirs, "CURATED": outputs["sinks"]["curated"]}
        assert copy["LoggingConfig"]["LogGroup"] == f"/mayfly/{STAGE}/{name}"
    role = owner.iam.get_role(RoleName=outputs["role_arn"].rpartition("/")[2])["Role"]
    assert role["Path"] == f"/mayfly/{STAGE}/"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == production["boundary_arn"]
    assert outputs["infrastructure"] == "awsprod"
    assert outputs["variables"] == production["variables"]


def test_nothing_triggers_a_copy_and_nothing_that_triggers_was_touched(
    stage: tuple[Outputs, RequestLog], owner: AwsSdk
) -> None:
    outputs, log = stage
    made = changes(log)
    assert "CreateFunction20150331" in made or "CreateFunction" in made
    assert [each for each in made if any(word in each for word in TRIGGERING)] == []
    asked = [entry for entry in log.entries() if entry["service"] == "ssm"]
    assert {entry["operation"] for entry in asked} == {"GetParameter"}
    copies = set(outputs["functions"].values())
    schedules = owner.schedules.list_schedules()["Schedules"]
    assert not copies & {schedule["Target"]["Arn"] for schedule in schedules}
    assert [invokers(owner, arn) for arn in copies] == [[], []]


def invokers(owner: AwsSdk, function: str) -> list[Any]:
    """The statements of a function's own policy; AWS has none where MiniStack has an empty one."""
    try:
        policy = json.loads(owner.functions.get_policy(FunctionName=function)["Policy"])
    except owner.functions.exceptions.ResourceNotFoundException:
        return []
    statements: list[Any] = policy["Statement"]
    return statements


def test_the_verbs_work_on_it(outputs: Outputs, checkout: Checkout, owner: AwsSdk) -> None:
    ran = checkout.run("mayfly", "run", STAGE, "reference", "--json").ok().json()
    assert ran["run"]["name"] == f"{STAGE}-reference"
    written = owner.s3.list_objects_v2(Bucket=outputs["bucket"])["Contents"]
    assert {each["Key"] for each in written} == {f"curated/{table}" for table in ran["result"]["tables"]}
    found = checkout.run("mayfly", "vars", STAGE, "--json").ok().json()["variables"]
    assert found == outputs["variables"]
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    assert {STAGE, "awsprod"} <= {each["environment"] for each in listed}
    proved = checkout.run("mayfly", "prove", STAGE, "--json").ok().json()
    probes = {(probe["what"], probe["where"].partition(" ")[0]): probe["got"] for probe in proved["probes"]}
    assert probes["read an object", "lake"] == "allowed"
    assert probes["write an object", "awsprod"] == "AccessDenied"


def test_a_changed_line_is_one_call_and_live(
    outputs: Outputs, checkout: Checkout, functions: Path, log: RequestLog
) -> None:
    say = 'return {"tables": {"said": "otherwise"}}'
    with other(
        functions / "reference/handler.py", lambda text: text.replace('return {"tables": copied}', say)
    ):
        shown = checkout.run("pulumi", "up", "--stack", STAGE, "--yes").ok().stdout
        assert "function-reference" in shown
        assert "function-flights" not in shown
        (update,) = changes(log)
        assert update.startswith("UpdateFunctionCode")
        ran = checkout.run("mayfly", "run", STAGE, "reference", "--json").ok().json()
        assert ran["result"] == {"tables": {"said": "otherwise"}}


def test_what_the_infrastructure_does_not_have_is_told_before_anything_is_made(
    outputs: Outputs, checkout: Checkout, functions: Path, log: RequestLog
) -> None:
    shutil.copytree(functions / "reference", functions / "weather")
    try:
        refused = checkout.run("mayfly", "up", STAGE)
        assert refused.code == 2
        assert "functions/weather: the infrastructure awsprod has no function of this name" in refused.stderr
        by_hand = checkout.run("pulumi", "up", "--stack", STAGE, "--yes", "--skip-preview")
        assert by_hand.code != 0
        assert "functions/weather" in by_hand.stdout + by_hand.stderr
    finally:
        shutil.rmtree(functions / "weather")
    assert changes(log) == []


def test_without_infrastructure_there_is_no_application(
    production: Outputs, checkout: Checkout, log: RequestLog
) -> None:
    fabrics = checkout.root / "stacks/fabrics"
    later = fabrics / "awslater.yaml"
    later.write_text((fabrics / "awsprod.yaml").read_text() + "variables: awsprod\n")
    try:
        with other(fabrics / "awsdev.yaml", lambda text: text.replace(": awsprod", ": awslater")):
            told = checkout.run("mayfly", "up", "awsdev-2", principal="owner")
    finally:
        later.unlink()
    assert told.code == 2
    assert "there is no parameter /mayfly/awslater/infrastructure" in told.stderr
    assert changes(log) == []


def test_the_deployer_reads_what_is_published_and_no_other_parameter(
    production: Outputs, deployer: AwsSdk
) -> None:
    name = "/mayfly/awsprod/infrastructure"
    parameters = deployer.parameters
    assert parameters.get_parameter(Name=name)["Parameter"]["Name"] == name
    calls: dict[str, Callable[[], Any]] = {
        "change it": lambda: parameters.put_parameter(Name=name, Value="{}", Type="String", Overwrite=True),
        "delete it": lambda: parameters.delete_parameter(Name=name),
        "read others": lambda: parameters.get_parameter(Name="/mayfly/awsprod/other"),
        "read all": lambda: parameters.get_parameters_by_path(Path="/mayfly/awsprod"),
    }
    for call in calls.values():
        with pytest.raises(parameters.exceptions.ClientError, match="AccessDenied"):
            call()
