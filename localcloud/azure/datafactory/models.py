"""Factories and their documents in Resource Manager's form, and the rules for their names."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from localcloud.azure.core.call import Principal
from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.core.ids import TENANT
from localcloud.azure.core.store import Document
from localcloud.azure.datafactory.runs.store import now

TYPE = "Microsoft.DataFactory/factories"
API_VERSION = "2018-06-01"

# https://learn.microsoft.com/azure/data-factory/naming-rules
FACTORY_NAME = r"(?=.{3,63}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*"
DOCUMENT_NAME = r"[A-Za-z0-9_][^<>*#.%&:\\+?/]{0,259}"
RUNTIME_NAME = r"(?=.{3,63}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*"
NETWORK_NAME = r"[_A-Za-z0-9]([-_A-Za-z0-9]{0,125}[_A-Za-z0-9])?"

DOCUMENTS: Mapping[str, str] = {
    "pipelines": DOCUMENT_NAME,
    "datasets": DOCUMENT_NAME,
    "linkedservices": DOCUMENT_NAME,
    "triggers": DOCUMENT_NAME,
    "dataflows": DOCUMENT_NAME,
    "credentials": DOCUMENT_NAME,
    "integrationRuntimes": RUNTIME_NAME,
    "managedVirtualNetworks": NETWORK_NAME,
    "managedVirtualNetworks/managedPrivateEndpoints": NETWORK_NAME,
    "adfcdcs": DOCUMENT_NAME,
}
"""Kind of document, as ids spell it → the pattern of its names."""

_KEPT = ("location", "tags", "identity")


def new_factory(factory_id: str, body: Mapping[str, Any]) -> Document:
    """A factory from the body of a PUT, without its identity's ids."""
    properties = {"createTime": now(), "version": API_VERSION, "provisioningState": "Succeeded"}
    document: Document = {
        "id": factory_id,
        "name": factory_id.rsplit("/", 1)[-1],
        "type": TYPE,
        "properties": {**_properties(body), **properties},
        "eTag": f'"{new_etag()}"',
    }
    return (
        document
        | {name: body[name] for name in _KEPT if body.get(name) is not None}
        | {"tags": body.get("tags") or {}}
    )


def changed_factory(existing: Document, body: Mapping[str, Any], *, whole: bool) -> Document:
    """A factory after a PUT (`whole`: what is left out goes) or a PATCH (what is left out stays)."""
    fixed = {name: existing["properties"][name] for name in ("createTime", "version", "provisioningState")}
    before = {} if whole else existing["properties"]
    document = existing | {"properties": {**before, **_properties(body), **fixed}, "eTag": f'"{new_etag()}"'}
    if whole or body.get("tags") is not None:
        document["tags"] = body.get("tags") or {}
    if whole or body.get("identity") is not None:
        document["identity"] = body.get("identity")
    return document


def _properties(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("properties") or {}
    if not isinstance(given, dict):
        raise CloudError(400, "BadRequest", "The 'properties' of a factory must be an object.")
    declared = given.get("globalParameters") or {}
    for name, entry in declared.items():
        if not isinstance(entry, dict) or "type" not in entry or "value" not in entry:
            raise CloudError(
                400, "BadRequest", f"The global parameter '{name}' needs a 'type' and a 'value'."
            )
    return dict(given)


def wants_identity(document: Mapping[str, Any]) -> bool:
    """Whether the document has a system-assigned identity."""
    kind = str((document.get("identity") or {}).get("type") or "None")
    if kind.lower() not in ("none", "systemassigned"):
        raise not_implemented(f"factories with an identity of type '{kind}'")
    return kind.lower() == "systemassigned"


def identity(principal: Principal) -> dict[str, str]:
    """Return the identity of a factory's document."""
    return {"type": "SystemAssigned", "principalId": principal.object_id, "tenantId": TENANT}


def new_document(document_id: str, kind: str, properties: dict[str, Any]) -> Document:
    """Return a pipeline, dataset or other document with the properties that were sent."""
    return {
        "id": document_id,
        "name": document_id.rsplit("/", 1)[-1],
        "type": f"{TYPE}/{kind}",
        "etag": new_etag(),
        "properties": properties,
    }


def new_etag() -> str:
    """Return a new, unique entity tag."""
    return str(uuid.uuid4())


def factory_of(document_id: str) -> str:
    """The id of the factory that a document's id lies in."""
    return "/".join(document_id.split("/")[:9])


def kind_of(document: Mapping[str, Any]) -> str:
    """The kind of a document, such as "pipelines"."""
    return str(document["type"]).split("/", 2)[2]
