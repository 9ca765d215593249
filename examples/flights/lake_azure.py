"""Production's lake on Azure: a storage account and a container, made and filled by their owner."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from examples.flights import data

LOCATION = "westeurope"
STORAGE_SCOPE = "https://storage.azure.com/.default"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
ROLE_SECONDS = 300.0


class Container(Protocol):
    """What `publish` needs of azure.storage.blob.ContainerClient."""

    def upload_blob(self, name: str, data: bytes, *, overwrite: bool) -> object:
        """Make or replace a blob."""
        ...


def publish(container: Container) -> int:
    """Upload everything, replacing what is there; gives the number of files."""
    return data.upload(lambda path, content: container.upload_blob(path, content, overwrite=True))


def make(container_id: str, environ: Mapping[str, str]) -> int:
    """Make the lake if it is not there, and fill it; gives the number of files.

    container_id: the container's resource id. environ: says who calls, as everywhere in the project.
    """
    from azure.storage.blob import BlobServiceClient

    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.credentials import from_environment
    from mayfly.clouds.azure.endpoints import discover

    account_id, _, rest = container_id.partition("/blobServices/")
    endpoints = discover(environ)
    credential = from_environment(environ, endpoints)
    account = _make(Azure(endpoints, credential), account_id, container_id)
    _let_write(Azure(endpoints, credential), account_id, _object_id(credential))
    with BlobServiceClient(account["properties"]["primaryEndpoints"]["blob"], credential) as service:
        return _publish_once_allowed(service.get_container_client(rest.rpartition("/")[2]))


def _make(azure: Any, account_id: str, container_id: str) -> dict[str, Any]:
    """Make the group, the account (no keys, nothing public) and the container; gives the account."""
    azure.put(account_id.partition("/providers/")[0], {"location": LOCATION})
    account = azure.put(
        account_id,
        {
            "location": LOCATION,
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
            "properties": {
                "isHnsEnabled": True,
                "minimumTlsVersion": "TLS1_2",
                "allowBlobPublicAccess": False,
                "allowSharedKeyAccess": False,
                "supportsHttpsTrafficOnly": True,
            },
        },
    )
    azure.put(container_id, {"properties": {}}, wait=False)
    return dict(account if "properties" in account else azure.get(account_id))


def _let_write(azure: Any, account_id: str, object_id: str) -> None:
    """Owning an account does not allow writing its data: that is a role of its own."""
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{STORAGE_BLOB_DATA_CONTRIBUTOR}"
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{account_id}|{role}|{object_id}".lower())
    properties = {"roleDefinitionId": role, "principalId": object_id}
    id = f"{account_id}/providers/Microsoft.Authorization/roleAssignments/{name}"
    azure.put(id, {"properties": properties}, wait=False)


def _object_id(credential: Any) -> str:
    """Who we are, as our own token says."""
    claims = credential.get_token(STORAGE_SCOPE).token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["oid"])


def _publish_once_allowed(container: Any) -> int:
    """A new role takes a while to count: ask again until it does."""
    from azure.core.exceptions import HttpResponseError

    from mayfly.clouds.azure.waiting import until

    def attempt() -> int | None:
        try:
            return publish(container)
        except HttpResponseError as error:
            if error.status_code != 403:
                raise
            return None

    return until(attempt, longest=ROLE_SECONDS)
