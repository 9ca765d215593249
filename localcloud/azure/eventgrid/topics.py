"""System topics: what publishes the events of one other resource, the source."""

from __future__ import annotations

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document

TYPE = "Microsoft.EventGrid/systemTopics"
VERSIONS = frozenset({"2021-12-01", "2022-06-15", "2025-02-15"})


def register(cloud: Cloud) -> None:
    """Add the type; getting, listing and deleting are Resource Manager's own."""
    cloud.add(ResourceType(TYPE, VERSIONS, name=r"[-A-Za-z0-9]{3,50}", put=put))


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Make it, or change its tags: source and type of topic stay."""
    body = call.request.json()
    properties = body.get("properties") or {}
    for name in ("source", "topicType"):
        if not properties.get(name):
            raise CloudError(400, "InvalidRequest", f"The property '{name}' of a system topic is required.")
        if existing and existing["properties"][name].lower() != properties[name].lower():
            raise CloudError(400, "InvalidRequest", f"The property '{name}' of a system topic cannot change.")
    document = {
        "id": resource_id, "name": resource_id.rsplit("/", 1)[1], "type": TYPE,
        "location": body.get("location"), "tags": body.get("tags"),
        "properties": {**properties, "provisioningState": "Succeeded"},
    }  # fmt: skip
    return Reply(200 if existing else 201, call.cloud.store.put(document))
