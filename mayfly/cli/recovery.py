"""Takes up what a killed `up` made but could not write down.

A create that was under way when the engine was killed stays in the state as pending. azure-native then
refuses to make what exists ("cannot create already existing resource", pulumi-azure-native#1123), and
`pulumi refresh --import-pending-creates` of 3.258 forgets such an operation without importing anything. The
state has all there is to know but the id, which follows from the type and the inputs: so the resource is
written into the state with its id, and a refresh reads the rest from the cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, PROJECT

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

MARKER = (MANAGED_BY, ENVIRONMENT, PROJECT)
"""The tags that say whose something is. Others may be another run's: an expiry, a commit."""


def pending_creates(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources whose creation was under way. state: what `pulumi stack export` prints."""
    operations = state.get("deployment", {}).get("pending_operations") or []
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


def adopted(state: Mapping[str, Any], cloud: Azure, subscription: str) -> dict[str, Any]:
    """The state with every pending create settled: a resource where the cloud has it, else nothing.

    Each one's own GET decides, and its tags: what others made meanwhile would become ours to destroy.
    subscription: guid of the environment's fabric's.
    """
    found = [
        {**resource, "id": id, "outputs": resource.get("inputs", {})}
        for resource in pending_creates(state)
        if (id := resource_id(resource, subscription)) and _made_by_us(resource, cloud.get(id))
    ]
    before = state["deployment"]
    known = {resource["urn"] for resource in before.get("resources") or []}
    added = [resource for resource in found if resource["urn"] not in known]
    deployment = {**before, "resources": [*(before.get("resources") or []), *added], "pending_operations": []}
    return {**state, "deployment": deployment}


def _made_by_us(resource: Mapping[str, Any], document: Mapping[str, Any] | None) -> bool:
    """Whether the cloud has it with the tags it was to get; what takes no tags lies in what does, or has a
    name that nobody else hits upon.
    """
    if document is None:
        return False
    wanted, found = resource.get("inputs", {}).get("tags") or {}, document.get("tags") or {}
    return all(found.get(name) == wanted.get(name) for name in MARKER if name in wanted)
