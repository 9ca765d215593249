"""The documents of storage accounts: what may be asked for, what the cloud fills in, what cannot change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.core.store import Document
from localcloud.azure.storage import clock, firewall

TYPE = "Microsoft.Storage/storageAccounts"
NAME = r"[a-z0-9]{3,24}"
KINDS = ("Storage", "StorageV2", "BlobStorage", "BlockBlobStorage", "FileStorage")
SKUS = (
    "Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Standard_ZRS", "Standard_GZRS", "Standard_RAGZRS",
    "Premium_LRS", "Premium_ZRS",
)  # fmt: skip

DEFAULTS: Mapping[str, Any] = {
    "accessTier": "Hot",
    "allowBlobPublicAccess": False,
    "allowCrossTenantReplication": False,
    "minimumTlsVersion": "TLS1_0",
    "supportsHttpsTrafficOnly": True,
    "networkAcls": {
        "bypass": "AzureServices",
        "virtualNetworkRules": [],
        "ipRules": [],
        "defaultAction": "Allow",
    },
}
"""What an account has when its creator says nothing (REST reference of Storage Accounts - Create)."""

OPTIONAL = frozenset(
    {"allowSharedKeyAccess", "allowedCopyScope", "defaultToOAuthAuthentication", "dnsEndpointType",
     "encryption", "isHnsEnabled", "isLocalUserEnabled", "keyPolicy", "largeFileSharesState",
     "publicNetworkAccess", "routingPreference", "sasPolicy"}
)  # fmt: skip
"""What is kept as it was asked for, and is absent otherwise."""

READ_ONLY = frozenset(
    {"provisioningState", "creationTime", "primaryEndpoints", "primaryLocation", "statusOfPrimary",
     "keyCreationTime", "privateEndpointConnections", "secondaryLocation", "statusOfSecondary",
     "secondaryEndpoints"}
)  # fmt: skip
"""What the cloud alone sets; sent back by a client that read the account, it is ignored."""

REFUSED: Mapping[str, tuple[Any, ...]] = {
    "isNfsV3Enabled": (None, False),
    "isSftpEnabled": (None, False),
    "enableExtendedGroups": (None, False),
    "dnsEndpointType": (None, "Standard"),
}
"""Values that are understood, of properties whose other values would need something that is not here."""

TLS = ("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3")


def new(account_id: str, body: Document, blob_url: str, now: int) -> Document:
    """The document of an account that does not exist yet. blob_url: where the blob service listens."""
    name = account_id.rstrip("/").rsplit("/", 1)[1]
    if not body.get("location"):
        raise CloudError(400, "LocationRequired", "The location property is required for this definition.")
    _known("kind", body.get("kind"), KINDS)
    document: Document = {
        "id": account_id,
        "name": name,
        "type": TYPE,
        "location": normal(body["location"]),
        "tags": dict(body.get("tags") or {}),
        "kind": body["kind"],
        "sku": _sku(body),
        "properties": {
            **DEFAULTS,
            "provisioningState": "Succeeded",
            "creationTime": clock.iso(now),
            "primaryLocation": normal(body["location"]),
            "statusOfPrimary": "available",
            "primaryEndpoints": {"blob": f"{blob_url}/{name}/", "dfs": f"{blob_url}/{name}/"},
            "privateEndpointConnections": [],
            "encryption": _encryption(now),
        },
    }
    document["properties"].update(_asked(body))
    return document


def changed(document: Document, body: Document) -> Document:
    """The account after a PUT or PATCH on it: what `body` leaves out stays as it was."""
    _same_place(document, body)
    asked = _asked(body)
    before = document["properties"]
    if "isHnsEnabled" in asked and bool(asked["isHnsEnabled"]) != bool(before.get("isHnsEnabled")):
        raise _cannot_change("isHnsEnabled")
    if body.get("kind") not in (None, document["kind"], "StorageV2"):
        raise _cannot_change("kind")
    return {
        **document,
        "kind": body.get("kind") or document["kind"],
        "sku": _sku(body) if body.get("sku") else document["sku"],
        "tags": dict(body["tags"]) if body.get("tags") is not None else document["tags"],
        "properties": {**before, **asked},
    }


def normal(location: str) -> str:
    """`West Europe` and `westeurope` are one place."""
    return re.sub(r"\s", "", location).lower()


def _asked(body: Document) -> Document:
    asked = {key: value for key, value in (body.get("properties") or {}).items() if value is not None}
    for key, value in asked.items():
        if key not in DEFAULTS and key not in OPTIONAL and key not in READ_ONLY and key not in REFUSED:
            raise not_implemented(f"the property '{key}' of storage accounts")
        if value not in REFUSED.get(key, (value,)):
            raise not_implemented(f"{key}={value!r} of storage accounts")
    _known("minimumTlsVersion", asked.get("minimumTlsVersion", TLS[0]), TLS)
    _known("publicNetworkAccess", asked.get("publicNetworkAccess", "Enabled"), ("Enabled", "Disabled"))
    firewall.check(asked.get("networkAcls") or {})
    return {key: value for key, value in asked.items() if key not in READ_ONLY}


def _sku(body: Document) -> Document:
    name = (body.get("sku") or {}).get("name")
    _known("sku", name, SKUS)
    return {"name": name, "tier": str(name).split("_")[0]}


def _encryption(now: int) -> Document:
    service = {"keyType": "Account", "enabled": True, "lastEnabledTime": clock.iso(now)}
    return {"services": {"file": service, "blob": service}, "keySource": "Microsoft.Storage"}


def _known(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CloudError(
            400, "InvalidValuesForRequestParameters", f"Values for request parameters are invalid: {name}."
        )


def _cannot_change(name: str) -> CloudError:
    return CloudError(
        400,
        "AccountPropertyCannotBeUpdated",
        f"The property '{name}' was specified in the input, but it cannot be updated as it is read-only. "
        "For more information, see - https://aka.ms/storageaccountupdate",
    )


def _same_place(document: Document, body: Document) -> None:
    asked = body.get("location")
    if asked and normal(asked) != document["location"]:
        raise CloudError(
            409,
            "InvalidResourceLocation",
            f"The resource '{document['name']}' already exists in location '{document['location']}'. "
            f"A resource with the same name cannot be created in location '{normal(asked)}'. "
            "Please select a new resource name.",
        )
