"""The kinds of documents in a Data Factory: folders, resource ids and references in one table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mayfly.naming.limits import FACTORY


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document. collection: in a resource id. reference: `type` of a reference to it.

    folder: below the factory's, where it is not the kind's own name.
    """

    collection: str
    reference: str
    folder: str = ""

    @property
    def type(self) -> str:
        """The resource type, which `naming.limits` has a rule for."""
        return f"{FACTORY}/{self.collection}"


DOCUMENT_KINDS = {
    "pipeline": DocumentKind("pipelines", "PipelineReference"),
    "dataset": DocumentKind("datasets", "DatasetReference"),
    "linkedService": DocumentKind("linkedservices", "LinkedServiceReference"),
    "trigger": DocumentKind("triggers", "TriggerReference"),
    "dataflow": DocumentKind("dataflows", "DataFlowReference"),
    "integrationRuntime": DocumentKind("integrationRuntimes", "IntegrationRuntimeReference"),
    "credential": DocumentKind("credentials", "CredentialReference"),
    "managedVirtualNetwork": DocumentKind("managedVirtualNetworks", "ManagedVirtualNetworkReference"),
    "managedPrivateEndpoint": DocumentKind(
        "managedVirtualNetworks/default/managedPrivateEndpoints",
        "ManagedPrivateEndpointReference",
        "managedVirtualNetwork/default/managedPrivateEndpoint",
    ),
}
"""Folder in the layout of ADF Studio's Git integration → the kind. Source: REST API 2018-06-01."""

NETWORK = "managedVirtualNetwork/default"
"""The key of the one network that a factory can have; its private endpoints lie in it."""

FOLDERS = tuple(kind for kind, found in DOCUMENT_KINDS.items() if not found.folder)
"""The folders of a factory that hold documents."""

REFERENCES = {kind.reference: folder for folder, kind in DOCUMENT_KINDS.items()}
"""The `type` of a reference → folder of the kind that it points to."""

BUILT_IN = frozenset({"integrationRuntime/AutoResolveIntegrationRuntime".lower()})
"""Keys, in lower case, of the documents that every factory has without a file."""


def kind_of(key: str) -> str:
    """Return the kind in a key: `pipeline` of `pipeline/flights`."""
    return key.partition("/")[0]


def name(key: str) -> str:
    """Return the name in a key: `flights` of `pipeline/flights`."""
    return key.partition("/")[2]


def is_store(key: str, stores: Collection[str]) -> bool:
    """Return whether a store of the variable group replaces this linked service."""
    lower = name(key).lower()
    return kind_of(key) == "linkedService" and any(store.lower() == lower for store in stores)


def file(key: str) -> str:
    """Return the path of a key's file below the factory folder."""
    kind = DOCUMENT_KINDS.get(kind_of(key))
    return f"{kind.folder}/{name(key)}.json" if kind and kind.folder else f"{key}.json"
