"""References between documents of a factory. A target must exist, and cannot go while it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document, Store, key
from localcloud.azure.datafactory.models import factory_of

KINDS = {
    "PipelineReference": "pipelines",
    "DatasetReference": "datasets",
    "LinkedServiceReference": "linkedservices",
    "TriggerReference": "triggers",
    "DataFlowReference": "dataflows",
    "CredentialReference": "credentials",
    "IntegrationRuntimeReference": "integrationRuntimes",
    "ManagedVirtualNetworkReference": "managedVirtualNetworks",
}
AUTOMATIC = "integrationruntimes/autoresolveintegrationruntime"  # every factory has it


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of every reference in a document's properties."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        kind, name = KINDS.get(str(value.get("type"))), value.get("referenceName")
        if kind and isinstance(name, str):
            yield kind, name
        for item in value.values():
            yield from references(item)


def check_targets(store: Store, document_id: str, properties: dict[str, Any]) -> None:
    """Raise 400 BadRequest when a document refers to an absent document, or to itself."""
    for kind, name in references(properties):
        target = f"{factory_of(document_id)}/{kind}/{name}"
        itself = key(target) == key(document_id)
        if itself or (f"{kind}/{name}".lower() != AUTOMATIC and store.get(target) is None):
            raise CloudError(
                400,
                "BadRequest",
                f"The document creation or update failed because of invalid reference '{name}'.",
            )


def check_unused(store: Store, document: Document) -> None:
    """Raise 400 BadRequest when another document of the factory refers to this one."""
    factory = factory_of(document["id"])
    for other in store.below(factory):
        targets = {key(f"{factory}/{kind}/{name}") for kind, name in references(other["properties"])}
        if key(document["id"]) in targets:
            name = other["name"]
            raise CloudError(
                400, "BadRequest", f"The document cannot be deleted since it is referenced by {name}."
            )
