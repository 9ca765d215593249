"""Built-in roles with the permissions that Microsoft publishes ("Azure built-in roles").

Only those that an environment, its deployer or a wider control in a test may hold; an id that is not here
does not exist in the local cloud.
"""

from __future__ import annotations

from dataclasses import dataclass

_BLOB_SERVICE = "Microsoft.Storage/storageAccounts/blobServices"
_CONTAINERS = f"{_BLOB_SERVICE}/containers"
_BLOBS = f"{_CONTAINERS}/blobs"
_KEY = f"{_BLOB_SERVICE}/generateUserDelegationKey/action"


@dataclass(frozen=True)
class BuiltInRole:
    """A role as it is published; the permissions are patterns with `*`."""

    id: str
    name: str
    description: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


BUILT_IN = (
    BuiltInRole(
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        actions=("*",),
    ),
    BuiltInRole(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure "
        "RBAC, manage "
        "assignments in Azure Blueprints, or share image galleries.",
        actions=("*",),
        not_actions=(
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
            "Microsoft.Subscription/cancel/action",
            "Microsoft.Subscription/enable/action",
        ),
    ),
    BuiltInRole(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        actions=("*/read",),
    ),
    BuiltInRole(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow "
        "you to manage "
        "access using other ways, such as Azure Policy.",
        actions=(
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ),
    ),
    BuiltInRole(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        actions=("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    BuiltInRole(
        "673868aa-7521-48a0-acc6-0f60742d39f5",
        "Data Factory Contributor",
        "Create and manage data factories, as well as child resources within them.",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.DataFactory/dataFactories/*",
            "Microsoft.DataFactory/factories/*",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
            "Microsoft.EventGrid/eventSubscriptions/write",
        ),
    ),
    BuiltInRole(
        "428e0ff0-5e57-4d9c-a221-2c70d0e0a443",
        "EventGrid EventSubscription Contributor",
        "Lets you manage EventGrid event subscription operations.",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.EventGrid/eventSubscriptions/*",
            "Microsoft.EventGrid/systemTopics/eventSubscriptions/*",
            "Microsoft.EventGrid/partnerTopics/eventSubscriptions/*",
            "Microsoft.EventGrid/topicTypes/eventSubscriptions/read",
            "Microsoft.EventGrid/locations/eventSubscriptions/read",
            "Microsoft.EventGrid/locations/topicTypes/eventSubscriptions/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
        ),
    ),
    BuiltInRole(
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        "Storage Account Contributor",
        "Lets you manage storage accounts, including accessing storage account keys which provide full "
        "access to "
        "storage account data.",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Insights/diagnosticSettings/*",
            "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Storage/storageAccounts/*",
            "Microsoft.Support/*",
        ),
    ),
    BuiltInRole(
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
        "Allows for full access to Azure Storage blob containers and data, including assigning POSIX "
        "access control.",
        actions=(f"{_CONTAINERS}/*", _KEY),
        data_actions=(f"{_BLOBS}/*",),
    ),
    BuiltInRole(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        "Allows for read, write and delete access to Azure Storage blob containers and data",
        actions=(f"{_CONTAINERS}/delete", f"{_CONTAINERS}/read", f"{_CONTAINERS}/write", _KEY),
        data_actions=(
            f"{_BLOBS}/delete",
            f"{_BLOBS}/read",
            f"{_BLOBS}/write",
            f"{_BLOBS}/move/action",
            f"{_BLOBS}/add/action",
        ),
    ),
    BuiltInRole(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        "Allows for read access to Azure Storage blob containers and data",
        actions=(f"{_CONTAINERS}/read", _KEY),
        data_actions=(f"{_BLOBS}/read",),
    ),
    BuiltInRole(
        "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
        "Storage Blob Delegator",
        "Allows for generation of a user delegation key which can be used to sign SAS tokens",
        actions=(_KEY,),
    ),
)

BY_ID = {role.id: role for role in BUILT_IN}
