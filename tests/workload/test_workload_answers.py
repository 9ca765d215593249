"""What the variable group changes in a folder's documents, and what it has to answer for."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from mayfly.workload.factory import levels
from mayfly.workload.factory.answers import merged, quoted
from mayfly.workload.factory.folder import examine
from tests.workload.conftest import Folder, Variables, to

SQL = {
    "type": "AzureSqlDatabase",
    "typeProperties": {"server": "prod.example", "database": "dw", "encryptedCredential": "eyJ"},
}
PIPELINE = {
    "activities": [
        {"name": "first", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1}},
        {"name": "copy", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 600}},
    ]
}


def properties(folder: Folder, key: str, variables: Variables) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(folder.load(variables).documents[key])["properties"]
    return found


def test_all_that_is_not_answered_for_is_one_problem_with_the_line_to_paste(folder: Folder) -> None:
    folder.document(
        "linkedService/Key Vault 1", type="AzureKeyVault", typeProperties={"baseUrl": "https://kv.x"}
    )
    folder.document("linkedService/wh", **SQL)
    folder.document("linkedService/lake", type="AzureBlobFS")
    (problem,) = folder.problems()
    assert problem.where == "flights/factory/linkedService/"
    assert "Key Vault 1 (AzureKeyVault: kv.x), wh (AzureSqlDatabase: prod.example)" in problem.what
    line = problem.fix.partition("`")[2].partition("`")[0]
    assert yaml.safe_load(line) == {"linked_services": {"Key Vault 1": "as-is", "wh": "as-is"}}
    variables = Variables(linked_services=yaml.safe_load(line)["linked_services"])
    assert json.loads(folder.load(variables).documents["linkedService/wh"])["properties"] == SQL


def test_an_answer_is_merged_over_the_file(folder: Folder) -> None:
    folder.document("linkedService/Warehouse", **SQL)
    change = {"typeProperties": {"server": "qa.example", "encryptedCredential": None}}
    found = properties(folder, "linkedService/Warehouse", Variables(linked_services={"warehouse": change}))
    assert found == {
        "type": "AzureSqlDatabase",
        "typeProperties": {"server": "qa.example", "database": "dw"},
    }


def test_what_it_connects_to_afterwards_is_told_with_the_answer(folder: Folder) -> None:
    folder.document("linkedService/sql", **SQL)
    folder.document("linkedService/vault", type="AzureKeyVault", typeProperties={"baseUrl": "https://kv.x"})
    answers = {"sql": {"typeProperties": {"server": "qa.example"}}, "vault": "as-is"}
    found = folder.load(Variables(linked_services=answers)).elsewhere(())
    assert [str(reach) for reach in found] == [
        "linkedService/sql.json (AzureSqlDatabase): qa.example, allowed by the variable group: changed",
        "linkedService/vault.json (AzureKeyVault): kv.x, allowed by the variable group: as-is",
    ]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "foo"}, None, None),
    ],
)
def test_a_merge_is_that_of_rfc_7386(target: Any, patch: Any, result: Any) -> None:
    """The cases of its appendix A."""
    assert merged(target, patch) == result


@pytest.mark.parametrize(
    "path",
    [
        "activities[copy].typeProperties.waitTimeInSeconds",
        "activities[1].typeProperties.waitTimeInSeconds",
        "properties.activities[copy].typeProperties.waitTimeInSeconds",
    ],
)
def test_a_property_is_set_by_its_path(folder: Folder, path: str) -> None:
    folder.document("pipeline/p", **PIPELINE)
    found = properties(folder, "pipeline/p", Variables(overrides={"pipeline/P": {path: 5}}))
    assert [one["typeProperties"]["waitTimeInSeconds"] for one in found["activities"]] == [1, 5]


@pytest.mark.parametrize(
    ("key", "path", "where", "what", "fix"),
    [
        ("pipeline/q", "activities", "overrides.pipeline/q", "there is no such document", "known: p"),
        ("pipeline/p", "activites", "overrides.pipeline/p.activites", "no 'activites'", "mean 'activities'"),
        (
            "pipeline/p",
            "activities[kopy].x",
            "",
            "there is no 'kopy'",
            "did you mean 'copy'? known: copy, first",
        ),
        ("pipeline/p", "activities[7]", "", "there is no '7'", "known: copy, first"),
        ("pipeline/p", "activities[copy].name.x", "", "there is no 'x'", "nothing is below it"),
        ("pipeline/p", "a[", "", "is no path", "activities[copy].policy.retry"),
    ],
)
def test_a_path_that_changes_nothing_is_refused(
    folder: Folder, key: str, path: str, where: str, what: str, fix: str
) -> None:
    folder.document("pipeline/p", **PIPELINE)
    (problem,) = folder.problems(Variables(overrides={key: {path: 1}}))
    assert where in problem.where
    assert what in problem.what
    assert fix in problem.fix


@pytest.mark.parametrize("name", ["plain", "Key Vault 1", "it's", "a: b", "no", "[x]", "1st", "x #y"])
def test_a_name_to_paste_is_read_back(name: str) -> None:
    assert yaml.safe_load(f"{{{quoted(name)}: as-is}}") == {name: "as-is"}


def test_references_are_matched_and_ordered_without_regard_to_case(folder: Folder) -> None:
    folder.document("dataset/Orders", linkedServiceName=to("linkedService/LAKE"))
    folder.document("pipeline/p", a=to("dataset/ORDERS"), b=to("pipeline/Q"))
    folder.document("pipeline/q", a=to("integrationRuntime/autoresolveintegrationruntime"))
    assert levels(folder.load().documents) == [["dataset/Orders", "pipeline/q"], ["pipeline/p"]]


def test_a_store_is_the_linked_service_of_its_name_in_any_case(folder: Folder) -> None:
    folder.document("linkedService/Lake", type="AzureBlobFS", typeProperties={"url": "https://prod.x"})
    location = {"location": {"fileSystem": "raw"}}
    folder.document("dataset/d", linkedServiceName=to("linkedService/lAKE"), typeProperties=location)
    (problem,) = folder.problems()
    assert "the store 'lake' is the container 'flights'" in problem.what


NETWORK = '{"name": "default", "type": "Microsoft.DataFactory/factories/managedvirtualnetworks"}'
ENDPOINT = "managedVirtualNetwork/default/managedPrivateEndpoint/to-lake.json"


def test_a_network_is_sent_with_properties_and_its_endpoints_where_they_are_asked_for(folder: Folder) -> None:
    folder.write("managedVirtualNetwork/default.json", NETWORK)
    folder.write(ENDPOINT, json.dumps({"name": "to-lake", "properties": {"groupId": "dfs"}}))
    found, problems = examine(folder.root, Variables(), permanent=False)
    assert problems == []
    assert json.loads(found.documents["managedVirtualNetwork/default"])["properties"] == {}
    assert found.documents.keys() == {"managedVirtualNetwork/default"}
    (note,) = found.notes
    assert note.where == f"flights/factory/{ENDPOINT}"
    assert "managed_private_endpoints: sent" in note.fix
    for variables, permanent in ((Variables(managed_private_endpoints="sent"), False), (Variables(), True)):
        found, _ = examine(folder.root, variables, permanent)
        assert levels(found.documents) == [
            ["managedVirtualNetwork/default"],
            ["managedPrivateEndpoint/to-lake"],
        ]


def container(type: str, *inside: dict[str, Any], name: str = "outer") -> dict[str, Any]:
    fields: dict[str, Any] = {"activities": [*inside]}
    if type == "IfCondition":
        fields = {"ifFalseActivities": [*inside]}
    if type == "Switch":
        fields = {"cases": [{"value": "a", "activities": [*inside]}]}
    return {"name": name, "type": type, "typeProperties": fields}


WAIT = {"name": "wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1}}


@pytest.mark.parametrize(
    ("outer", "inner", "refused"),
    [
        ("ForEach", "IfCondition", False),
        ("ForEach", "Switch", False),
        ("Until", "IfCondition", False),
        ("IfCondition", "ForEach", False),
        ("IfCondition", "Switch", False),
        ("ForEach", "ForEach", True),
        ("ForEach", "Until", True),
        ("Until", "ForEach", True),
        ("IfCondition", "IfCondition", True),
        ("Switch", "IfCondition", True),
        ("Switch", "Switch", True),
    ],
)
def test_what_may_lie_in_what(folder: Folder, outer: str, inner: str, refused: bool) -> None:
    nested = container(outer, container("IfCondition" if outer == "Until" else inner, WAIT, name="inner"))
    if outer == "Until" and refused:
        nested = container(outer, container(inner, WAIT, name="inner"))
    folder.document("pipeline/p", activities=[nested])
    if not refused:
        assert folder.load()
        return
    (problem,) = folder.problems()
    assert problem.what == f"is of type {inner} and cannot lie inside one of type {outer}"


@pytest.mark.parametrize(
    ("activities", "where", "what"),
    [
        ([WAIT, WAIT], "p.json: properties.activities", "2 activities are called 'wait'"),
        ([{**WAIT, "name": "a.b"}], "activities[0].name", "'a.b' cannot be an activity's name"),
        ([{**WAIT, "name": "x" * 56}], "activities[0].name", "cannot be an activity's name"),
        (
            [{**WAIT, "dependsOn": [{"activity": "wiat", "dependencyConditions": ["Succeeded"]}]}],
            "activities[0].dependsOn[0].activity",
            "there is no activity 'wiat' beside it",
        ),
        (
            [
                WAIT,
                {**WAIT, "name": "b", "dependsOn": [{"activity": "wait", "dependencyConditions": ["Done"]}]},
            ],
            "dependsOn[0].dependencyConditions",
            "'Done' is no condition",
        ),
    ],
)
def test_what_the_service_would_refuse_in_a_pipeline(
    folder: Folder, activities: list[dict[str, Any]], where: str, what: str
) -> None:
    folder.document("pipeline/p", activities=activities)
    (problem,) = folder.problems()
    assert where in problem.where
    assert what in problem.what
