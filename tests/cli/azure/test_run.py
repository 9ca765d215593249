"""Pipelines that are run and followed, on the local Azure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mayfly.cli import run_azure as run
from mayfly.cli.output import Output
from mayfly.clouds.azure import runs
from mayfly.errors import BadInput
from tests.teardown.world import FACTORY, World


def wait(seconds: float) -> dict[str, Any]:
    return {"name": "wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": seconds}}


def rest() -> dict[str, Any]:
    """Does nothing, well."""
    expression = {"value": "@equals(1, 1)", "type": "Expression"}
    return {"name": "rest", "type": "IfCondition", "typeProperties": {"expression": expression}}


def fail() -> dict[str, Any]:
    return {"name": "stop", "type": "Fail", "typeProperties": {"message": "no luck", "errorCode": "42"}}


def call(pipeline: str) -> dict[str, Any]:
    reference = {"referenceName": pipeline, "type": "PipelineReference"}
    properties = {"pipeline": reference, "waitOnCompletion": True, "parameters": {"year": 2013}}
    return {"name": "inner", "type": "ExecutePipeline", "typeProperties": properties}


def deploy(world: World, name: str, *activities: dict[str, Any], **parameters: Any) -> None:
    properties = {"activities": [*activities], "parameters": parameters}
    world.owner.put(f"{FACTORY}/pipelines/{name}", {"properties": properties}, wait=False)


@pytest.fixture(autouse=True)
def factory(world: World) -> None:
    world.build()


def follow(world: World, pipeline: str, output: Output | None = None) -> tuple[runs.Run, list[run.Step]]:
    run_id = runs.start(world.deployer, FACTORY, pipeline)
    return run.follow(world.deployer, FACTORY, run_id, output or Output())


def test_a_failure_says_why(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(world, "bad", fail())
    ended, steps = follow(world, "bad")
    assert ended.status == "Failed"
    assert [step.activity.status for step in steps] == ["Failed"]
    assert "stop (Fail)  42: no luck" in capsys.readouterr().out


def test_what_a_pipeline_executes_is_followed_into(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(world, "child", rest(), year={"type": "int"})
    deploy(world, "parent", call("child"))
    _, steps = follow(world, "parent")
    assert [step.name for step in steps] == ["child[year=2013] rest", "inner"]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all("Succeeded" in line for line in lines)


def test_with_json_the_activities_are_progress(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(world, "good", rest())
    follow(world, "good", Output(as_json=True))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "rest (IfCondition)" in captured.err


def test_the_document_is_json(world: World) -> None:
    deploy(world, "good", rest())
    ran = run.run_result(*follow(world, "good", Output(as_json=True)))
    assert ran.succeeded
    assert ran.summary == "good Succeeded"
    document = json.loads(json.dumps(ran.content))
    assert document["run"]["status"] == "Succeeded"
    assert [activity["name"] for activity in document["activities"]] == ["rest"]


def test_5_no_secret_is_shown_of_a_run(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither what an activity sent, nor what an error or a parameter repeats."""
    signed = "https://acme.example/lake?sv=2024-01-01&sig=" + "aB3" * 14
    web: dict[str, Any] = {"name": "call", "type": "WebActivity", "dependsOn": []}
    headers = {"Authorization": "ApiKey hunter2"}
    web["typeProperties"] = {"url": f"{world.server.blob_url}/x", "method": "GET", "headers": headers}
    stop: dict[str, Any] = {"name": "stop", "type": "Fail"}
    stop["typeProperties"] = {"message": f"cannot read {signed} now", "errorCode": "42"}
    deploy(world, "child", web, stop, password={"type": "string"})
    inner = call("child")
    inner["typeProperties"]["parameters"] = {"password": "hunter3"}
    deploy(world, "parent", inner)
    ran = run.run_result(*follow(world, "parent"))
    shown = capsys.readouterr().out + json.dumps(ran.content) + ran.summary
    assert "cannot read [secret] now" in shown
    assert "hunter" not in shown
    assert "aB3" not in shown


def test_ctrl_c_cancels_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(world, "long", wait(600))
    run_id = runs.start(world.deployer, FACTORY, "long")

    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(runs, "follow", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.follow(world.deployer, FACTORY, run_id, Output())
    ended = runs.follow(world.deployer, FACTORY, run_id, lambda _run, _activities: None, longest=60)
    assert ended.status == "Cancelled"


def test_an_unknown_pipeline_is_told_with_those_there_are(world: World) -> None:
    deploy(world, "one", rest())
    deploy(world, "two", rest())
    with pytest.raises(BadInput, match="one of one, two"):
        run.known_pipeline(world.deployer, FACTORY, "three")
