"""User-assigned identities: principals that live as resources of their own, and go with them.

Nothing here runs as one; they are there so that whoever judges a group finds them.
Source: REST reference of Managed Identity, User Assigned Identities.
"""

from __future__ import annotations

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.ids import TENANT
from localcloud.azure.core.store import Document

TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
VERSIONS = frozenset({"2018-11-30", "2023-01-31", "2024-11-30"})
NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"


def register(cloud: Cloud) -> None:
    """Add the service."""

    def forget(document: Document) -> None:
        if document["type"].lower() == TYPE.lower():
            cloud.principals.delete_identity(document["id"])

    cloud.add(ResourceType(TYPE, VERSIONS, name=NAME, put=put))
    cloud.on_deleted(forget)


def put(call: Call, identity_id: str, existing: Document | None) -> Reply:
    """Make an identity (201), or change its tags (200); its principal stays the same."""
    body = call.request.json()
    if not body.get("location"):
        raise CloudError(400, "LocationRequired", "The location property is required for this definition.")
    principal = call.cloud.principals.create_identity(identity_id)
    document = {
        "id": identity_id,
        "name": identity_id.rsplit("/", 1)[-1],
        "type": TYPE,
        "location": body["location"],
        "tags": body.get("tags") or {},
        "properties": {
            "tenantId": TENANT,
            "principalId": principal.object_id,
            "clientId": principal.client_id,
        },
    }
    return Reply(200 if existing else 201, call.cloud.store.put(document))
