"""Requests for a factory's documents: pipelines, datasets, linked services and the others."""

from __future__ import annotations

from typing import Any

from localcloud.azure.core.arm import default_get
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Act, Call, ResourceType
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document
from localcloud.azure.datafactory import models, references, triggers
from localcloud.azure.datafactory.runs import nesting

# Kinds whose properties always have a type.
_TYPED = frozenset(
    {"datasets", "linkedservices", "triggers", "dataflows", "credentials", "integrationRuntimes"}
)


def row(kind: str, name: str, posts: dict[str, Act]) -> ResourceType:
    """The row of the table of resource types for one kind of document."""

    def put(call: Call, document_id: str, existing: Document | None) -> Reply:
        return _put(call, kind, document_id, existing)

    return ResourceType(
        type=f"{models.TYPE}/{kind}",
        api_versions=frozenset({models.API_VERSION}),
        name=name,
        put=put,
        get=_get,
        delete=_delete,
        posts=posts,
    )


def _put(call: Call, kind: str, document_id: str, existing: Document | None) -> Reply:
    check_match(call, existing)
    properties = _checked(kind, call.request.json().get("properties"))
    references.check_targets(call.cloud.store, document_id, properties)
    if kind == "triggers":
        triggers.check_stopped(existing)
        triggers.check_may_listen(call, document_id, properties)
        properties |= {"runtimeState": triggers.STOPPED}
    return Reply(200, call.cloud.store.put(models.new_document(document_id, kind, properties)))


def _checked(kind: str, properties: Any) -> dict[str, Any]:
    if not isinstance(properties, dict):
        raise CloudError(400, "BadRequest", "The document has no 'properties'.")
    if kind in _TYPED and not isinstance(properties.get("type"), str):
        raise CloudError(400, "BadRequest", f"The properties of one of the {kind} need a 'type'.")
    if kind == "pipelines":
        problem = nesting.problem(properties.get("activities") or [])
        if problem:
            raise CloudError(400, "BadRequest", f"The pipeline is not valid: {problem}.")
    return dict(properties)


def _get(call: Call, document_id: str, existing: Document | None) -> Reply:
    wanted = call.request.headers.get("if-none-match")
    if existing is not None and wanted and _same(wanted, existing["etag"]):
        return Reply(304)
    return default_get(call, document_id, existing)


def _delete(call: Call, document_id: str, existing: Document | None) -> Reply:
    if existing is None:
        return Reply(204)
    if models.kind_of(existing) == "triggers":
        triggers.check_stopped(existing)
    references.check_unused(call.cloud.store, existing)
    call.cloud.delete_tree(document_id)
    return Reply(200)


def check_match(call: Call, existing: Document | None) -> None:
    """Raise 412 when `If-Match` names another version than the current one."""
    wanted = call.request.headers.get("if-match")
    if not wanted or (wanted == "*" and existing is not None):
        return
    if existing is None or not _same(wanted, existing["etag"]):
        raise CloudError(412, "PreconditionFailed", "The document's etag is not the one in If-Match.")


def _same(header: str, etag: str) -> bool:
    return header.removeprefix("W/").strip('"') == etag.strip('"')
