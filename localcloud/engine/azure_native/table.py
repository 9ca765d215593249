"""The resource types that the provider server knows.

Tokens, paths, api-versions and names are those of azure-native 3.29 (its SDK, Azure's REST reference).
What may not be changed is what Resource Manager refuses to change.
"""

from __future__ import annotations

from typing import Final

from localcloud.engine.azure_native.row import Prop, Row

GROUP: Final = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
ACCOUNT: Final = GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}"
SCOPED: Final = "/{scope}/providers/Microsoft.Authorization/"

NAME: Final = {"name": Prop(top=True, output=True), "type": Prop(top=True, output=True)}
TRACKED: Final = {"location": Prop(top=True, replaces=True), "tags": Prop(top=True), **NAME}
IDENTITY: Final = Prop(
    top=True, read_only=frozenset({"principalId", "tenantId"}), ids=frozenset({"userAssignedIdentities"})
)
SYSTEM_DATA: Final = {"systemData": Prop(top=True, output=True)}


def _plain(*names: str) -> dict[str, Prop]:
    return {name: Prop() for name in names}


def _outputs(*names: str) -> dict[str, Prop]:
    return {name: Prop(output=True) for name in names}


RESOURCE_GROUP: Final = Row(
    type="resources:ResourceGroup",
    path=GROUP,
    api_version="2024-03-01",
    name="resourceGroupName",
    required=frozenset({"location"}),
    props={**TRACKED, "managedBy": Prop(top=True), "properties": Prop(top=True, output=True)},
)

STORAGE_ACCOUNT: Final = Row(
    type="storage:StorageAccount",
    path=ACCOUNT,
    api_version="2024-01-01",
    name="accountName",
    required=frozenset({"kind", "location", "sku"}),
    props={
        **TRACKED,
        "extendedLocation": Prop(top=True, replaces=True),
        "identity": IDENTITY,
        "kind": Prop(top=True),
        "sku": Prop(top=True, read_only=frozenset({"tier"})),
        "enableHttpsTrafficOnly": Prop(api="supportsHttpsTrafficOnly"),
        "enableNfsV3": Prop(api="isNfsV3Enabled", replaces=True),
        "isHnsEnabled": Prop(replaces=True),
        "encryption": Prop(
            names={
                "encryptionIdentity": "identity",
                "encryptionFederatedIdentityClientId": "federatedIdentityClientId",
                "encryptionUserAssignedIdentity": "userAssignedIdentity",
                "keyName": "keyname",
                "keyVaultProperties": "keyvaultproperties",
                "keyVaultUri": "keyvaulturi",
                "keyVersion": "keyversion",
            },
            read_only=frozenset(
                {
                    "currentVersionedKeyExpirationTimestamp",
                    "currentVersionedKeyIdentifier",
                    "lastEnabledTime",
                    "lastKeyRotationTimestamp",
                }
            ),
        ),
        "networkRuleSet": Prop(
            api="networkAcls", names={"iPAddressOrRange": "value", "virtualNetworkResourceId": "id"}
        ),
        **_plain(
            "accessTier",
            "allowBlobPublicAccess",
            "allowCrossTenantReplication",
            "allowSharedKeyAccess",
            "allowedCopyScope",
            "azureFilesIdentityBasedAuthentication",
            "customDomain",
            "defaultToOAuthAuthentication",
            "dnsEndpointType",
            "enableExtendedGroups",
            "immutableStorageWithVersioning",
            "isLocalUserEnabled",
            "isSftpEnabled",
            "keyPolicy",
            "largeFileSharesState",
            "minimumTlsVersion",
            "publicNetworkAccess",
            "routingPreference",
            "sasPolicy",
        ),
        **_outputs(
            "accountMigrationInProgress",
            "blobRestoreStatus",
            "creationTime",
            "failoverInProgress",
            "geoReplicationStats",
            "isSkuConversionBlocked",
            "keyCreationTime",
            "lastGeoFailoverTime",
            "primaryEndpoints",
            "primaryLocation",
            "privateEndpointConnections",
            "provisioningState",
            "secondaryEndpoints",
            "secondaryLocation",
            "statusOfPrimary",
            "statusOfSecondary",
            "storageAccountSkuConversionStatus",
        ),
    },
)

