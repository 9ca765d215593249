"""Storage accounts and containers through azure-mgmt-storage."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.storage import models

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from tests.localcloud.azure.storage.conftest import ACCOUNT, GROUP, Azure, code

RG = "storage-tests"


def create(azure: Azure, name: str, **properties: object) -> models.StorageAccount:
    body = {**ACCOUNT, "tags": {"a": "1"}, "properties": properties}
    return azure.storage().storage_accounts.begin_create(RG, name, body).result()  # type: ignore[call-overload, no-any-return]


def test_a_new_account_has_the_clouds_defaults(azure: Azure) -> None:
    made = create(
        azure, "defaults1", isHnsEnabled=True, minimumTlsVersion="TLS1_2", allowSharedKeyAccess=False
    )
    read = azure.storage().storage_accounts.get_properties(RG, "defaults1")
    assert made.as_dict() == read.as_dict()
    assert read.provisioning_state == "Succeeded"
    assert read.primary_endpoints.blob == f"{azure.server.blob_url}/defaults1/"
    assert read.primary_endpoints.dfs == f"{azure.server.blob_url}/defaults1/"
    assert (read.is_hns_enabled, read.minimum_tls_version) == (True, "TLS1_2")
    assert (read.allow_blob_public_access, read.allow_shared_key_access) == (False, False)
    assert (read.enable_https_traffic_only, read.access_tier, read.sku and read.sku.tier) == (
        True,
        "Hot",
        "Standard",
    )


def test_both_lists_name_the_account(azure: Azure) -> None:
    create(azure, "listed1")
    client = azure.storage()
    assert "listed1" in [found.name for found in client.storage_accounts.list()]
    assert "listed1" in [found.name for found in client.storage_accounts.list_by_resource_group(RG)]


def test_tags_and_properties_are_patched(azure: Azure) -> None:
    create(azure, "patched1", isHnsEnabled=True)
    sent = models.StorageAccountUpdateParameters(
        {"tags": {"b": "2"}, "properties": {"allowSharedKeyAccess": False}}
    )
    azure.storage().storage_accounts.update(RG, "patched1", sent)
    read = azure.storage().storage_accounts.get_properties(RG, "patched1")
    assert (read.tags, read.allow_shared_key_access, read.is_hns_enabled) == ({"b": "2"}, False, True)


def test_the_namespace_cannot_be_changed(azure: Azure) -> None:
    create(azure, "hns1", isHnsEnabled=True)
    with pytest.raises(HttpResponseError) as caught:
        create(azure, "hns1", isHnsEnabled=False)
    assert code(caught) == (400, "AccountPropertyCannotBeUpdated")
    create(azure, "hns1", isHnsEnabled=True)  # the same again is fine


def test_an_account_does_not_move(azure: Azure) -> None:
    create(azure, "fixed1")
    body = {**ACCOUNT, "location": "northeurope"}
    with pytest.raises(HttpResponseError) as caught:
        azure.storage().storage_accounts.begin_create(RG, "fixed1", body)  # type: ignore[call-overload]
    assert code(caught) == (409, "InvalidResourceLocation")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}, (400, "LocationRequired")),
        ({**ACCOUNT, "kind": "Nonsense"}, (400, "InvalidValuesForRequestParameters")),
        ({**ACCOUNT, "sku": {"name": "Cheap"}}, (400, "InvalidValuesForRequestParameters")),
        (
            {**ACCOUNT, "properties": {"minimumTlsVersion": "SSL3"}},
            (400, "InvalidValuesForRequestParameters"),
        ),
        ({**ACCOUNT, "properties": {"isSftpEnabled": True}}, (501, "NotImplemented")),
        (
            {**ACCOUNT, "properties": {"networkAcls": {"defaultAction": "Perhaps"}}},
            (400, "InvalidValuesForRequestParameters"),
        ),
        ({**ACCOUNT, "properties": {"somethingNew": 1}}, (501, "NotImplemented")),
    ],
)
def test_what_cannot_be_made_is_refused(
    azure: Azure, body: dict[str, object], expected: tuple[int, str]
) -> None:
    with pytest.raises(HttpResponseError) as caught:
        azure.storage().storage_accounts.begin_create(RG, "refused1", body)  # type: ignore[call-overload]
    assert code(caught) == expected
    with pytest.raises(ResourceNotFoundError):
        azure.storage().storage_accounts.get_properties(RG, "refused1")


@pytest.mark.parametrize("name", ["ab", "A" * 5, "with-dash", "a" * 25])
def test_bad_names(azure: Azure, name: str) -> None:
    reply = azure.server.request(
        "PUT", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}", ACCOUNT, version="2024-01-01"
    )
    assert (reply.status, reply.headers.get("x-ms-error-code", "AccountNameInvalid")) == (
        400,
        "AccountNameInvalid",
    )
    body = {"name": name, "type": "Microsoft.Storage/storageAccounts"}
    answer = azure.storage().storage_accounts.check_name_availability(body)  # type: ignore[call-overload]
    assert (answer.name_available, answer.reason) == (False, "AccountNameInvalid")


def test_names_are_unique_in_the_world(azure: Azure) -> None:
    create(azure, "unique1")
    check = azure.storage(subscription=PRODUCTION).storage_accounts.check_name_availability
    asked = models.StorageAccountCheckNameAvailabilityParameters(name="unique1")
    assert (check(asked).name_available, check(asked).reason) == (False, "AlreadyExists")
    assert taken(azure, f"/subscriptions/{PRODUCTION}/resourceGroups/there") == "StorageAccountAlreadyTaken"
    assert (
        taken(azure, f"/subscriptions/{NONPRODUCTION}/resourceGroups/other") == "StorageAccountAlreadyExists"
    )
    azure.storage().storage_accounts.delete(RG, "unique1")
    assert check(asked).name_available
    assert taken(azure, f"/subscriptions/{PRODUCTION}/resourceGroups/there") == ""
    assert check(asked).name_available is False


def taken(azure: Azure, group: str) -> str:
    azure.server.request("PUT", group, {"location": "westeurope"})
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/unique1"
    reply = azure.server.request("PUT", path, ACCOUNT, version="2024-01-01")
    assert isinstance(reply.body, dict)
    assert reply.status == (409 if "error" in reply.body else 200)
    return str(reply.body.get("error", {}).get("code", ""))


def test_the_name_is_free_again_after_the_group_is_gone(azure: Azure) -> None:
    group = f"/subscriptions/{NONPRODUCTION}/resourceGroups/goes"
    azure.server.request("PUT", group, {"location": "westeurope"})
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/goes1"
    assert azure.server.request("PUT", path, ACCOUNT, version="2024-01-01").status == 200
    assert azure.server.request("DELETE", group).status == 202
    asked = {"name": "goes1", "type": "Microsoft.Storage/storageAccounts"}
    assert azure.storage().storage_accounts.check_name_availability(asked).name_available  # type: ignore[call-overload]


def test_no_keys_are_given(azure: Azure) -> None:
    create(azure, "keyless1", allowSharedKeyAccess=False)
    create(azure, "keyed1")
    with pytest.raises(HttpResponseError) as caught:
        azure.storage().storage_accounts.list_keys(RG, "keyless1")
    assert code(caught) == (403, "KeyBasedAuthenticationNotPermitted")
    with pytest.raises(HttpResponseError) as caught:
        azure.storage().storage_accounts.list_keys(RG, "keyed1")
    assert code(caught) == (501, "NotImplemented")


def test_the_blob_services_settings(azure: Azure) -> None:
    create(azure, "service1")
    services = azure.storage().blob_services
    before = services.get_service_properties(RG, "service1")
    assert before.delete_retention_policy is not None
    assert before.delete_retention_policy.enabled is False
    policy = {"deleteRetentionPolicy": {"enabled": True, "days": 7}}
    services.set_service_properties(RG, "service1", models.BlobServiceProperties({"properties": policy}))
    after = services.get_service_properties(RG, "service1")
    assert after.delete_retention_policy is not None
    assert (after.delete_retention_policy.enabled, after.delete_retention_policy.days) == (True, 7)
    versions = models.BlobServiceProperties({"properties": {"isVersioningEnabled": True}})
    with pytest.raises(HttpResponseError) as caught:
        services.set_service_properties(RG, "service1", versions)
    assert code(caught) == (501, "NotImplemented")


def with_metadata(value: str) -> models.BlobContainer:
    return models.BlobContainer({"properties": {"metadata": {"k": value}}})


def test_containers(azure: Azure) -> None:
    create(azure, "contained1")
    client = azure.storage().blob_containers
    made = client.create(RG, "contained1", "curated", with_metadata("v"))
    assert (made.name, made.metadata, made.public_access) == ("curated", {"k": "v"}, "None")
    client.create(RG, "contained1", "raw", models.BlobContainer())
    assert [found.name for found in client.list(RG, "contained1")] == ["curated", "raw"]
    changed = client.update(RG, "contained1", "curated", with_metadata("w"))
    assert (changed.metadata, changed.etag != made.etag) == ({"k": "w"}, True)
    client.delete(RG, "contained1", "raw")
    client.delete(RG, "contained1", "raw")  # absent: 204
    with pytest.raises(ResourceNotFoundError):
        client.get(RG, "contained1", "raw")


@pytest.mark.parametrize("name", ["ab", "Upper", "two--hyphens", "-first", "last-", "under_score"])
def test_bad_container_names(azure: Azure, name: str) -> None:
    account = azure.account()
    path = f"{account}/blobServices/default/containers/{name}"
    assert azure.server.request("PUT", path, {}, version="2024-01-01").status == 400


def test_a_public_container_is_refused_where_the_account_forbids_it(azure: Azure) -> None:
    account = azure.account()
    path = f"{account}/blobServices/default/containers/open"
    body = {"properties": {"publicAccess": "Blob"}}
    reply = azure.server.request("PUT", path, body, version="2024-01-01")
    assert isinstance(reply.body, dict)
    assert (reply.status, reply.body["error"]["code"]) == (409, "PublicAccessNotPermitted")


def test_the_two_planes_see_the_same_containers(azure: Azure) -> None:
    create(azure, "planes1")
    service = azure.blobs(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/planes1")
    service.create_container("fromdata", metadata={"a": "b"})
    client = azure.storage().blob_containers
    assert client.get(RG, "planes1", "fromdata").metadata == {"a": "b"}
    client.create(RG, "planes1", "fromarm", models.BlobContainer())
    assert [found.name for found in service.list_containers()] == ["fromarm", "fromdata"]
    service.delete_container("fromarm")
    assert [found.name for found in client.list(RG, "planes1")] == ["fromdata"]
