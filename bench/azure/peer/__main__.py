"""What a team would write without the project: one file, plain resources, names from the stack's.

It makes what `mayfly up` makes, and no more: no settings, no checks beforehand, no tags that tell a teardown
anything. Only the documents go through the project's FactoryContent, since azure-native's own classes drop
what they do not model.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pulumi
from pulumi_azure_native import Provider, authorization, datafactory, resources, storage

from mayfly.provider.sdk import FactoryContent

NONPRODUCTION = "6d617966-6c79-4000-8000-0000000000b0"
PRODUCTION = "6d617966-6c79-4000-8000-0000000000a0"
LAKE = f"/subscriptions/{PRODUCTION}/resourceGroups/flights-lake/providers/Microsoft.Storage"
CONTAINER = f"{LAKE}/storageAccounts/flightslake/blobServices/default/containers/flights"
READER, WRITER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
FACTORY = Path(__file__).parents[3] / "examples/flights/factory"

stack = pulumi.get_stack()
tags = {"stack": stack}
azure = pulumi.ResourceOptions(provider=Provider("azure", subscription_id=NONPRODUCTION))


def assign(name: str, scope: pulumi.Input[str], role: str, principal: pulumi.Input[str]) -> pulumi.Resource:
    scope = pulumi.Output.from_input(scope)
    return authorization.RoleAssignment(
        name,
        scope=scope,
        role_assignment_name=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{stack}/{name}")),
        role_definition_id=scope.apply(
            lambda id: (
                f"/subscriptions/{id.split('/')[2]}/providers/Microsoft.Authorization/roleDefinitions/{role}"
            )
        ),
        principal_id=principal,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        opts=azure,
    )


def blob_storage(name: str, endpoint: str) -> str:
    properties = {
        "type": "AzureBlobStorage",
        "typeProperties": {"serviceEndpoint": endpoint, "accountKind": "StorageV2"},
    }
    return json.dumps({"name": name, "properties": properties})


group = resources.ResourceGroup(
    "group", resource_group_name=f"{stack}-flights", location="westeurope", tags=tags, opts=azure
)
account = storage.StorageAccount(
    "account",
    resource_group_name=group.name,
    account_name=f"{stack.replace('-', '')}flights",
    location="westeurope",
    kind=storage.Kind.STORAGE_V2,
    sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
    is_hns_enabled=True,
    minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
    enable_https_traffic_only=True,
    allow_blob_public_access=False,
    allow_shared_key_access=False,
    default_to_o_auth_authentication=True,
    tags=tags,
    opts=azure,
)
container = storage.BlobContainer(
    "container",
    resource_group_name=group.name,
    account_name=account.name,
    container_name="curated",
    opts=azure,
)
factory = datafactory.Factory(
    "factory",
    resource_group_name=group.name,
    factory_name=f"{stack}-flights",
    location="westeurope",
    identity=datafactory.FactoryIdentityArgs(type=datafactory.FactoryIdentityType.SYSTEM_ASSIGNED),
    global_parameters={"year": datafactory.GlobalParameterSpecificationArgs(type="Int", value=2013)},
    tags=tags,
    opts=azure,
)
principal = factory.identity.apply(lambda identity: identity.principal_id if identity else "")
writes = assign("writes", account.id, WRITER, principal)
reads = assign("reads", CONTAINER, READER, principal)
lake = storage.get_storage_account_output(
    account_name="flightslake", resource_group_name="flights-lake",
    opts=pulumi.InvokeOutputOptions(provider=Provider("production", subscription_id=PRODUCTION)),
)  # fmt: skip
documents: dict[str, pulumi.Input[str]] = {
    f"{path.parent.name}/{path.stem}": path.read_text() for path in sorted(FACTORY.glob("*/*.json"))
}
documents["linkedService/lake"] = lake.primary_endpoints.apply(lambda found: blob_storage("lake", found.blob))
documents["linkedService/curated"] = account.primary_endpoints.apply(
    lambda found: blob_storage("curated", found.blob)
)
FactoryContent(
    "content",
    factory_id=factory.id,
    documents=documents,
    opts=pulumi.ResourceOptions(depends_on=[container, writes, reads]),
)
pulumi.export("factory", factory.name)
pulumi.export("blob_endpoint", account.primary_endpoints.apply(lambda found: found.blob))
