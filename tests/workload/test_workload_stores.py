"""Stores as linked services, values as global parameters."""

from __future__ import annotations

import json

import pytest

from mayfly.workload import factory
from tests.workload.conftest import Folder, to

ENDPOINTS = {"blob": "https://a.blob.core.windows.net/", "dfs": "https://a.dfs.core.windows.net/"}


def test_a_store_is_a_linked_service_by_default_of_blobs(folder: Folder) -> None:
    folder.document("pipeline/p")
    bound = factory.bind(folder.load(), {"lake": ENDPOINTS})
    assert bound.keys() == {"pipeline/p", "linkedService/lake"}
    assert json.loads(bound["linkedService/lake"]) == {
        "name": "lake",
        "properties": {
            "type": "AzureBlobStorage",
            "typeProperties": {"serviceEndpoint": ENDPOINTS["blob"], "accountKind": "StorageV2"},
        },
    }


def test_a_store_takes_the_place_of_one_of_its_name_with_its_type(folder: Folder) -> None:
    kept = {
        "description": "d",
        "annotations": ["a"],
        "parameters": {"p": {"type": "string"}},
        "connectVia": to("integrationRuntime/runtime"),
    }
    folder.document("integrationRuntime/runtime")
    folder.document(
        "linkedService/lake",
        type="AzureBlobFS",
        typeProperties={"url": "https://other", "accountKey": {"type": "SecureString", "value": "x"}},
        **kept,
    )
    text = factory.linked_service(folder.load(), "lake", ENDPOINTS)
    assert json.loads(text)["properties"] == {
        **kept,
        "type": "AzureBlobFS",
        "typeProperties": {"url": ENDPOINTS["dfs"]},
    }


def test_nothing_else_differs(folder: Folder) -> None:
    folder.document("pipeline/p")
    folder.document("linkedService/other", type="AzureSqlDatabase")
    folder.document("linkedService/lake", type="AzureBlobStorage")
    found = folder.load()
    bound = factory.bind(found, {"lake": ENDPOINTS})
    same = {key for key, text in bound.items() if found.documents.get(key) == text}
    assert same == {"pipeline/p", "linkedService/other"}


@pytest.mark.parametrize(
    ("value", "type"), [("x", "String"), (2013, "Int"), (1.5, "Float"), (True, "Bool"), (False, "Bool")]
)
def test_values_are_global_parameters(value: str | int | float | bool, type: str) -> None:
    assert factory.global_parameters({"v": value}) == {"v": {"type": type, "value": value}}
