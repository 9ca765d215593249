"""Finds in Azure what a killed `up` made: the id follows from the type and inputs, its own GET decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mayfly.engine.recovery import carries_marker

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.engine.recovery import Finder

GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"
ACCOUNT = GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}"

IDS: Mapping[str, str] = {
    "azure-native:resources:ResourceGroup": GROUP,
    "azure-native:storage:StorageAccount": ACCOUNT,
    "azure-native:storage:BlobContainer": ACCOUNT + "/blobServices/default/containers/{containerName}",
    "azure-native:datafactory:Factory": GROUP + "/providers/Microsoft.DataFactory/factories/{factoryName}",
    "azure-native:authorization:RoleAssignment": (
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}"
    ),
}
"""The id of each type that an environment is made of, by its inputs."""


def finder(cloud: Azure, subscription: str) -> Finder:
    """What finds a pending create in the cloud. subscription: guid of the environment's fabric's."""

    def find(resource: Mapping[str, Any]) -> str | None:
        id = resource_id(resource, subscription)
        document = cloud.get(id) if id else None
        return id if document is not None and carries_marker(resource, document.get("tags") or {}) else None

    return find


def resource_id(resource: Mapping[str, Any], subscription: str) -> str | None:
    """The id that a resource of the state has in the cloud; None for a type that can be made again.

    subscription: guid of the environment's fabric's.
    """
    form = IDS.get(resource["type"])
    try:
        return form.format(subscription=subscription, **resource.get("inputs", {})) if form else None
    except KeyError:
        return None
