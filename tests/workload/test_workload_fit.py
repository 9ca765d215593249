"""What a new factory cannot use is refused where it is used, and what is left out or lies open is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mayfly.errors import Problem
from mayfly.workload.factory import Factory
from mayfly.workload.factory.folder import examine
from tests.workload.conftest import Folder, Variables, to

RUNTIME = "integrationRuntime/onprem"


def fitted(folder: Folder, permanent: bool = False) -> tuple[Factory, list[Problem]]:
    return examine(folder.root, Variables(), permanent)


def used(folder: Folder, key: str, **beside: Any) -> None:
    """A pipeline that gets to a document over a dataset and a linked service, unless it is one of these."""
    if not key.startswith("linkedService/"):
        folder.document("linkedService/sql", type="SqlServer", typeProperties={}, connectVia=to(key))
        key = "linkedService/sql"
    folder.document("dataset/d", type="SqlServerTable", linkedServiceName=to(key))
    folder.document(
        "pipeline/p", activities=[{"name": "a", "type": "Lookup", "typeProperties": to("dataset/d")}]
    )


BOUND: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "linkedService/sql2",
        {"type": "SqlServer", "typeProperties": {"encryptedCredential": "eyJDcmVk"}},
        "properties.typeProperties.encryptedCredential",
        "can be decrypted by the factory alone",
    ),
    (RUNTIME, {"type": "SelfHosted"}, "properties.type", "no node is registered"),
    (
        RUNTIME,
        {
            "type": "SelfHosted",
            "typeProperties": {"linkedInfo": {"authorizationType": "RBAC", "resourceId": "/x"}},
        },
        "properties.typeProperties.linkedInfo",
        "has no permission",
    ),
    (
        "credential/user",
        {"type": "ManagedIdentity", "typeProperties": {"resourceId": "/subscriptions/x/userAssigned"}},
        "properties.typeProperties.resourceId",
        "user-assigned identity",
    ),
]


@pytest.mark.parametrize(("key", "properties", "field", "what"), BOUND)
def test_4_what_is_bound_to_another_factory_is_refused_where_a_pipeline_uses_it(
    folder: Folder, key: str, properties: dict[str, Any], field: str, what: str
) -> None:
    folder.document(key, **properties)
    used(folder, key)
    _, (problem,) = fitted(folder)
    assert problem.where == f"flights/factory/{key}.json: {field}"
    assert what in problem.what
    assert problem.fix


@pytest.mark.parametrize(("key", "properties", "field", "what"), BOUND)
def test_it_is_told_where_nothing_uses_it_and_in_a_permanent_environment(
    folder: Folder, key: str, properties: dict[str, Any], field: str, what: str
) -> None:
    folder.document("pipeline/p")
    folder.document(key, **properties)
    for permanent in (False, True):
        workload, problems = fitted(folder, permanent)
        assert problems == []
        assert [note.where for note in workload.notes] == [f"flights/factory/{key}.json: {field}"]
        assert key in workload.documents
    used(folder, key)
    assert fitted(folder, permanent=True)[1] == []


def test_a_store_of_the_variable_group_takes_the_place_of_what_is_bound(folder: Folder) -> None:
    folder.document("linkedService/lake", type="AzureBlobFS", typeProperties={"encryptedCredential": "eyJD"})
    used(folder, "linkedService/lake")
    workload, problems = fitted(folder)
    assert (problems, list(workload.notes)) == ([], [])


def test_a_store_leaves_a_runtime_without_a_node_and_that_is_told(folder: Folder) -> None:
    folder.document(RUNTIME, type="SelfHosted")
    folder.document("linkedService/lake", type="AzureBlobFS", typeProperties={}, connectVia=to(RUNTIME))
    used(folder, "linkedService/lake")
    workload, problems = fitted(folder)
    assert problems == []
    assert "connectVia" not in workload.documents["linkedService/lake"]
    assert [note.where for note in workload.notes] == [
        "flights/factory/linkedService/lake.json: properties.connectVia",
        f"flights/factory/{RUNTIME}.json: properties.type",
    ]
    permanent, _ = fitted(folder, permanent=True)
    assert "connectVia" in permanent.documents["linkedService/lake"]


@pytest.mark.parametrize("type", ["BlobEventsTrigger", "CustomEventsTrigger"])
def test_4_an_ephemeral_environment_sends_no_event_trigger_and_says_so(folder: Folder, type: str) -> None:
    folder.document("pipeline/p")
    folder.document("trigger/arrival", type=type, pipelines=[{"pipelineReference": to("pipeline/p")}])
    folder.document("trigger/daily", type="ScheduleTrigger")
    workload, problems = fitted(folder)
    assert problems == []
    assert workload.names("trigger") == ["daily"]
    (note,) = workload.notes
    assert note.where == "flights/factory/trigger/arrival.json"
    assert note.what.startswith("is not sent")
    permanent, _ = fitted(folder, permanent=True)
    assert permanent.names("trigger") == ["arrival", "daily"]
    assert list(permanent.notes) == []


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("adfcdc/orders.json", "change data capture"),
        ("factory/flights-factory.json", "the fabric makes the factory"),
        ("arm/template.json", "no kind of document"),
    ],
)
def test_4_no_folder_of_documents_is_dropped_silently(folder: Folder, file: str, what: str) -> None:
    folder.document("pipeline/p")
    folder.write(file, "{}")
    workload, problems = fitted(folder)
    assert problems == []
    (note,) = workload.notes
    assert note.where == f"flights/factory/{file.partition('/')[0]}/"
    assert what in note.what


def test_5_a_secret_in_a_document_is_told_by_file_and_field_and_never_by_value(folder: Folder) -> None:
    folder.document("pipeline/p")
    folder.document("linkedService/sql", type="SqlServer", typeProperties={"password": "hunter22"})
    folder.document("linkedService/lake", type="AzureBlobFS", typeProperties={"accountKey": "hunter22"})
    workload, problems = fitted(folder)
    assert problems == []
    (note,) = workload.notes
    assert note.where == "flights/factory/linkedService/sql.json: properties.typeProperties.password"
    assert "hunter22" not in str(note)


def test_what_can_reach_elsewhere_is_what_no_store_replaces(folder: Folder) -> None:
    folder.document("pipeline/p")
    folder.document("linkedService/sql", type="SqlServer", typeProperties={"server": "sql.acme"})
    folder.document("linkedService/lake", type="AzureBlobFS", typeProperties={"url": "https://prod.example"})
    workload, _ = fitted(folder)
    assert [str(reach) for reach in workload.elsewhere({"lake"})] == [
        "linkedService/sql.json (SqlServer): sql.acme, allowed by the variable group: as-is"
    ]


def test_all_of_it_comes_at_once(folder: Folder) -> None:
    for key, properties, _, _ in BOUND[1:]:
        folder.document(key, **properties)
    used(folder, RUNTIME)
    folder.write("pipeline/broken.json", "{")
    folder.document("dataset/user", type="Json", linkedServiceName=to("credential/user"))
    folder.document("pipeline/q", activities=[to("dataset/user")])
    _, problems = fitted(folder)
    assert len(problems) == 3
    assert json.dumps([problem.where for problem in problems]).count("flights/factory/") == 3
