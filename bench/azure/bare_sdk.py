"""The same resources by the Azure SDKs alone, one call after the other: the least that Azure has to be asked.

    python -m bench.azure.bare_sdk up|down NAME     # in a shell of `mayfly local env`

No state, no preview, no way to go on after a failure: a lower bound, not a tool.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.datafactory import DataFactoryManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient

NONPRODUCTION = "6d617966-6c79-4000-8000-0000000000b0"
PRODUCTION = "6d617966-6c79-4000-8000-0000000000a0"
STORAGE = "providers/Microsoft.Storage/storageAccounts"
CONTAINER = (
    f"/subscriptions/{PRODUCTION}/resourceGroups/flights-lake/{STORAGE}/flightslake"
    "/blobServices/default/containers/flights"
)
READER, WRITER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
REGION, SINK = "westeurope", "curated"
FOLDER = Path(__file__).parents[2] / "examples/flights/factory"
ORDER = ("linkedService", "dataset", "pipeline", "trigger")


def client(kind: Any, subscription: str = NONPRODUCTION) -> Any:
    """A management client for the cloud that the shell is prepared for."""
    url, trusted = "https://" + os.environ["ARM_METADATA_HOSTNAME"], os.environ["SSL_CERT_FILE"]
    credential = ClientSecretCredential(
        os.environ["ARM_TENANT_ID"], os.environ["ARM_CLIENT_ID"], os.environ["ARM_CLIENT_SECRET"],
        authority=url, disable_instance_discovery=True, connection_verify=trusted,
    )  # fmt: skip
    scopes = [url + "/.default"]
    return kind(credential, subscription, base_url=url, credential_scopes=scopes, connection_verify=trusted)


def up(name: str) -> None:
    """Make the group and all in it, the roles, and the documents as they stand."""
    group, tags = f"{name}-flights", {"stack": name}
    client(ResourceManagementClient).resource_groups.create_or_update(
        group, {"location": REGION, "tags": tags}
    )
    account = _account(name, group, tags)
    factories = client(DataFactoryManagementClient)
    parameters = {"location": REGION, "tags": tags, "identity": {"type": "SystemAssigned"}, "properties": {}}
    factory = factories.factories.create_or_update(group, group, parameters)
    _assign(name, CONTAINER, READER, factory.identity.principal_id)
    _assign(name, account.id, WRITER, factory.identity.principal_id)
    lake = client(StorageManagementClient, PRODUCTION).storage_accounts.get_properties(
        "flights-lake", "flightslake"
    )
    endpoints = {"lake": lake.primary_endpoints.blob, SINK: account.primary_endpoints.blob}
    _publish(factories, group, endpoints)


def _account(name: str, group: str, tags: dict[str, str]) -> Any:
    storage = client(StorageManagementClient)
    properties = {
        "isHnsEnabled": True, "minimumTlsVersion": "TLS1_2", "supportsHttpsTrafficOnly": True,
        "allowBlobPublicAccess": False, "allowSharedKeyAccess": False, "defaultToOAuthAuthentication": True,
    }  # fmt: skip
    body = {
        "location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "tags": tags,
        "properties": properties,
    }  # fmt: skip
    account_name = f"{name.replace('-', '')}flights"
    account = storage.storage_accounts.begin_create(group, account_name, body).result()
    storage.blob_containers.create(group, account_name, SINK, {})
    return account


def _assign(name: str, scope: str, role: str, principal: str) -> None:
    subscription = scope.split("/")[2]
    definitions = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions"
    who = {"principalId": principal, "principalType": "ServicePrincipal"}
    body = {"properties": {"roleDefinitionId": f"{definitions}/{role}", **who}}
    client(AuthorizationManagementClient, subscription).role_assignments.create(
        scope, _grant(name, role), body
    )


def _grant(name: str, role: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{role}"))


def _publish(factories: Any, group: str, endpoints: dict[str, str]) -> None:
    kinds = (factories.linked_services, factories.datasets, factories.pipelines, factories.triggers)
    for kind, operations in zip(ORDER, kinds, strict=True):
        # In the order of their names backwards, which is that of their references in this folder.
        for path in sorted((FOLDER / kind).glob("*.json"), reverse=True):
            properties = json.loads(path.read_text())["properties"]
            if path.stem in endpoints:
                properties["typeProperties"]["serviceEndpoint"] = endpoints[path.stem]
            operations.create_or_update(group, group, path.stem, {"properties": properties})


def down(name: str) -> None:
    """Revoke the grant on production, then remove the group and wait until it is gone."""
    assignments = client(AuthorizationManagementClient, PRODUCTION).role_assignments
    assignments.delete(CONTAINER, _grant(name, READER))
    client(ResourceManagementClient).resource_groups.begin_delete(f"{name}-flights").result()


if __name__ == "__main__":
    {"up": up, "down": down}[sys.argv[1]](sys.argv[2])
