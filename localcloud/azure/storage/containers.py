"""The documents of the blob service's settings and of containers: both planes share them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.core.store import Document
from localcloud.azure.storage import clock

SERVICE_TYPE = "Microsoft.Storage/storageAccounts/blobServices"
TYPE = "Microsoft.Storage/storageAccounts/blobServices/containers"
NAME = r"\$root|\$web|\$logs|[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]"
"""3 to 63 lower-case letters, digits, single hyphens (Naming and referencing containers)."""

SERVICE_DEFAULTS: Mapping[str, Any] = {
    "cors": {"corsRules": []},
    "deleteRetentionPolicy": {"allowPermanentDelete": False, "enabled": False},
}
SERVICE_SETTINGS = frozenset(
    {"automaticSnapshotPolicyEnabled", "changeFeed", "containerDeleteRetentionPolicy", "cors",
     "defaultServiceVersion", "deleteRetentionPolicy", "isVersioningEnabled",
     "lastAccessTimeTrackingPolicy", "restorePolicy"}
)  # fmt: skip
SWITCHES = ("automaticSnapshotPolicyEnabled", "isVersioningEnabled")
POLICIES = ("changeFeed", "lastAccessTimeTrackingPolicy", "restorePolicy")


def service_id(account_id: str) -> str:
    """The id of an account's blob service."""
    return f"{account_id}/blobServices/default"


def container_id(account_id: str, name: str) -> str:
    """The id of a container, which is the scope of everything done in it."""
    return f"{account_id}/blobServices/default/containers/{name}"


def new_service(account: Document) -> Document:
    """The blob service that comes with an account."""
    return {
        "id": service_id(account["id"]),
        "name": "default",
        "type": SERVICE_TYPE,
        "sku": account["sku"],
        "properties": dict(SERVICE_DEFAULTS),
    }


def changed_service(document: Document, body: Document) -> Document:
    """The blob service after a PUT. Soft delete is kept as a setting; versioning and the like are refused."""
    asked = {key: value for key, value in (body.get("properties") or {}).items() if value is not None}
    for key in asked:
        if key not in SERVICE_SETTINGS:
            raise not_implemented(f"the property '{key}' of blob services")
    on = [key for key in SWITCHES if asked.get(key)] + [key for key in POLICIES if _on(asked.get(key))]
    if on:
        raise not_implemented(f"{on[0]} of blob services")
    for key in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        _retention(key, asked.get(key))
    return {**document, "properties": {**document["properties"], **asked}}


def new_container(account: Document, container_id: str, asked: Document, now: int) -> Document:
    """A container that does not exist yet. asked: the request's `properties` (metadata, publicAccess)."""
    allow_public(account, asked.get("publicAccess"))
    document: Document = {
        "id": container_id,
        "name": container_id.rsplit("/", 1)[1],
        "type": TYPE,
        "properties": {
            "publicAccess": "None",
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": False,
            "deleted": False,
            "remainingRetentionDays": 0,
        },
    }
    return changed_container(document, asked.get("metadata") or {}, now)


def changed_container(document: Document, metadata: Mapping[str, str], now: int) -> Document:
    """A container with new metadata, and so with a new entity tag."""
    properties = {**document["properties"], "metadata": dict(metadata), "lastModifiedTime": clock.iso(now)}
    return {**document, "etag": clock.etag(now), "properties": properties}


def ticks(document: Document) -> int:
    """When the container was last changed: its entity tag says it."""
    return int(document["etag"].strip('"'), 16)


def allow_public(account: Document, asked: str | None) -> None:
    """Refuse a container that would be read without a token: 409 where the account forbids it, else 501."""
    if asked in (None, "None", ""):
        return
    if not account["properties"].get("allowBlobPublicAccess"):
        raise CloudError(
            409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account."
        )
    raise not_implemented(f"public access ('{asked}') of containers")


def _on(policy: Document | None) -> bool:
    return bool(policy and policy.get("enabled", policy.get("enable")))


def _retention(key: str, policy: Document | None) -> None:
    if policy and policy.get("enabled") and not 1 <= int(policy.get("days") or 0) <= 365:
        text = f"Values for request parameters are invalid: {key}.days."
        raise CloudError(400, "InvalidValuesForRequestParameters", text)
