"""Management locks, by the official SDK, and what they stop."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.locks.models import ManagementLockObject
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import ResourceGroup

from localcloud.azure.core.call import Reply
from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud

SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/qa-1"
BODY = {"location": "westeurope"}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def code(reply: Reply) -> str:
    assert isinstance(reply.body, dict), reply
    return str(reply.body["error"]["code"])


def lock(cloud: LocalCloud, scope: str, level: str, *, as_: str = "owner") -> Reply:
    path = f"{scope}/providers/Microsoft.Authorization/locks/keep"
    return cloud.request("PUT", path, {"properties": {"level": level}}, as_=as_, version="2020-05-01")


def test_life(resources: ResourceManagementClient, locks: ManagementLockClient) -> None:
    resources.resource_groups.create_or_update("qa-1", ResourceGroup(location="westeurope"))
    kept = locks.management_locks
    made = kept.create_or_update_at_resource_group_level(
        "qa-1", "keep", ManagementLockObject(level="CanNotDelete", notes="production")
    )
    assert (made.name, made.level, made.notes) == ("keep", "CanNotDelete", "production")
    assert [found.id for found in kept.list_at_subscription_level()] == [made.id]
    assert [found.id for found in kept.list_at_resource_group_level("qa-1", filter="atScope()")] == [made.id]
    with pytest.raises(ResourceExistsError, match="ScopeLocked"):
        resources.resource_groups.begin_delete("qa-1")
    kept.delete_at_resource_group_level("qa-1", "keep")
    with pytest.raises(ResourceNotFoundError, match="LockNotFound"):
        kept.get_at_resource_group_level("qa-1", "keep")
    resources.resource_groups.begin_delete("qa-1").result(timeout=20)


def test_a_bad_level(locks: ManagementLockClient) -> None:
    with pytest.raises(HttpResponseError, match="InvalidLockLevel"):
        locks.management_locks.create_or_update_at_subscription_level(
            "k", ManagementLockObject(level="NotSpecified")
        )


def test_a_lock_above_lets_a_grant_be_made_but_not_removed(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, BODY)
    assert lock(cloud, SUBSCRIPTION, "CanNotDelete").status == 201
    made = cloud.assign("factory", READER, GROUP).body
    assert isinstance(made, dict)
    refused = cloud.request("DELETE", made["id"], version="2022-04-01")
    assert (refused.status, code(refused)) == (409, "ScopeLocked")
    assert SUBSCRIPTION in str(refused.body)
    cloud.request(
        "DELETE", f"{SUBSCRIPTION}/providers/Microsoft.Authorization/locks/keep", version="2020-05-01"
    )
    assert cloud.request("DELETE", made["id"], version="2022-04-01").status == 200


def test_read_only(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, BODY)
    lock(cloud, GROUP, "ReadOnly")
    for method in ("PUT", "PATCH", "DELETE"):
        refused = cloud.request(method, GROUP, BODY)
        assert (refused.status, code(refused)) == (409, "ScopeLocked"), method
    tags = f"{GROUP}/providers/Microsoft.Resources/tags/default"
    assert cloud.request("PUT", tags, {"properties": {"tags": {}}}).status == 409
    assert cloud.request("GET", GROUP).status == 200
    assert lock(cloud, GROUP, "CanNotDelete").status == 200, "a lock does not keep itself"
    assert cloud.request("PUT", GROUP, BODY).status == 200
    assert cloud.request("DELETE", GROUP).status == 409


def test_a_lock_stops_its_own_branch_alone(cloud: LocalCloud) -> None:
    for name in ("qa-1", "qa-10"):
        cloud.request("PUT", f"{SUBSCRIPTION}/resourceGroups/{name}", BODY)
    lock(cloud, GROUP, "CanNotDelete")
    assert cloud.request("DELETE", f"{GROUP}0").status == 202
    assert cloud.request("DELETE", GROUP).status == 409


def test_contributors_set_no_locks(cloud: LocalCloud) -> None:
    cloud.assign("deployer", "b24988ac-6180-42a0-ab88-20f7382dd24c", SUBSCRIPTION)
    assert lock(cloud, SUBSCRIPTION, "ReadOnly", as_="deployer").status == 403
    assert lock(cloud, SUBSCRIPTION, "ReadOnly").status == 201
