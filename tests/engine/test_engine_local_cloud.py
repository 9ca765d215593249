"""The same program on the real local cloud, in the server process that users start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import localcloud

if TYPE_CHECKING:
    from tests.engine.conftest import Workspace

PROGRAM = """
import pulumi
from pulumi_azure_native import authorization, datafactory, resources, storage

inside = lambda: pulumi.ResourceOptions(deleted_with=group)
group = resources.ResourceGroup("group", resource_group_name="qa-1", location="westeurope", tags={"a": "b"})
account = storage.StorageAccount(
    "account", resource_group_name=group.name, account_name="qa1lake", kind="StorageV2",
    sku={"name": "Standard_LRS"}, is_hns_enabled=True, allow_shared_key_access=False, opts=inside(),
)
service = storage.BlobServiceProperties(
    "service", resource_group_name=group.name, account_name=account.name, blob_services_name="default",
    delete_retention_policy={"enabled": False}, opts=inside(),
)
container = storage.BlobContainer(
    "container", resource_group_name=group.name, account_name=account.name, container_name="curated",
    opts=inside(),
)
factory = datafactory.Factory(
    "factory", resource_group_name=group.name, factory_name="qa-1-flights",
    identity={"type": "SystemAssigned"}, global_parameters={"year": {"type": "Int", "value": 2013}},
    opts=inside(),
)
grant = authorization.RoleAssignment(
    "grant", scope=container.id, principal_id=factory.identity.principal_id,
    principal_type="ServicePrincipal", description="mayfly:qa-1",
    role_definition_id=container.id.apply(
        lambda id: f"/subscriptions/{id.split('/')[2]}/providers/Microsoft.Authorization/roleDefinitions/"
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    ),
)
pulumi.export("principal", factory.identity.principal_id)
pulumi.export("blob", account.primary_endpoints.blob)
"""


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[localcloud.Running]:
    monkeypatch.setenv("MAYFLY_LOCAL_DELETE_SECONDS", "1")
    folder = tmp_path / "azure"
    localcloud.start(folder)
    yield localcloud.serve_owner(folder)
    localcloud.stop(folder)


def test_a_whole_life_on_the_local_cloud(plain: Workspace, cloud: localcloud.Running) -> None:
    plain.warm().environ["PULUMI_DEBUG_PROVIDERS"] = f"azure-native:{cloud.engines['owner']}"
    plain.write("__main__.py", PROGRAM)
    plain.pulumi("preview")
    plain.up()
    assert plain.outputs()["blob"] == f"{cloud.blob_url}/qa1lake/"
    assert "7 unchanged" in plain.up("--expect-no-changes")
    assert "7 unchanged" in plain.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    before = localcloud.log(cloud.folder)
    plain.pulumi("destroy", "--yes", "--skip-preview")
    asked = [
        entry
        for entry in localcloud.log(cloud.folder, before.offset).entries
        if entry["principal"] == "owner"
    ]
    deleted = [entry["path"].rsplit("/", 2)[-2] for entry in asked if entry["method"] == "DELETE"]
    assert deleted == ["roleAssignments", "resourceGroups"]
    assert plain.resources() == []


def test_a_principal_without_a_role_is_refused(plain: Workspace, cloud: localcloud.Running) -> None:
    plain.warm().environ["PULUMI_DEBUG_PROVIDERS"] = f"azure-native:{cloud.engines['deployer']}"
    plain.write("__main__.py", PROGRAM)
    refused = plain.try_pulumi("up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert 'Status=403 Code="AuthorizationFailed"' in refused.stdout