BLOB_CONTAINER: Final = Row(
    type="storage:BlobContainer",
    path=ACCOUNT + "/blobServices/default/containers/{containerName}",
    api_version="2024-01-01",
    name="containerName",
    props={
        **NAME,
        "etag": Prop(top=True, output=True),
        "immutableStorageWithVersioning": Prop(read_only=frozenset({"migrationState", "timeStamp"})),
        **_plain(
            "defaultEncryptionScope",
            "denyEncryptionScopeOverride",
            "enableNfsV3AllSquash",
            "enableNfsV3RootSquash",
            "metadata",
            "publicAccess",
        ),
        **_outputs(
            "deleted",
            "deletedTime",
            "hasImmutabilityPolicy",
            "hasLegalHold",
            "immutabilityPolicy",
            "lastModifiedTime",
            "leaseDuration",
            "leaseState",
            "leaseStatus",
            "legalHold",
            "remainingRetentionDays",
            "version",
        ),
    },
)

BLOB_SERVICE: Final = Row(
    type="storage:BlobServiceProperties",
    path=ACCOUNT + "/blobServices/{blobServicesName}",
    api_version="2024-01-01",
    name="blobServicesName",
    auto_name="copy",
    rest={"properties": {"cors": {"corsRules": []}, "deleteRetentionPolicy": {"enabled": False}}},
    props={
        **NAME,
        "sku": Prop(top=True, output=True),
        "restorePolicy": Prop(read_only=frozenset({"lastEnabledTime", "minRestoreTime"})),
        **_plain(
            "automaticSnapshotPolicyEnabled",
            "changeFeed",
            "containerDeleteRetentionPolicy",
            "cors",
            "defaultServiceVersion",
            "deleteRetentionPolicy",
            "isVersioningEnabled",
            "lastAccessTimeTrackingPolicy",
        ),
    },
)

FACTORY: Final = Row(
    type="datafactory:Factory",
    path=GROUP + "/providers/Microsoft.DataFactory/factories/{factoryName}",
    api_version="2018-06-01",
    name="factoryName",
    props={
        **TRACKED,
        **SYSTEM_DATA,
        "identity": IDENTITY,
        "eTag": Prop(top=True, output=True),
        **_plain(
            "encryption",
            "globalParameters",
            "publicNetworkAccess",
            "purviewConfiguration",
            "repoConfiguration",
        ),
        **_outputs("createTime", "provisioningState", "version"),
    },
)

ROLE_ASSIGNMENT: Final = Row(
    type="authorization:RoleAssignment",
    path=SCOPED + "roleAssignments/{roleAssignmentName}",
    api_version="2022-04-01",
    name="roleAssignmentName",
    auto_name="uuid",
    required=frozenset({"principalId", "roleDefinitionId"}),
    props={
        **NAME,
        **SYSTEM_DATA,
        "principalId": Prop(replaces=True),
        "principalType": Prop(replaces=True),
        "roleDefinitionId": Prop(replaces=True),
        "delegatedManagedIdentityResourceId": Prop(replaces=True),
        **_plain("condition", "conditionVersion", "description"),
        **_outputs("createdBy", "createdOn", "scope", "updatedBy", "updatedOn"),
    },
)


ROLE_DEFINITION: Final = Row(
    type="authorization:RoleDefinition",
    path=SCOPED + "roleDefinitions/{roleDefinitionId}",
    api_version="2022-05-01-preview",
    name="roleDefinitionId",
    auto_name="uuid",
    props={
        **NAME,
        **SYSTEM_DATA,
        "roleType": Prop(api="type"),
        **_plain("assignableScopes", "description", "permissions", "roleName"),
        **_outputs("createdBy", "createdOn", "updatedBy", "updatedOn"),
    },
)


def _lock(name: str, path: str) -> Row:
    return Row(
        type=f"authorization:{name}",
        path=path + "locks/{lockName}",
        api_version="2020-05-01",
        name="lockName",
        required=frozenset({"level"}),
        props={**NAME, **SYSTEM_DATA, **_plain("level", "notes", "owners")},
    )


ROWS: Final = {
    f"azure-native:{row.type}": row
    for row in (
        RESOURCE_GROUP,
        STORAGE_ACCOUNT,
        BLOB_CONTAINER,
        BLOB_SERVICE,
        FACTORY,
        ROLE_ASSIGNMENT,
        ROLE_DEFINITION,
        _lock("ManagementLockByScope", SCOPED),
        _lock("ManagementLockAtResourceGroupLevel", GROUP + "/providers/Microsoft.Authorization/"),
    )
}
