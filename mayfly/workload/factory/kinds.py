"""The kinds of documents of a factory folder, as ADF Studio's Git integration lays them out."""

from __future__ import annotations

from collections.abc import Collection

from mayfly.naming.limits import FACTORY

# Folder of the kind → the type whose names it is limited by.
KINDS: dict[str, str] = {
    "pipeline": f"{FACTORY}/pipelines",
    "dataset": f"{FACTORY}/datasets",
    "linkedService": f"{FACTORY}/linkedservices",
    "trigger": f"{FACTORY}/triggers",
    "dataflow": f"{FACTORY}/dataflows",
    "integrationRuntime": f"{FACTORY}/integrationRuntimes",
    "credential": f"{FACTORY}/credentials",
    "managedVirtualNetwork": f"{FACTORY}/managedVirtualNetworks",
}

# The `type` of a reference → the kind that it points to.
REFERENCES: dict[str, str] = {
    "PipelineReference": "pipeline",
    "DatasetReference": "dataset",
    "LinkedServiceReference": "linkedService",
    "TriggerReference": "trigger",
    "DataFlowReference": "dataflow",
    "IntegrationRuntimeReference": "integrationRuntime",
    "CredentialReference": "credential",
    "ManagedVirtualNetworkReference": "managedVirtualNetwork",
}

# What every factory has without a file.
BUILT_IN = frozenset({"integrationRuntime/AutoResolveIntegrationRuntime"})


def kind(key: str) -> str:
    """The kind of a key: `pipeline` of `pipeline/flights`."""
    return key.partition("/")[0]


def name(key: str) -> str:
    """The name in a key: `flights` of `pipeline/flights`."""
    return key.partition("/")[2]


def is_store(key: str, stores: Collection[str]) -> bool:
    """Whether a key is the linked service whose place a store of the variable group takes."""
    return kind(key) == "linkedService" and name(key) in stores


def file(key: str) -> str:
    """The file of a key, from the factory folder."""
    return f"{key}.json"
