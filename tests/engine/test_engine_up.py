"""Programs with real azure-native classes, run by the real CLI against the provider server."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from localcloud.engine.azure_native.table import ROWS

if TYPE_CHECKING:
    from tests.engine.conftest import FakeArm, Workspace

GROUP = "/subscriptions/00000000-0000-4000-8000-000000000007/resourceGroups/qa-1"
ACCOUNT = GROUP + "/providers/Microsoft.Storage/storageAccounts/qa1lake"
CONTAINER = ACCOUNT + "/blobServices/default/containers/curated"
FACTORY = GROUP + "/providers/Microsoft.DataFactory/factories/qa-1-flights"

PROGRAM = """
import pulumi
from pulumi_azure_native import authorization, datafactory, resources, storage

config = pulumi.Config()
group = resources.ResourceGroup(
    "group", resource_group_name="qa-1", location=config.get("location") or "westeurope",
    tags={"who": config.get("who") or "me", "secret": pulumi.Output.secret("geheim")},
)
account = storage.StorageAccount(
    "account", resource_group_name=group.name, account_name="qa1lake", kind="StorageV2",
    sku={"name": "Standard_LRS"}, is_hns_enabled=True, enable_https_traffic_only=True,
)
container = storage.BlobContainer(
    "container", resource_group_name=group.name, account_name=account.name, container_name="curated"
)
factory = datafactory.Factory(
    "factory", resource_group_name=group.name, factory_name="qa-1-flights",
    identity={"type": "SystemAssigned"}, global_parameters={"year": {"type": "Int", "value": 2013}},
)
grant = authorization.RoleAssignment(
    "grant", scope=container.id,
    principal_id=factory.identity.principal_id, principal_type="ServicePrincipal",
    role_definition_id="/providers/Microsoft.Authorization/roleDefinitions/reader",
)
pulumi.export("principal", factory.identity.principal_id)
pulumi.export("year", factory.global_parameters["year"].value)
"""

ONE_GROUP = """
import pulumi
from pulumi_azure_native import resources

