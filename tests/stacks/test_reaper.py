# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stacks import program, wheels
from tests.components.recorder import Cloud, Recorder, Registration, start

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's own settings, and dependencies that nobody has to fetch."""
    monkeypatch.setattr(wheels, "files", lambda lock, names: {f"{name}/__init__.py": b"" for name in names})
    monkeypatch.setenv("MAYFLY_VAR_YEAR", "2013")
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "stacks" / "Pulumi.awsqa-1.yaml").write_text("encryptionsalt: secret\n")
    (tmp_path / "examples" / "flights").mkdir(parents=True)
    return tmp_path


@pulumi.runtime.test
def run(root: Path) -> None:
    program.main(root)


@pytest.fixture
def engine(root: Path) -> Recorder:
    found = start(Cloud(), "reaper-aws")
    run(root)
    return found


def made(engine: Recorder) -> list[Registration]:
    return [each for each in engine.registered if each.type.startswith("aws:")]


def test_it_is_no_environment_and_nothing_of_it_carries_the_marker(engine: Recorder) -> None:
    assert not engine.all("mayfly:aws:Environment")
    assert not engine.all("group:Group")
    tagged = [each for each in made(engine) if "tags" in each.inputs]
    assert {each.type.rpartition(":")[2] for each in tagged} == {
        "Function",
        "LogGroup",
        "Policy",
        "Queue",
        "Role",
    }
    assert all(each.inputs["tags"] == {"managed-by": "mayfly", "mayfly-project": "mayfly"} for each in tagged)


def test_nothing_of_it_is_under_a_name_or_path_that_an_environment_can_have(engine: Recorder) -> None:
    named = [each for each in made(engine) if "name" in each.inputs and each.inputs["name"] != "mayfly"]
    assert len(named) == 9
    assert all(
        str(each.inputs["name"]).startswith(("reaper-mayfly-", "/mayfly-reaper/reaper-")) for each in named
    )
    assert {each.inputs["path"] for each in named if "path" in each.inputs} == {"/mayfly-reaper/"}


def test_a_preview_knows_all_that_it_may_do(root: Path) -> None:
    engine = start(Cloud(preview=True), "reaper-aws")
    run(root)
    policies = [*engine.all("iam/policy:Policy"), *engine.all("iam/rolePolicy:RolePolicy")]
    assert all(json.loads(each.inputs["policy"])["Statement"] for each in policies)


def test_it_is_made_in_its_own_account_and_region(engine: Recorder) -> None:
    provider = engine.one("pulumi:providers:aws").inputs
    assert (provider["region"], json.loads(provider["allowedAccountIds"])) == ("eu-west-1", [ACCOUNT])


def test_it_is_called_after_its_permissions_are_there_and_one_at_a_time(engine: Recorder) -> None:
    function = engine.one("lambda/function:Function")
    attached = {each.urn for each in engine.all("rolePolicyAttachment:RolePolicyAttachment")}
    assert attached < {*function.depends_on}
    assert (function.inputs["reservedConcurrentExecutions"], function.inputs["timeout"]) == (1, 900)
    assert function.inputs["runtime"] == f"python{wheels.VERSION}"
    assert function.inputs["environment"]["variables"] == {"MAYFLY_VAR_YEAR": "2013"}


def test_the_schedule_may_call_the_function_and_tell_of_failures_and_nothing_else(engine: Recorder) -> None:
    policy = json.loads(engine.one("iam/rolePolicy:RolePolicy").inputs["policy"])
    name = engine.one("lambda/function:Function").inputs["name"]
    assert [(each["Action"], each["Resource"]) for each in policy["Statement"]] == [
        (["lambda:InvokeFunction"], [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"]),
        (["sqs:SendMessage"], [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}"]),
    ]


def test_its_policies_are_the_janitors_and_its_own_log_and_queue(engine: Recorder) -> None:
    found = {each.name.removeprefix("reaper-aws-policy-"): each for each in engine.all("iam/policy:Policy")}
    assert {*found} == {"mayfly-janitor-1", "own", "sources"}
    (never,) = (
        each
        for each in json.loads(found["mayfly-janitor-1"].inputs["policy"])["Statement"]
        if each["Effect"] == "Deny"
    )
    own = json.loads(found["own"].inputs["policy"])["Statement"]
    actions = {action for each in own for action in each["Action"]}
    assert actions == {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
    assert actions < {*never["NotAction"]}
    assert not [action for action in never["NotAction"] if ":Create" in action and action not in actions]
    assert "*" not in {each["Resource"] for each in own}


def test_its_package_has_our_python_the_dependencies_and_the_settings_alone(
    engine: Recorder, root: Path
) -> None:
    content = Path(engine.one("lambda/function:Function").inputs["code"].path).read_bytes()
    files = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert {"mayfly/sweep.py", "mayfly/reaper/aws.py", "pydantic-core/__init__.py"} < {*files}
    project = {name for name in files if name.startswith("project/")}
    assert project == {
        "project/Pulumi.yaml",
        "project/examples/flights/mayfly.yaml",
        "project/stacks/reaper-aws.yaml",
        *(f"project/{path.relative_to(root)}" for path in root.glob("stacks/*/*.yaml")),
    }


@pytest.mark.parametrize(
    ("stack", "told"),
    [
        ("reaper-gcp", "there is no reaper on 'gcp'"),
        ("reaper", "there is no reaper on ''"),
    ],
)
def test_a_reaper_that_there_is_not_is_refused(root: Path, stack: str, told: str) -> None:
    engine = start(Cloud(), stack)
    with pytest.raises(pulumi.RunError, match=told):
        run(root)
    assert engine.registered == []


def exported(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", found.__setitem__)
    return found


def test_it_exports_where_to_look(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = exported(monkeypatch)
    start(Cloud(), "reaper-aws")
    run(root)
    assert list(outputs) == ["account", "region", "function", "log_group", "failures", "fabrics"]
    assert outputs["fabrics"] == ["awsdev", "awsqa"]
