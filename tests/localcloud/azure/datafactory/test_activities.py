"""What activities do, seen in the runs of a factory."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.localcloud.azure.datafactory.factory_lab import (
    ACCOUNT_ID,
    FACTORY_ID,
    Lab,
    activity,
    expression,
    fail,
    set_variable,
)

STRING = {"x": {"type": "String"}}


def test_a_variable_takes_an_expression_over_parameters(lab: Lab) -> None:
    run = lab.ended(
        lab.start(
            lab.pipeline(
                set_variable(
                    "set", expression("@concat(pipeline().parameters.who, '-', pipeline().Pipeline)")
                ),
                variables=STRING,
                parameters={"who": {"type": "string", "defaultValue": "a"}},
            ),
            who="b",
        )
    )
    assert run["status"] == "Succeeded"
    assert run["parameters"] == {"who": "b"}
    assert lab.activities(run)["set"]["output"] == {"name": "x", "value": "b-p"}


def test_an_activity_run_tells_all(lab: Lab) -> None:
    run = lab.run(set_variable("set", "1"), variables=STRING)
    told = lab.activities(run)["set"]
    assert told["activityType"] == "SetVariable"
    assert told["pipelineRunId"] == run["runId"]
    assert told["status"] == "Succeeded"
    assert told["activityRunStart"] <= told["activityRunEnd"]
    assert told["durationInMs"] >= 0
    assert told["input"] == {"variableName": "x", "value": "1"}
    assert told["error"] == {
        "errorCode": "",
        "message": "",
        "failureType": "",
        "target": "set",
        "details": "",
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("@nosuch(1)", "The template function 'nosuch' is not defined or not valid."),
        ("@pipeline().parameters.x", "property 'x' doesn't exist"),
        ("@item()", "The template function 'item' is not defined"),
        ("@activity('later').output", "can't be referenced"),
        ("@length(1)", "The provided value is of type 'Integer'"),
        ("@concat('a'", "Unable to parse expression"),
        ("@1", "cannot be initialized or updated with value of type 'Integer'"),
    ],
)
def test_a_bad_expression_fails_the_run_and_says_why(lab: Lab, value: str, message: str) -> None:
    run = lab.run(set_variable("set", expression(value)), variables=STRING)
    assert run["status"] == "Failed"
    assert message in run["message"]
    assert run["message"].startswith("Operation on target set failed: ")


def test_an_unknown_activity_fails_the_run_and_is_named(lab: Lab) -> None:
    run = lab.run(activity("script", "Script"))
    assert run["status"] == "Failed"
    assert "does not implement activities of type 'Script'" in run["message"]
    assert lab.activities(run)["script"]["error"]["errorCode"] == "NotImplemented"


def test_fail_gives_the_pipeline_its_message(lab: Lab) -> None:
    run = lab.run(activity("stop", "Fail", message=expression("@concat('no ', 'data')"), errorCode="42"))
    assert run["message"] == "Operation on target stop failed: no data"
    assert lab.activities(run)["stop"]["error"] == {
        "errorCode": "42", "message": "no data", "failureType": "UserError", "target": "stop", "details": "",
    }  # fmt: skip


@pytest.mark.parametrize(("condition", "ran"), [("@equals(1, 1)", "yes"), ("@equals(1, 2)", "no")])
def test_a_condition_runs_one_branch(lab: Lab, condition: str, ran: str) -> None:
    run = lab.run(
        activity(
            "if",
            "IfCondition",
            expression=expression(condition),
            ifTrueActivities=[set_variable("yes", "1")],
            ifFalseActivities=[set_variable("no", "1")],
        ),
        variables=STRING,
    )
    assert set(lab.activities(run)) == {"if", ran}


def test_a_condition_must_be_a_boolean(lab: Lab) -> None:
    run = lab.run(activity("if", "IfCondition", expression=expression("@concat('true')")))
    assert "must give a boolean" in run["message"]


def test_for_each_works_on_every_item_and_fails_for_one(lab: Lab) -> None:
    inner = [
        activity(
            "wait", "IfCondition", expression=expression("@equals(item(), 2)"), ifTrueActivities=[fail("two")]
        )
    ]
    run = lab.run(
        activity("each", "ForEach", items=expression("@range(1, 4)"), isSequential=True, activities=inner)
    )
    assert run["status"] == "Failed"
    assert "two failed" in run["message"]
    path = f"{FACTORY_ID}/pipelineruns/{run['runId']}/queryActivityruns"
    window = {"lastUpdatedAfter": "2020-01-01", "lastUpdatedBefore": "2100-01-01"}
    named = [one for one in lab.arm("POST", path, window)["value"] if one["activityName"] == "wait"]
    assert len(named) == 4
    assert len({one["iterationHash"] for one in named}) == 4


def test_for_each_works_side_by_side(lab: Lab) -> None:
    inner = [activity("wait", "Wait", waitTimeInSeconds=1)]
    begun = time.monotonic()
    run = lab.run(
        activity("each", "ForEach", items=expression("@range(0, 10)"), batchCount=10, activities=inner)
    )
    assert run["status"] == "Succeeded"
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("count", [0, 51])
def test_for_each_refuses_a_batch_count(lab: Lab, count: int) -> None:
    run = lab.run(
        activity("each", "ForEach", items=expression("@range(0, 2)"), batchCount=count, activities=[])
    )
    assert "batchCount must be an integer from 1 to 50" in run["message"]


def test_activities_in_a_loop_see_results_outside_it(lab: Lab) -> None:
    each = activity(
        "each",
        "ForEach",
        {"before": ["Succeeded"]},
        items=expression("@createArray('a')"),
        activities=[set_variable("inner", expression("@concat(item(), activity('before').output.value)"))],
    )
    run = lab.run(set_variable("before", "z"), each, variables=STRING)
    assert lab.activities(run)["inner"]["output"]["value"] == "az"


def test_execute_pipeline_hands_parameters_on(lab: Lab) -> None:
    lab.pipeline(
        set_variable("set", expression("@pipeline().parameters.n")),
        name="child",
        variables=STRING,
        parameters={"n": {"type": "string"}},
    )
    reference = {"referenceName": "child", "type": "PipelineReference"}
    call = activity(
        "call", "ExecutePipeline", pipeline=reference, parameters={"n": "7"}, waitOnCompletion=True
    )
    run = lab.run(call)
    child = lab.get(lab.activities(run)["call"]["output"]["pipelineRunId"])
    assert child["invokedBy"]["pipelineRunId"] == run["runId"]
    assert child["runGroupId"] == run["runGroupId"]
    assert lab.activities(child)["set"]["output"]["value"] == "7"


def test_execute_pipeline_need_not_wait(lab: Lab) -> None:
    lab.pipeline(fail("always"), name="child")
    reference = {"referenceName": "child", "type": "PipelineReference"}
    run = lab.run(activity("call", "ExecutePipeline", pipeline=reference, waitOnCompletion=False))
    assert run["status"] == "Succeeded"
    assert lab.ended(lab.activities(run)["call"]["output"]["pipelineRunId"])["status"] == "Failed"


def test_pipelines_that_call_each_other_end(lab: Lab) -> None:
    lab.pipeline(name="b")
    call = activity("call", "ExecutePipeline", pipeline={"referenceName": "b", "type": "PipelineReference"})
    lab.pipeline(call, name="a")
    back = activity("call", "ExecutePipeline", pipeline={"referenceName": "a", "type": "PipelineReference"})
    lab.pipeline(back, name="b")
    run = lab.ended(lab.start("a"))
    assert run["status"] == "Failed"
    assert "more than 20 deep" in run["message"]


METADATA = ["exists", "itemName", "itemType", "size", "lastModified", "columnCount"]


def metadata(lab: Lab, reference: Any, *fields: str) -> Any:
    run = lab.run(activity("look", "GetMetadata", dataset=reference, fieldList=list(fields)))
    return lab.activities(run)["look"]


def test_metadata_of_a_file(lab: Lab) -> None:
    lab.upload("in/a.csv", b"x,y\n1,2\n")
    reference = lab.dataset("a", "DelimitedText", "in", "a.csv", firstRowAsHeader=True)
    output = metadata(lab, reference, *METADATA)["output"]
    assert output.pop("lastModified").endswith("Z")
    assert output == {"exists": True, "itemName": "a.csv", "itemType": "File", "size": 8, "columnCount": 2}


def test_metadata_of_a_folder(lab: Lab) -> None:
    lab.upload("in/a.csv", b"1")
    lab.upload("in/deep/b.csv", b"1")
    output = metadata(lab, lab.dataset("in", "Binary", "in"), "exists", "itemType", "childItems")["output"]
    children = [{"name": "deep", "type": "Folder"}, {"name": "a.csv", "type": "File"}]
    assert output == {"exists": True, "itemType": "Folder", "childItems": children}


def test_metadata_of_what_is_absent(lab: Lab) -> None:
    reference = lab.dataset("a", "Binary", "in", "a.csv")
    assert metadata(lab, reference, "exists", "size")["output"] == {"exists": False}
    assert "is missing" in metadata(lab, reference, "size")["error"]["message"]


def test_delete_removes_a_folder(lab: Lab) -> None:
    lab.upload("in/a.csv", b"1")
    lab.upload("in/deep/b.csv", b"1")
    lab.upload("other.csv", b"1")
    settings = {"type": "AzureBlobStorageReadSettings", "recursive": True}
    run = lab.run(activity("rm", "Delete", dataset=lab.dataset("in", "Binary", "in"), storeSettings=settings))
    assert lab.activities(run)["rm"]["output"]["filesDeleted"] == 2
    assert lab.download("in/a.csv") is None
    assert lab.download("other.csv") == b"1"


def test_datasets_and_linked_services_take_parameters(lab: Lab) -> None:
    lab.upload("2013/a.csv", b"1")
    service = {
        "type": "AzureBlobStorage",
        "parameters": {"account": {"type": "String"}},
        "typeProperties": {"serviceEndpoint": f"{lab.local.cloud.blob_url}/@{{linkedService().account}}"},
    }
    lab.put("linkedservices", "any", service)
    location = {
        "type": "AzureBlobStorageLocation",
        "container": "data",
        "folderPath": expression("@string(dataset().year)"),
        "fileName": expression("@{dataset().name}.csv"),
    }
    linked = {
        "referenceName": "any",
        "type": "LinkedServiceReference",
        "parameters": {"account": expression("@concat('lab', 'account')")},
    }
    declared = {"year": {"type": "int"}, "name": {"type": "string", "defaultValue": "a"}}
    typed = {"location": location}
    dataset = {"type": "Binary", "parameters": declared, "linkedServiceName": linked, "typeProperties": typed}
    lab.put("datasets", "any", dataset)
    reference = {
        "referenceName": "any",
        "type": "DatasetReference",
        "parameters": {"year": expression("@add(2000, 13)")},
    }
    assert metadata(lab, reference, "exists")["output"] == {"exists": True}


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({"connectionString": "AccountKey=x"}, "'connectionString' in linked service 'data'"),
        ({"serviceEndpoint": "https://lake.blob.core.windows.net/"}, "The remote name could not be resolved"),
        ({}, "has no 'serviceEndpoint'"),
    ],
)
def test_only_the_factorys_identity_and_the_local_cloud(lab: Lab, service: Any, message: str) -> None:
    reference = lab.dataset("a", "Binary", "in", "a.csv")
    lab.put("linkedservices", "data", {"type": "AzureBlobStorage", "typeProperties": service})
    assert message in metadata(lab, reference, "exists")["error"]["message"]


MSI = {"type": "MSI", "resource": "https://storage.azure.com/"}
VERSION = {"x-ms-version": "2023-11-03"}


def web(lab: Lab, method: str, url: str, **properties: Any) -> Any:
    properties = {"authentication": MSI, "headers": VERSION, **properties}
    run = lab.run(activity("call", "WebActivity", method=method, url=url, **properties))
    return lab.activities(run)["call"]


def test_web_activities_act_as_the_factory(lab: Lab) -> None:
    blob = f"{lab.local.cloud.blob_url}/labaccount/data/a%20b.txt"
    written = web(lab, "PUT", blob, body="hello", headers={**VERSION, "x-ms-blob-type": "BlockBlob"})
    assert written["status"] == "Succeeded"
    assert written["output"]["statuscode"] == 201
    assert lab.download("a b.txt") == b"hello"
    assert web(lab, "GET", blob)["output"]["Response"] == "hello"
    assert web(lab, "DELETE", blob)["output"]["statuscode"] == 202
    gone = web(lab, "GET", blob)
    assert (gone["status"], gone["output"]["statuscode"]) == ("Failed", 404)
    log = [
        one
        for one in lab.local.log()
        if one["path"] == "/labaccount/data/a b.txt" and one["method"] == "DELETE"
    ]
    assert [(one["principal"], one["object_id"]) for one in log] == [("lab-factory", lab.principal_id)]


def test_a_refused_web_activity_tells_the_status(lab: Lab) -> None:
    lab.arm("PUT", f"{ACCOUNT_ID}/blobServices/default/containers/closed", {}, "2024-01-01")
    refused = web(lab, "DELETE", f"{lab.local.cloud.blob_url}/labaccount/closed/absent")
    assert refused["status"] == "Failed"
    assert refused["output"]["statuscode"] == 403
    assert refused["error"]["errorCode"] == "2108"
    assert "403 - Forbidden" in refused["error"]["message"]


def test_web_activities_reach_resource_manager(lab: Lab) -> None:
    url = f"{lab.local.cloud.arm_url}{FACTORY_ID}?api-version=2018-06-01"
    management = {"type": "MSI", "resource": "https://management.azure.com/"}
    assert web(lab, "GET", url, authentication=management)["output"]["statuscode"] == 403
    assert web(lab, "GET", url)["output"]["statuscode"] == 401  # a token for storage


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"authentication": {"type": "Basic"}}, "authentication of type 'Basic'"),
        ({"url": "https://example.com/"}, "The remote name could not be resolved"),
        ({"method": "TRACE"}, "is not one of"),
    ],
)
def test_web_activities_stay_here(lab: Lab, properties: Any, message: str) -> None:
    asked = {"method": "GET", "url": lab.local.cloud.blob_url, **properties}
    assert message in web(lab, **asked)["error"]["message"]