group = resources.ResourceGroup("group", resource_group_name="qa-1", location="westeurope"{more})
"""


def test_up_no_change_and_destroy(project: Workspace, arm: FakeArm) -> None:
    project.write("__main__.py", PROGRAM)
    preview = project.pulumi("preview", "--diff")
    assert arm.requests == []
    assert "    principal: [unknown]" in preview
    assert "    year     : 2013" in preview
    project.up()
    assert [path for method, path in arm.writes() if path in (GROUP, ACCOUNT, CONTAINER)] == [
        GROUP,
        ACCOUNT,
        CONTAINER,
    ]
    versions = {(method, path): version for method, path, version in arm.requests}
    assert versions["PUT", GROUP] == "2024-03-01"
    assert versions["PUT", ACCOUNT] == "2024-01-01"
    assert versions["PUT", FACTORY] == "2018-06-01"
    principal = str(uuid.uuid5(uuid.NAMESPACE_URL, FACTORY))
    assert project.outputs() == {"principal": principal, "year": 2013}
    sent = next(body for body in arm.bodies if body.get("kind"))
    assert sent["location"] == "westeurope"  # that of the group, since the program names none
    assert sent["properties"] == {"isHnsEnabled": True, "supportsHttpsTrafficOnly": True}
    arm.requests.clear()
    assert "6 unchanged" in project.up("--expect-no-changes")
    assert arm.requests == []
    assert "geheim" not in project.state()
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert [path for method, path in arm.writes() if method == "DELETE"][-1] == GROUP
    assert arm.requests[-2:] == [("GET", "/operations/1", ""), ("GET", "/operations/1", "")]
    assert arm.resources == {}


def test_a_resource_is_imported_changed_drifts_and_is_replaced(project: Workspace, arm: FakeArm) -> None:
    """What exists is not taken over unless it is imported; one name cannot be borne twice."""
    arm.resources[GROUP.lower()] = {
        "id": GROUP, "name": "qa-1", "type": "Microsoft.Resources/resourceGroups", "location": "westeurope",
        "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip
    project.write("__main__.py", ONE_GROUP.format(more=""))
    refused = project.try_pulumi("up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert f"cannot create already existing resource '{GROUP}'" in refused.stdout
    project.write("__main__.py", ONE_GROUP.format(more=f", opts=pulumi.ResourceOptions(import_={GROUP!r})"))
    assert "1 imported" in project.up()
    assert project.resource("group")["id"] == GROUP
    project.write("__main__.py", ONE_GROUP.format(more=""))
    assert "2 unchanged" in project.up("--expect-no-changes")
    assert arm.writes() == []

    project.write("__main__.py", ONE_GROUP.format(more=", tags={'a': pulumi.Config().get('tag') or 'b'}"))
    project.up()
    arm.resources[GROUP.lower()]["tags"] = {"a": "changed"}
    assert "[diff: ~tags]" in project.pulumi("refresh", "--yes", "--skip-preview")
    assert project.resource("group")["inputs"]["tags"] == {"a": "changed"}
    arm.requests.clear()
    project.pulumi("config", "set", "tag", "c")
    preview = project.pulumi("preview", "--diff")
    assert '~ a: "changed" => "c"' in preview
    assert "1 to update" in preview
    project.up()
    assert arm.writes() == [("PUT", GROUP)]

    arm.requests.clear()
    project.write("__main__.py", ONE_GROUP.format(more="").replace("westeurope", "northeurope"))
    assert "1 to replace" in project.pulumi("preview")
    project.up()
    assert arm.writes() == [("DELETE", GROUP), ("PUT", GROUP)]
    arm.resources.clear()
    assert "1 deleted" in project.pulumi("refresh", "--yes", "--skip-preview")


OTHER = "11111111-1111-4111-8111-111111111111"


def test_look_ups_made_up_names_and_a_provider_of_its_own(project: Workspace, arm: FakeArm) -> None:
    """What is there is read and not written; a provider pins subscription, location and principal."""
    arm.resources[GROUP.lower()] = {"id": GROUP, "name": "qa-1", "location": "westeurope", "properties": {}}
    arm.resources[ACCOUNT.lower()] = {
        "id": ACCOUNT, "name": "qa1lake", "kind": "StorageV2",
        "properties": {"supportsHttpsTrafficOnly": True},
    }  # fmt: skip
    project.write(
        "__main__.py",
        f"""
        import pulumi, pulumi_azure_native
        from pulumi_azure_native import authorization, resources, storage
        here = authorization.get_client_config()
        account = storage.get_storage_account(account_name="qa1lake", resource_group_name="qa-1")
        pulumi.export("caller", [here.client_id, here.object_id, here.subscription_id])
        pulumi.export("account", [account.id, account.enable_https_traffic_only])
        pulumi.export("found", resources.ResourceGroup.get("found", {GROUP!r}).location)

        group = resources.ResourceGroup("team", location="westeurope")
        authorization.ManagementLockByScope("lock", scope=group.id, level="CanNotDelete")
        role = authorization.RoleAssignment(
            "role", scope=group.id, principal_id="p", principal_type="User", role_definition_id="reader"
        )
        pulumi.export("group", group.name)
        pulumi.export("role", role.name)

        there = pulumi_azure_native.Provider(
            "there", subscription_id={OTHER!r}, location="northeurope",
            client_id="other", client_secret="shh", tenant_id="t",
        )
        opts = pulumi.ResourceOptions(provider=there)
        resources.ResourceGroup("one", resource_group_name="one", opts=opts)
        resources.ResourceGroup("two", resource_group_name="two", location="westeurope")
        invoked = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(provider=there))
        pulumi.export("other", invoked.client_id)
        """,
    )
    project.up()
    subscription = GROUP.split("/")[2]
    made = project.outputs()
    group, role = made.pop("group"), made.pop("role")
    assert made == {
        "caller": ["client", "the-object", subscription],
        "account": [ACCOUNT, True],
        "found": "westeurope",
        "other": "other",
    }
    assert group.startswith("team")
    assert len(group) == len("team") + 8
    assert str(uuid.UUID(role)) == role
    theirs = f"/subscriptions/{OTHER}/resourceGroups/one"
    groups = sorted(path for _, path in arm.writes() if path.count("/") == 4)
    assert groups == [
        f"/subscriptions/{subscription}/resourceGroups/{group}",
        f"/subscriptions/{subscription}/resourceGroups/two",
        theirs,
    ]
    assert len(arm.writes()) == len(groups) + 2  # the lock and the role
    assert arm.resources[theirs.lower()]["location"] == "northeurope"
    assert "shh" not in project.state()
    assert "unchanged" in project.up("--expect-no-changes")
    assert project.outputs() == {**made, "group": group, "role": role}


def test_what_is_refused_and_what_was_half_made(project: Workspace, arm: FakeArm) -> None:
    """The cloud's own words are shown; what was half made stays in the state."""
    project.write("__main__.py", ONE_GROUP.format(more=""))
    arm.fail_puts.add("qa-1")
    refused = project.try_pulumi("up", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert 'Status=403 Code="AuthorizationFailed" Message="not you"' in refused.stdout
    assert project.resources()[-1]["type"] != "azure-native:resources:ResourceGroup"
    arm.slow_puts.add("qa-1")
    failed = project.try_pulumi("up", "--yes", "--skip-preview")
    assert failed.returncode != 0
    assert 'Code="Broken" Message="half way"' in failed.stdout
    assert project.resource("group")["id"] == GROUP
    arm.fail_puts.clear()
    arm.slow_puts.clear()
    project.up()
    assert project.resource("group").get("initErrors") is None
    arm.requests.clear()
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert arm.writes() == [("DELETE", GROUP)]


def test_what_is_told_before_anything_is_made(project: Workspace) -> None:
    """A type that is not in the table, by its name; a missing location, with how to set it."""
    assert "azure-native:network:VirtualNetwork" not in ROWS
    project.write(
        "__main__.py",
        """
        from pulumi_azure_native import network
        network.VirtualNetwork("net", resource_group_name="qa-1")
        """,
    )
    refused = project.try_pulumi("preview")
    assert refused.returncode != 0
    assert "does not know the resource type azure-native:network:VirtualNetwork" in refused.stdout
    project.write(
        "__main__.py",
        """
        from pulumi_azure_native import resources
        resources.ResourceGroup("group", resource_group_name="qa-1")
        """,
    )
    refused = project.try_pulumi("preview")
    assert "missing required property 'location'. Either set it explicitly or configure it" in refused.stdout
    project.pulumi("config", "set", "azure-native:location", "westeurope")
    project.pulumi("preview")
