"""The ids of what an environment is made of, and the state that a killed `up` left."""

from __future__ import annotations

from typing import Any

from localcloud.azure.core.ids import NONPRODUCTION
from mayfly.engine import recovery_azure
from mayfly.engine.recovery import adopted
from tests.teardown.world import ACCOUNT, CONTAINER, FACTORY, GROUP, OURS, World


def pending(urn: str, type: str, **inputs: Any) -> dict[str, Any]:
    return {"resource": {"urn": urn, "custom": True, "type": type, "inputs": inputs}, "type": "creating"}


def state(*operations: dict[str, Any], resources: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": [*resources], "pending_operations": [*operations]}}


def test_ids_are_the_clouds_own(world: World) -> None:
    principal = world.build()
    world.owner.put(f"{ACCOUNT}/blobServices/default/containers/curated", {"properties": {}}, wait=False)
    grant = next(
        item["name"]
        for item in world.owner.list(f"{CONTAINER}/providers/Microsoft.Authorization/roleAssignments")
        if item["properties"]["principalId"] == principal
    )
    group, account = {"resourceGroupName": GROUP.rsplit("/", 1)[-1]}, {"accountName": "qa7flights"}
    operations = [
        pending("1", "azure-native:resources:ResourceGroup", **group),
        pending("2", "azure-native:storage:StorageAccount", **group, **account),
        pending("3", "azure-native:storage:BlobContainer", **group, **account, containerName="curated"),
        pending("4", "azure-native:datafactory:Factory", **group, factoryName=FACTORY.rsplit("/", 1)[-1]),
        pending("5", "azure-native:authorization:RoleAssignment", scope=CONTAINER, roleAssignmentName=grant),
    ]
    assert {operation["resource"]["type"] for operation in operations} == set(recovery_azure.IDS)
    found = adopted(state(*operations), recovery_azure.finder(world.deployer, NONPRODUCTION))["deployment"]
    assert [resource["urn"] for resource in found["resources"]] == ["1", "2", "3", "4", "5"]
    assert found["pending_operations"] == []
    assert all(world.owner.get(resource["id"]) for resource in found["resources"])


def test_what_was_not_made_after_all_and_what_can_be_made_again_is_dropped(world: World) -> None:
    operations = [
        pending("1", "azure-native:resources:ResourceGroup", resourceGroupName="absent"),
        pending("2", "mayfly:azure:FactoryContent", factoryId="x"),
        pending("3", "azure-native:storage:StorageAccount", resourceGroupName="of-no-name-yet"),
    ]
    assert adopted(state(*operations), recovery_azure.finder(world.deployer, NONPRODUCTION))[
        "deployment"
    ] == {
        "resources": [],
        "pending_operations": [],
    }


def test_what_others_made_meanwhile_is_not_taken_up(world: World) -> None:
    """A state that named it would have it destroyed."""
    world.build(tags={"owner": "somebody"})
    group = {"resourceGroupName": GROUP.rsplit("/", 1)[-1], "tags": OURS}
    operation = pending("1", "azure-native:resources:ResourceGroup", **group)
    found = adopted(state(operation), recovery_azure.finder(world.deployer, NONPRODUCTION))["deployment"]
    assert found["resources"] == []


def test_what_the_state_has_already_is_not_added_twice(world: World) -> None:
    world.build()
    operation = pending("1", "azure-native:resources:ResourceGroup", resourceGroupName="qa-7-flights")
    known = {"urn": "1", "id": GROUP}
    found = adopted(
        state(operation, resources=(known,)), recovery_azure.finder(world.deployer, NONPRODUCTION)
    )
    assert found["deployment"]["resources"] == [known]
