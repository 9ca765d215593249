"""What the operations that the local Azure serves are sent."""

from __future__ import annotations

from typing import Any

from tests.support.isolation.places import PROBE, Place

LOCATION = "westeurope"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USED = "mayfly-used"
"""A pipeline that the trigger starts, and so cannot be deleted."""

Json = dict[str, Any]


def body_of(operation: str, place: Place) -> Json:
    """The body of an operation, such as "blob_containers.create"; empty where nothing is said."""
    group, _, name = operation.partition(".")
    if group == "management_locks":
        return {"properties": {"level": "CanNotDelete"}}
    if group in DOCUMENTS and name == "create_or_update":
        return document(group)
    return _bodies(place).get(operation, {})


def account() -> Json:
    """An account as production's is, without keys."""
    properties = {"isHnsEnabled": True, "allowSharedKeyAccess": False, "minimumTlsVersion": "TLS1_2"}
    return {
        "location": LOCATION,
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": properties,
    }


def factory() -> Json:
    """A factory with an identity."""
    return {"location": LOCATION, "identity": {"type": "SystemAssigned"}}


def assignment(place: Place, role: str, principal: str, kind: str = "ServicePrincipal") -> Json:
    """A role for a principal. role: guid of a role definition. kind: type of the principal."""
    definition = f"{place.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": definition, "principalId": principal, "principalType": kind}}


def role(place: Place) -> Json:
    """A custom role that allows everything."""
    permission = {"actions": ["*"], "dataActions": ["Microsoft.Storage/storageAccounts/blobServices/*"]}
    return {
        "properties": {
            "roleName": f"{PROBE} {place.account}",
            "type": "CustomRole",
            "assignableScopes": [place.subscription_id],
            "permissions": [permission],
        }
    }


DOCUMENTS = {
    "pipelines": "pipelines",
    "datasets": "datasets",
    "linked_services": "linkedservices",
    "triggers": "triggers",
    "data_flows": "dataflows",
    "credential_operations": "credentials",
    "integration_runtimes": "integrationRuntimes",
    "managed_virtual_networks": "managedVirtualNetworks",
    "managed_private_endpoints": f"managedVirtualNetworks/{PROBE}/managedPrivateEndpoints",
    "change_data_capture": "adfcdcs",
}
"""The operation group of each kind of document, and the path of its documents below the factory."""


def document(group: str) -> Json:
    """A document of a kind that depends on no other one, except that the trigger starts `USED`."""
    return {"properties": _DOCUMENTS.get(group, {})}


_WAIT = {"name": "wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 60}}
_RECURRENCE = {"frequency": "Day", "interval": 1, "startTime": "2030-01-01T00:00:00Z"}
_DOCUMENTS: dict[str, Json] = {
    "pipelines": {"activities": [_WAIT]},
    "datasets": {
        "type": "Binary",
        "linkedServiceName": {"referenceName": USED, "type": "LinkedServiceReference"},
        "typeProperties": {"location": {"type": "AzureBlobStorageLocation", "container": "any"}},
    },
    "linked_services": {
        "type": "AzureBlobStorage",
        "typeProperties": {"serviceEndpoint": "https://127.0.0.1/any", "accountKind": "StorageV2"},
    },
    "triggers": {
        "type": "ScheduleTrigger",
        "typeProperties": {"recurrence": _RECURRENCE},
        "pipelines": [{"pipelineReference": {"referenceName": USED, "type": "PipelineReference"}}],
    },
    "data_flows": {"type": "MappingDataFlow", "typeProperties": {"sources": [], "sinks": []}},
    "credential_operations": {"type": "ManagedIdentity", "typeProperties": {}},
    "integration_runtimes": {"type": "Managed", "typeProperties": {}},
}


def _bodies(place: Place) -> dict[str, Json]:
    tags = {"tags": {PROBE: "changed"}}
    give = assignment(place, STORAGE_BLOB_DATA_CONTRIBUTOR, place.principal)
    return {
        "storage_accounts.begin_create": account(),
        "storage_accounts.update": tags,
        "storage_accounts.check_name_availability": {
            "name": "mayflyprobe",
            "type": "Microsoft.Storage/storageAccounts",
        },
        "blob_containers.create": {"properties": {"metadata": {"probe": "changed"}}},
        "blob_containers.update": {"properties": {"metadata": {"probe": "changed"}}},
        "blob_services.set_service_properties": {
            "properties": {"deleteRetentionPolicy": {"enabled": True, "days": 7}}
        },
        "role_assignments.create": give,
        "role_assignments.create_by_id": give,
        "role_definitions.create_or_update": role(place),
        "resource_groups.create_or_update": {"location": LOCATION, **tags},
        "resource_groups.update": tags,
        "resources.begin_create_or_update": account(),
        "resources.begin_create_or_update_by_id": account(),
        "resources.begin_update": tags,
        "resources.begin_update_by_id": tags,
        "tags.begin_create_or_update_at_scope": {"properties": tags},
        "tags.begin_update_at_scope": {"operation": "Merge", "properties": tags},
        "factories.create_or_update": factory(),
        "factories.update": tags,
        "pipeline_runs.query_by_factory": _PERIOD,
        "activity_runs.query_by_pipeline_run": _PERIOD,
    }


_PERIOD = {"lastUpdatedAfter": "2020-01-01T00:00:00Z", "lastUpdatedBefore": "2040-01-01T00:00:00Z"}
