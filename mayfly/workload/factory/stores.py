"""Puts the variable group into a workload: stores as linked services, values as global parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mayfly.workload.factory.document_kinds import name
from mayfly.workload.factory.folder import Factory

# What a linked service keeps when a store takes its place: nothing of it says where the data is.
_KEPT = ("description", "annotations", "parameters", "connectVia")


def bind(workload: Factory, stores: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the workload's documents with a linked service for each store, in place of one of its name.

    stores: store to its account's endpoints, {"blob": url, "dfs": url}.
    """
    bound = {
        key_of(workload, store): linked_service(workload, store, endpoints)
        for store, endpoints in stores.items()
    }
    return {**workload.documents, **bound}


def key_of(workload: Factory, store: str) -> str:
    """Return the key of a store's linked service, as the folder spells it: upper and lower case are alike."""
    wanted = f"linkedService/{store}"
    return next((key for key in workload.documents if key.lower() == wanted.lower()), wanted)


def linked_service(workload: Factory, store: str, endpoints: Mapping[str, str]) -> str:
    """Return the JSON text of a store's linked service, used as the factory's system-assigned identity.

    Its type is that of the one it replaces: AzureBlobStorage, the default, or AzureBlobFS. It keeps that
    one's description, annotations, parameters and integration runtime.

    endpoints: the account's, {"blob": url, "dfs": url}.
    Source: Azure Data Factory, "Copy and transform data in Azure Blob Storage" and "… in Azure Data Lake
    Storage Gen2", system-assigned managed identity.
    """
    key = key_of(workload, store)
    replaced = workload.documents.get(key)
    before: dict[str, Any] = json.loads(replaced)["properties"] if replaced else {}
    properties: dict[str, Any] = {key: before[key] for key in _KEPT if key in before}
    properties["type"] = before.get("type", "AzureBlobStorage")
    # Without a key or a credential, the factory signs in as itself.
    place = {"serviceEndpoint": endpoints["blob"], "accountKind": "StorageV2"}
    properties["typeProperties"] = {"url": endpoints["dfs"]} if properties["type"] == "AzureBlobFS" else place
    return json.dumps({"name": name(key), "properties": properties}, indent=4)


def global_parameters(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return plain values as a factory's global parameters: {"year": {"type": "Int", "value": 2013}}."""
    return {name: {"type": _TYPES[type(value)], "value": value} for name, value in values.items()}


_TYPES: dict[type, str] = {
    bool: "Bool",
    int: "Int",
    float: "Float",
    str: "String",
    list: "Array",
    dict: "Object",
}
