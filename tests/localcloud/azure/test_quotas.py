"""How much a subscription may have: told, and refused beyond."""

from __future__ import annotations

from localcloud.azure import admin
from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.core.quotas import Quota
from tests.support.azure_in_process import LocalCloud

OWN = f"/subscriptions/{NONPRODUCTION}"
GROUP = f"{OWN}/resourceGroups/g"
HERE = {"location": "westeurope"}
METRICS = f"{OWN}/providers/Microsoft.Authorization/roleAssignmentsUsageMetrics"
PREVIEW = "2019-08-01-preview"
USAGES = f"{OWN}/providers/Microsoft.Storage/locations/westeurope/usages"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def account(cloud: LocalCloud, name: str, location: str = "westeurope") -> tuple[int, str]:
    path = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}"
    body = {"location": location, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    reply = cloud.request("PUT", path, body, version="2024-01-01")
    assert isinstance(reply.body, dict)
    return reply.status, reply.body.get("error", {}).get("code", "")


def test_one_resource_group_too_many_is_refused_and_another_put_of_one_is_not(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, HERE)
    admin.change_quota(cloud.cloud.folder, Quota.GROUPS, 1)
    reply = cloud.request("PUT", f"{GROUP}2", HERE)
    assert isinstance(reply.body, dict)
    assert (reply.status, reply.body["error"]["code"]) == (409, "ResourceGroupQuotaExceeded")
    assert cloud.request("PUT", GROUP, HERE).status == 200


def test_accounts_are_counted_by_region(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, HERE)
    admin.change_quota(cloud.cloud.folder, Quota.ACCOUNTS, 1)
    assert account(cloud, "first") == (200, "")
    assert account(cloud, "second") == (409, "MaxStorageAccountsCountPerSubscriptionExceeded")
    assert account(cloud, "first") == (200, "")
    assert account(cloud, "elsewhere", "northeurope") == (200, "")
    (usage,) = cloud.request("GET", USAGES, version="2024-01-01").body["value"]  # type: ignore[index, call-overload]
    assert (usage["name"]["value"], usage["currentValue"], usage["limit"]) == ("StorageAccounts", 1, 1)
    nowhere = cloud.request("GET", USAGES.replace("westeurope", "atlantis"), version="2024-01-01")
    assert nowhere.status == 400


def test_role_assignments_are_counted_at_every_scope_below_a_subscription(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, HERE)
    before = cloud.request("GET", METRICS, version=PREVIEW).body
    cloud.assign("deployer", READER, GROUP)
    after = cloud.request("GET", METRICS, version=PREVIEW).body
    assert isinstance(before, dict)
    assert after == {
        "subscriptionId": NONPRODUCTION,
        "roleAssignmentsLimit": 4000,
        "roleAssignmentsCurrentCount": before["roleAssignmentsCurrentCount"] + 1,
        "roleAssignmentsRemainingCount": before["roleAssignmentsRemainingCount"] - 1,
    }


def test_the_numbers_of_a_subscription_take_a_role_in_it(cloud: LocalCloud) -> None:
    for path, version in ((METRICS, PREVIEW), (USAGES, "2024-01-01")):
        assert cloud.request("GET", path, as_="deployer", version=version).status == 403
