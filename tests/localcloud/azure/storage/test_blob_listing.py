"""Listing of containers and blobs."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.blob import BlobPrefix, BlobServiceClient, ContainerClient

from tests.localcloud.azure.storage.conftest import DATA_OWNER, Azure, code

NAMES = [
    "2013/01/a.csv",
    "2013/01/b.csv",
    "2013/02/a.csv",
    "2013/readme",
    "2014/01/a.csv",
    "top",
    "ümlaut/x",
    "日本",
]


@pytest.fixture(scope="module")
def filled(azure: Azure) -> ContainerClient:
    account = azure.account()
    azure.server.assign("owner", DATA_OWNER, account)
    azure.container(account)
    client = azure.blobs(account).get_container_client("data")
    for name in reversed(NAMES):
        client.upload_blob(name, name.encode(), metadata={"n": str(len(name))})
    return client


def walk(client: ContainerClient, prefix: str, **options: Any) -> list[str]:
    """The SDK gives the prefixes of a page before its blobs, whatever the order was."""
    return sorted(found.name for found in client.walk_blobs(prefix, delimiter="/", **options))


def test_all_in_order(filled: ContainerClient) -> None:
    found = list(filled.list_blobs())
    assert [blob.name for blob in found] == NAMES
    assert [blob.size for blob in found] == [len(name.encode()) for name in NAMES]
    assert found[0].metadata in (None, {})
    assert found[0].etag.strip('"') == filled.get_blob_client(NAMES[0]).get_blob_properties().etag.strip('"')


def test_with_metadata(filled: ContainerClient) -> None:
    assert [blob.metadata["n"] for blob in filled.list_blobs(include=["metadata"])] == [
        str(len(n)) for n in NAMES
    ]


@pytest.mark.parametrize("prefix", ["2013/", "2013/0", "2013/01/a.csv", "ü", "nothing", "2013/01/a.csvx"])
def test_by_prefix(filled: ContainerClient, prefix: str) -> None:
    assert [b.name for b in filled.list_blobs(prefix)] == [n for n in NAMES if n.startswith(prefix)]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_in_pages(filled: ContainerClient, size: int) -> None:
    pages = [[blob.name for blob in page] for page in filled.list_blobs(results_per_page=size).by_page()]
    assert [name for page in pages for name in page] == NAMES
    assert all(len(page) <= size for page in pages)
    assert len(pages) == -(-len(NAMES) // size)


@pytest.mark.parametrize("size", [1, 2, 5000])
def test_by_hierarchy(filled: ContainerClient, size: int) -> None:
    top = ["2013/", "2014/", "top", "ümlaut/", "日本"]
    assert walk(filled, "", results_per_page=size) == top
    assert walk(filled, "2013/", results_per_page=size) == ["2013/01/", "2013/02/", "2013/readme"]
    assert walk(filled, "2013/01/", results_per_page=size) == ["2013/01/a.csv", "2013/01/b.csv"]
    for found in filled.walk_blobs(delimiter="/", results_per_page=size):
        assert isinstance(found, BlobPrefix) == found.name.endswith("/")


def test_a_bad_page_size(filled: ContainerClient) -> None:
    with pytest.raises(HttpResponseError) as caught:
        list(filled.list_blobs(results_per_page=0))
    assert code(caught) == (400, "OutOfRangeQueryParameterValue")


def test_what_cannot_be_listed_is_501(filled: ContainerClient) -> None:
    for include in ("snapshots", "versions", "deleted", "tags"):
        with pytest.raises(HttpResponseError) as caught:
            list(filled.list_blobs(include=[include]))
        assert code(caught) == (501, "NotImplemented")


def test_names_that_xml_cannot_say(container: ContainerClient) -> None:
    names = ["a\x01b", "<&>", " space ", "trailing."]
    for name in names:
        container.upload_blob(name, b"")
    assert sorted(found.name for found in container.list_blobs()) == sorted(names)


@pytest.fixture
def service(azure: Azure) -> BlobServiceClient:
    account = azure.account()
    azure.server.assign("owner", DATA_OWNER, account)
    return azure.blobs(account)


def test_containers(service: BlobServiceClient) -> None:
    for name in ("beta", "alpha", "gamma"):
        service.create_container(name, metadata={"n": name})
    assert [found.name for found in service.list_containers()] == ["alpha", "beta", "gamma"]
    pages = [[found.name for found in page] for page in service.list_containers(results_per_page=2).by_page()]
    assert pages == [["alpha", "beta"], ["gamma"]]
    assert [found.name for found in service.list_containers("b")] == ["beta"]
    assert [f.metadata for f in service.list_containers("b", include_metadata=True)] == [{"n": "beta"}]


def test_a_containers_life(service: BlobServiceClient) -> None:
    client = service.create_container("one", metadata={"a": "1"})
    with pytest.raises(ResourceExistsError) as caught:
        service.create_container("one")
    assert code(caught) == (409, "ContainerAlreadyExists")
    before = client.get_container_properties()
    assert (before.name, before.metadata, before.public_access) == ("one", {"a": "1"}, None)
    client.set_container_metadata({"b": "2"})
    after = client.get_container_properties()
    assert (after.metadata, after.etag != before.etag) == ({"b": "2"}, True)
    client.upload_blob("x", b"old")
    client.delete_container()
    assert not client.exists()
    service.create_container("one")
    assert list(client.list_blobs()) == []  # a new container of the same name is empty


def test_account_information(service: BlobServiceClient) -> None:
    found = service.get_account_information()
    assert (found["sku_name"], found["account_kind"]) == ("Standard_LRS", "StorageV2")
    assert not found["is_hns_enabled"]


def test_a_public_container_is_refused(service: BlobServiceClient) -> None:
    with pytest.raises(HttpResponseError) as caught:
        service.create_container("open", public_access="blob")
    assert code(caught) == (409, "PublicAccessNotPermitted")
