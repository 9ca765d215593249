"""Takes up what a killed `up` made but could not write down.

A create that was under way when the engine was killed stays in the state as pending. azure-native then
refuses to make what exists ("cannot create already existing resource", pulumi-azure-native#1123). Pulumi's
own remedy is to import it by its id; the id follows from the type and the inputs that the state still has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure

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


def pending_creates(deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources whose creation was under way. deployment: what `pulumi stack export` prints."""
    operations = deployment.get("deployment", {}).get("pending_operations") or []
    return [operation["resource"] for operation in operations if operation["type"] == "creating"]


def resource_id(resource: Mapping[str, Any], subscription: str) -> str | None:
    """The id that a resource of the state has in the cloud; None for a type that can be made again.

    subscription: guid of the environment's fabric's.
    """
    form = IDS.get(resource["type"])
    try:
        return form.format(subscription=subscription, **resource.get("inputs", {})) if form else None
    except KeyError:
        return None


def made(cloud: Azure, resources: Iterable[Mapping[str, Any]], subscription: str) -> dict[str, str]:
    """Those resources that the cloud has after all: URN to id, each by its own GET."""
    wanted = {resource["urn"]: resource_id(resource, subscription) for resource in resources}
    return {urn: id for urn, id in wanted.items() if id and cloud.get(id) is not None}
