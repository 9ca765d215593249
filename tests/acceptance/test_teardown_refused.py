"""What no teardown touches: production, groups that are not ours, what is locked, what others put there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.mgmt.resource.locks.models import ManagementLockObject

from tests.support.azure_sdk import Sdk
from tests.support.checkout import Checkout, Finished
from tests.support.local_cloud import REGION, local_cloud
from tests.support.request_log import RequestLog
from tests.support.traces import inventory, still_there, traces

NOT_ALLOWED = 3


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout with a cloud of its own: production is deployed into it."""
    with local_cloud(tmp_path_factory.mktemp("refused")) as made:
        yield made


@pytest.fixture(scope="module")
def production(checkout: Checkout, owners: list[Sdk]) -> list[Any]:
    """Production, deployed by its owner, as the cloud has it."""
    checkout.run("mayfly", "up", "prod", principal="owner").ok()
    return snapshot(owners[0])


def snapshot(owner: Sdk) -> list[Any]:
    """All that a subscription holds, with what a change would change."""
    resources = [
        found.as_dict()
        for group in owner.resources.resource_groups.list()
        for found in owner.resources.resources.list_by_resource_group(str(group.name))
    ]
    (factory,) = owner.factories.factories.list()
    group = str(factory.id).split("/")[4]
    client = owner.factories
    kinds: tuple[Any, ...] = (client.pipelines, client.datasets, client.linked_services, client.triggers)
    documents = [
        (found.id, found.etag) for kind in kinds for found in kind.list_by_factory(group, factory.name)
    ]
    grants = [grant.id for grant in owner.authorization.role_assignments.list_for_subscription()]
    assert resources
    assert documents
    return [resources, documents, sorted(map(str, grants))]


def refused(done: Finished, *words: str) -> None:
    """It ended with "not allowed", and says why in one plain message."""
    assert done.code == NOT_ALLOWED, done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("principal", ["deployer", "owner"])
def test_down_refuses_production_to_anybody(
    production: list[Any], checkout: Checkout, owners: list[Sdk], log: RequestLog, principal: str
) -> None:
    refused(checkout.run("mayfly", "down", "prod", principal=principal), "prod is permanent")
    assert log.entries() == []
    assert snapshot(owners[0]) == production


def test_a_destroy_of_production_is_refused_to_its_owner(
    production: list[Any], checkout: Checkout, owners: list[Sdk], log: RequestLog
) -> None:
    done = checkout.run("pulumi", "destroy", "--stack", "prod", "--yes", principal="owner")
    assert done.code != 0
    assert "protect" in done.stdout + done.stderr
    assert log.entries(method="DELETE") == []
    assert snapshot(owners[0]) == production


def test_a_group_without_our_marker_is_left_alone(
    checkout: Checkout, owners: list[Sdk], log: RequestLog
) -> None:
    owners[1].resources.resource_groups.create_or_update("qa-1-flights", {"location": REGION})
    refused(checkout.run("mayfly", "down", "qa-1"), "qa-1-flights", "no marker")
    assert log.entries(method="DELETE") == []
    assert owners[1].resources.resource_groups.check_existence("qa-1-flights")
    up = checkout.run("mayfly", "up", "qa-1")
    assert up.code == 2
    assert "marker" in up.stderr


@pytest.fixture(scope="module")
def outputs(checkout: Checkout) -> dict[str, Any]:
    """An environment of ours, qa-2."""
    made: dict[str, Any] = checkout.run("mayfly", "up", "qa-2", "--json").ok().json()["outputs"]
    return made


def test_a_locked_group_is_left_alone(
    outputs: dict[str, Any], checkout: Checkout, owners: list[Sdk], log: RequestLog
) -> None:
    locks = owners[1].locks.management_locks
    keep = ManagementLockObject(level="CanNotDelete")
    locks.create_or_update_at_resource_group_level(outputs["resource_group"], "audit", keep)
    before = inventory(owners, outputs)
    try:
        refused(checkout.run("mayfly", "down", "qa-2"), "CanNotDelete", "'audit'", "remove the lock first")
    finally:
        locks.delete_at_resource_group_level(outputs["resource_group"], "audit")
    assert [entry["principal"] for entry in log.entries(method="DELETE")] == ["owner"]
    assert inventory(owners, outputs) == before


def test_what_others_put_into_the_group_stops_it_and_going_on_has_to_be_asked_for(
    outputs: dict[str, Any], checkout: Checkout, owners: list[Sdk], log: RequestLog
) -> None:
    """The last of qa-2: with the foreign resource allowed to go, all goes."""
    parameters: Any = {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    group = outputs["resource_group"]
    owners[1].storage.storage_accounts.begin_create(group, "somebodyelses", parameters).result()
    before = inventory(owners, outputs)
    refused(checkout.run("mayfly", "down", "qa-2"), "somebodyelses is not ours", "--include-foreign")
    assert log.entries(method="DELETE") == []
    assert inventory(owners, outputs) == before
    checkout.run("mayfly", "down", "qa-2", "--include-foreign").ok()
    assert still_there(owners[0], before) == []
    assert traces(owners, "qa-2", outputs["principal_id"]) == []
