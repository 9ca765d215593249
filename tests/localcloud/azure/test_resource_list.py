"""The list of resources, with storage accounts in it, by the official SDK; and many clients at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import ResourceGroup

from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud, LocalServer

SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
ACCOUNT = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
ACCOUNTS = "Microsoft.Storage/storageAccounts"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def fill(cloud: LocalCloud, group: str, *accounts: str) -> None:
    scope = f"{SUBSCRIPTION}/resourceGroups/{group}"
    cloud.request("PUT", scope, {"location": "westeurope"})
    for name in accounts:
        body = {**ACCOUNT, "tags": {"mayfly-env": group}}
        made = cloud.request("PUT", f"{scope}/providers/{ACCOUNTS}/{name}", body, version="2024-01-01")
        assert made.status in (200, 201, 202), made.body


def test_by_group_type_and_tag(server: LocalServer, resources: ResourceManagementClient) -> None:
    fill(server, "qa-1", "one1", "two1")
    fill(server, "qa-2", "one2")
    listed = resources.resources
    assert [one.name for one in listed.list(top=1)] == ["one1", "two1", "one2"], "page by page"
    assert [one.name for one in listed.list_by_resource_group("QA-1")] == ["one1", "two1"]
    assert [one.name for one in listed.list(filter=f"resourceType eq '{ACCOUNTS.lower()}'")] == [
        "one1",
        "two1",
        "one2",
    ]
    assert list(listed.list(filter="resourceType eq 'Microsoft.DataFactory/factories'")) == []
    whole = next(iter(listed.list_by_resource_group("qa-1")))
    assert (whole.type, whole.location, whole.kind, whole.tags) == (
        ACCOUNTS, "westeurope", "StorageV2", {"mayfly-env": "qa-1"},
    )  # fmt: skip

    found = list(listed.list(filter="tagName eq 'MAYFLY-ENV' and tagValue eq 'qa-2'"))
    assert [(one.name, one.tags) for one in found] == [("one2", None)], "a filter by tag leaves out the tags"
    with pytest.raises(HttpResponseError, match="InvalidFilterInQueryString"):
        list(listed.list(filter=f"tagName eq 'mayfly-env' and resourceType eq '{ACCOUNTS}'"))
    with pytest.raises(HttpResponseError, match="ResourceGroupNotFound"):
        list(listed.list_by_resource_group("none"))


def test_a_list_shows_what_the_caller_may_read(cloud: LocalCloud) -> None:
    fill(cloud, "qa-1", "one1")
    fill(cloud, "qa-2", "one2")
    assert cloud.request("GET", f"{SUBSCRIPTION}/resources", as_="worker").status == 403
    cloud.assign("worker", READER, f"{SUBSCRIPTION}/resourceGroups/qa-2")
    listed = cloud.request("GET", f"{SUBSCRIPTION}/resources", as_="worker").body
    assert isinstance(listed, dict)
    assert [one["name"] for one in listed["value"]] == ["one2"]


def test_a_lock_inside_or_above_holds_the_group(cloud: LocalCloud) -> None:
    fill(cloud, "qa-1", "one1")
    group = f"{SUBSCRIPTION}/resourceGroups/qa-1"
    account = f"{group}/providers/{ACCOUNTS}/one1"
    lock = f"{account}/providers/Microsoft.Authorization/locks/keep"
    body = {"properties": {"level": "CanNotDelete"}}
    assert cloud.request("PUT", lock, body, version="2020-05-01").status == 201
    assert cloud.request("DELETE", group).status == 409
    assert cloud.request("DELETE", account, version="2024-01-01").status == 409
    assert cloud.request("DELETE", lock, version="2020-05-01").status == 200
    assert cloud.request("DELETE", group).status == 202
    assert cloud.request("GET", account, version="2024-01-01").status == 404


def test_ten_environments_at_once(server: LocalServer, resources: ResourceManagementClient) -> None:
    def life(number: int) -> list[str]:
        name = f"qa-{number}"
        resources.resource_groups.create_or_update(name, ResourceGroup(location="westeurope"))
        fill(server, name, f"account{number}x", f"account{number}y")
        seen = [str(one.name) for one in resources.resources.list_by_resource_group(name)]
        resources.resource_groups.begin_delete(name).result(timeout=60)
        return seen

    with ThreadPoolExecutor(10) as pool:
        lives = list(pool.map(life, range(10)))
    assert lives == [[f"account{number}x", f"account{number}y"] for number in range(10)]
    assert list(resources.resource_groups.list()) == []
    assert list(resources.resources.list()) == []
