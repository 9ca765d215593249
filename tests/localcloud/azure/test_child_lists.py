"""Lists inside a resource: all of it or 403; lists of resources leave out what may not be read."""

from __future__ import annotations

from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud

STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
GROUP = f"/subscriptions/{NONPRODUCTION}/resourceGroups/any"
ACCOUNTS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
CONTAINERS = f"{ACCOUNTS}/anylake/blobServices/default/containers"
STORAGE = "2024-01-01"


def test_a_role_on_one_container_does_not_list_them(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, {"location": "westeurope"})
    account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    assert cloud.request("PUT", f"{ACCOUNTS}/anylake", account, version=STORAGE).status == 200
    for name in ("one", "two"):
        assert cloud.request("PUT", f"{CONTAINERS}/{name}", {}, version=STORAGE).status == 201
    cloud.assign("reader", STORAGE_BLOB_DATA_READER, f"{CONTAINERS}/one")
    assert cloud.request("GET", f"{CONTAINERS}/one", as_="reader", version=STORAGE).status == 200
    assert cloud.request("GET", CONTAINERS, as_="reader", version=STORAGE).status == 403
    assert cloud.request("GET", CONTAINERS, version=STORAGE).status == 200
    accounts = cloud.request("GET", ACCOUNTS, as_="reader", version=STORAGE)
    assert (accounts.status, accounts.body) == (200, {"value": []})


def test_nobody_learns_from_a_list_what_there_is(cloud: LocalCloud) -> None:
    for path in (f"{CONTAINERS}", f"{ACCOUNTS}"):
        assert cloud.request("GET", path, as_="nobody", version=STORAGE).status == 403
        assert cloud.request("GET", path, version=STORAGE).status == 404
