"""Workload: order, outcome, retries, cancelling, queries, restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.datafactory.runs.engine import RUNS_AT_ONCE
from localcloud.azure.datafactory.runs.stop import Stop
from tests.localcloud.azure.datafactory.factory_lab import (
    FACTORY_ID,
    GROUP_ID,
    WINDOW,
    Lab,
    activity,
    expression,
    fail,
    set_variable,
)
from tests.support.azure_in_process import local_cloud

STRING = {"x": {"type": "String"}}


def ok(name: str, after: Any = None) -> Any:
    return set_variable(name, "1", after)


# https://learn.microsoft.com/azure/data-factory/tutorial-pipeline-failure-error-handling
@pytest.mark.parametrize(
    ("activities", "status", "ran"),
    [
        ([ok("a"), ok("b", {"a": ["Succeeded"]})], "Succeeded", "ab"),
        ([fail("a"), ok("b", {"a": ["Succeeded"]})], "Failed", "a"),  # b skipped: a counts
        ([fail("a"), ok("b", {"a": ["Failed"]})], "Succeeded", "ab"),  # try, catch
        ([ok("a"), ok("b", {"a": ["Failed"]})], "Succeeded", "a"),
        (
            [fail("a"), ok("b", {"a": ["Failed"]}), ok("c", {"a": ["Succeeded"]})],  # do, if, else
            "Failed",
            "ab",
        ),
        ([fail("a"), ok("b", {"a": ["Completed"]})], "Succeeded", "ab"),
        (
            [fail("a"), ok("b", {"a": ["Succeeded"]}), ok("c", {"b": ["Skipped"]})],
            "Succeeded",
            "ac",
        ),
        (
            [fail("a"), ok("b", {"a": ["Succeeded"]}), ok("c", {"b": ["Succeeded", "Skipped"]})],
            "Succeeded",
            "ac",
        ),
        ([ok("a"), fail("b"), ok("c", {"a": ["Succeeded"], "b": ["Succeeded"]})], "Failed", "ab"),
        (
            [ok("a"), fail("b", {"a": ["Succeeded"]}), ok("c", {"b": ["Completed"], "a": ["Succeeded"]})],
            "Succeeded",
            "abc",
        ),
    ],
)
def test_the_outcome_is_that_of_the_leaves(lab: Lab, activities: list[Any], status: str, ran: str) -> None:
    run = lab.run(*activities, variables=STRING)
    assert run["status"] == status
    assert set(lab.activities(run)) == set(ran)


def test_an_inactive_activity_is_not_run(lab: Lab) -> None:
    run = lab.run(fail("a") | {"state": "Inactive", "onInactiveMarkAs": "Succeeded"})
    assert run["status"] == "Succeeded"
    assert lab.activities(run) == {}


def test_an_activity_is_tried_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds: pauses.append(seconds))
    run = lab.run(fail("a") | {"policy": {"retry": 2, "retryIntervalInSeconds": 40}})
    assert run["status"] == "Failed"
    path = f"{FACTORY_ID}/pipelineruns/{run['runId']}/queryActivityruns"
    attempted = lab.arm("POST", path, WINDOW)["value"]
    assert [one["retryAttempt"] for one in attempted] == [None, 1, 2]
    assert pauses == [40, 40]


def test_a_timeout_ends_an_activity(lab: Lab) -> None:
    run = lab.run(activity("w", "Wait", waitTimeInSeconds=60, policy={"timeout": "0.00:00:01"}))
    assert lab.activities(run)["w"]["error"]["errorCode"] == "ActivityTimedOut"


def test_secure_output_is_not_shown(lab: Lab) -> None:
    hidden = ok("a") | {"policy": {"secureOutput": True}}
    shown = ok("b", {"a": ["Succeeded"]}) | {
        "typeProperties": {"variableName": "x", "value": expression("@activity('a').output.value")}
    }
    run = lab.run(hidden, shown, variables=STRING)
    assert "value" not in lab.activities(run)["a"]["output"]
    assert lab.activities(run)["b"]["output"]["value"] == "1"


def test_a_run_can_be_cancelled(lab: Lab) -> None:
    run_id = lab.start(lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600)))
    lab.once(run_id, lambda run: run["status"] == "InProgress")
    lab.arm("POST", f"{FACTORY_ID}/pipelineruns/{run_id}/cancel")
    run = lab.ended(run_id)
    assert run["status"] == "Cancelled"
    assert {one["status"] for one in lab.activities(run).values()} <= {"Cancelled"}
    again = lab.send("POST", f"{FACTORY_ID}/pipelineruns/{run_id}/cancel")
    assert again.status == 400


def test_cancelling_goes_down_when_asked(lab: Lab) -> None:
    lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600), name="child")
    call = activity(
        "call", "ExecutePipeline", pipeline={"referenceName": "child", "type": "PipelineReference"}
    )
    run_id = lab.start(lab.pipeline(call))
    both = f"{FACTORY_ID}/queryPipelineRuns"
    while len(lab.arm("POST", both, WINDOW)["value"]) < 2:
        pass
    lab.arm("POST", f"{FACTORY_ID}/pipelineruns/{run_id}/cancel", isrecursive="true")
    lab.ended(run_id)
    assert {one["status"] for one in lab.arm("POST", both, WINDOW)["value"]} == {"Cancelled"}


def test_cancelling_stays_here_when_not_asked(lab: Lab) -> None:
    lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600), name="child")
    call = activity(
        "call", "ExecutePipeline", pipeline={"referenceName": "child", "type": "PipelineReference"}
    )
    run_id = lab.start(lab.pipeline(call))
    both = f"{FACTORY_ID}/queryPipelineRuns"
    while len(lab.arm("POST", both, WINDOW)["value"]) < 2:
        pass
    lab.arm("POST", f"{FACTORY_ID}/pipelineruns/{run_id}/cancel")
    assert lab.ended(run_id)["status"] == "Cancelled"
    child = next(one for one in lab.arm("POST", both, WINDOW)["value"] if one["pipelineName"] == "child")
    assert child["status"] == "InProgress"


def test_runs_wait_for_a_place(lab: Lab) -> None:
    lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600))
    ids = [lab.start() for _ in range(RUNS_AT_ONCE + 1)]
    for run_id in ids[:-1]:
        lab.once(run_id, lambda run: run["status"] == "InProgress")
    assert lab.get(ids[-1])["status"] == "Queued"
    for run_id in ids:
        lab.arm("POST", f"{FACTORY_ID}/pipelineruns/{run_id}/cancel")
    assert {lab.ended(run_id)["status"] for run_id in ids} == {"Cancelled"}


def test_a_pipelines_concurrency_holds_runs_back(lab: Lab) -> None:
    lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600), concurrency=1)
    first, second = lab.start(), lab.start()
    lab.once(first, lambda run: run["status"] == "InProgress")
    assert lab.get(second)["status"] == "Queued"
    lab.arm("POST", f"{FACTORY_ID}/pipelineruns/{first}/cancel")
    lab.once(second, lambda run: run["status"] == "InProgress")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "'n' of pipeline 'p' is not provided"),
        ({"n": "x"}, "is of type 'int'"),
        ({"n": 1, "m": 2}, "'m' is not"),
    ],
)
def test_a_run_needs_its_parameters(lab: Lab, parameters: Any, message: str) -> None:
    lab.pipeline(parameters={"n": {"type": "int"}})
    reply = lab.send("POST", f"{FACTORY_ID}/pipelines/p/createRun", parameters)
    assert reply.status == 400
    assert message in reply.body["error"]["message"]  # type: ignore[index,call-overload]


def test_queries_filter_and_order(lab: Lab) -> None:
    lab.run(ok("a"), variables=STRING, name="good")
    lab.run(fail("a"), name="bad")

    def query(**body: Any) -> list[str]:
        answer = lab.arm("POST", f"{FACTORY_ID}/queryPipelineRuns", {**WINDOW, **body})
        return [one["pipelineName"] for one in answer["value"]]

    def where(operand: str, operator: str, *values: str) -> Any:
        return [{"operand": operand, "operator": operator, "values": list(values)}]

    assert query() == ["good", "bad"]
    assert query(filters=where("Status", "Equals", "Failed")) == ["bad"]
    assert query(filters=where("PipelineName", "In", "good", "other")) == ["good"]
    assert query(filters=where("PipelineName", "NotEquals", "good")) == ["bad"]
    assert query(orderBy=[{"orderBy": "RunStart", "order": "DESC"}]) == ["bad", "good"]
    assert query(lastUpdatedBefore="2021-01-01T00:00:00Z") == []
    assert lab.send("POST", f"{FACTORY_ID}/queryPipelineRuns", {}).status == 400
    assert lab.send("GET", f"{FACTORY_ID}/pipelineruns/nosuch").status == 404


def test_a_restart_fails_what_was_under_way(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        lab = Lab(local).set_up()
        run_id = lab.start(lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600)))
        lab.once(run_id, lambda run: lab.activities(run))
    with local_cloud(tmp_path) as again:
        run = Lab(again).get(run_id)
        assert run["status"] == "Failed"
        assert "stopped while this was under way" in run["message"]
        assert Lab(again).activities(run)["w"]["error"]["failureType"] == "SystemError"


def test_a_deleted_factory_takes_its_runs_and_its_identity(lab: Lab) -> None:
    run_id = lab.start(lab.pipeline(activity("w", "Wait", waitTimeInSeconds=600)))
    lab.arm("DELETE", GROUP_ID, version="2024-03-01")
    lab.send("GET", GROUP_ID, version="2024-03-01")
    assert lab.local.cloud.principals.get(lab.principal_id) is None
    assert lab.local.cloud.store.execute("SELECT * FROM pipeline_runs WHERE run_id = ?", run_id) == []
