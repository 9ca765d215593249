"""Every request that the official SDK can build is told apart, by its name in the REST reference."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.storage.blob._generated.operations import (
    _append_blob_operations,
    _blob_operations,
    _block_blob_operations,
    _container_operations,
    _page_blob_operations,
    _service_operations,
)

from localcloud.azure.blob.operations import BLOBS, CONTAINERS, identify
from localcloud.azure.core.call import Request
from localcloud.azure.core.errors import CloudError

MODULES = {
    "service": _service_operations,
    "container": _container_operations,
    "blob": _blob_operations,
    "block_blob": _block_blob_operations,
    "append_blob": _append_blob_operations,
    "page_blob": _page_blob_operations,
}
VALUES: dict[object, object] = {int: 1, bytes: b"", datetime.datetime: datetime.datetime.now(datetime.UTC)}

NAMES = {
    "service.list_containers_segment": "List Containers",
    "service.submit_batch": "Blob Batch",
    "service.get_user_delegation_key": "Get User Delegation Key",
    "container.create": "Create Container",
    "container.delete": "Delete Container",
    "container.list_blob_flat_segment": "List Blobs",
    "container.list_blob_hierarchy_segment": "List Blobs",
    "container.acquire_lease": "Lease Container",
    "container.filter_blobs": "Find Blobs by Tags in Container",
    "container.get_account_info": "Get Account Information",
    "blob.download": "Get Blob",
    "blob.get_properties": "Get Blob Properties",
    "blob.delete": "Delete Blob",
    "blob.start_copy_from_url": "Copy Blob",
    "blob.copy_from_url": "Copy Blob From URL",
    "blob.abort_copy_from_url": "Abort Copy Blob",
    "blob.set_http_headers": "Set Blob Properties",
    "blob.get_account_info": "Get Account Information",
    "block_blob.upload": "Put Blob",
    "block_blob.put_blob_from_url": "Put Blob From URL",
    "block_blob.stage_block": "Put Block",
    "block_blob.stage_block_from_url": "Put Block From URL",
    "block_blob.commit_block_list": "Put Block List",
    "append_blob.create": "Put Blob (append blob)",
    "append_blob.append_block_from_url": "Append Block From URL",
    "page_blob.create": "Put Blob (page blob)",
    "page_blob.upload_pages_from_url": "Put Page From URL",
    "page_blob.resize": "Set Blob Properties (page blob size)",
    "page_blob.update_sequence_number": "Set Blob Properties (sequence)",
    "page_blob.copy_incremental": "Incremental Copy Blob",
}


def builders() -> Iterator[tuple[str, Callable[..., Any]]]:
    for kind, module in MODULES.items():
        for name, build in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("build_") and build.__module__ == module.__name__:
                yield f"{kind}.{name.removeprefix('build_').removesuffix('_request')}", build


ALL = dict(builders())


def built(name: str) -> tuple[str, Request]:
    """The request as the server sees it, with a value for each required argument."""
    needed = [p for p in inspect.signature(ALL[name]).parameters.values() if p.default is p.empty]
    arguments = {p.name: VALUES.get(p.annotation, "x") for p in needed if p.kind is not p.VAR_KEYWORD}
    request = ALL[name](**arguments)
    query = {key.lower(): value for key, value in parameters(request.url)}
    headers = {key.lower(): value for key, value in request.headers.items()}
    level = name.split(".")[0].replace("block_", "").replace("append_", "").replace("page_", "")
    return level, Request("blob", request.method, "", query, headers)


def parameters(url: str) -> list[tuple[str, str]]:
    pairs = url.partition("?")[2].split("&")
    return [(pair.partition("=")[0], pair.partition("=")[2]) for pair in pairs if pair]


def test_the_sdk_has_all_that_is_named_here() -> None:
    assert len(ALL) > 60
    assert set(NAMES) <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_each_operation_of_the_sdk_is_known(name: str) -> None:
    level, request = built(name)
    found = identify(level, request)
    assert found.name == NAMES.get(name, found.name)
    changes = request.method in ("PUT", "DELETE") and level == "blob"
    if changes:
        assert not found.permission.endswith("/read"), found
    if request.method in ("GET", "HEAD"):
        assert not found.permission.endswith(("/write", "/delete")), found


@pytest.mark.parametrize(
    ("level", "method", "query", "status"),
    [
        ("blob", "PUT", {"comp": "nonsense"}, 400),
        ("container", "GET", {}, 400),
        ("container", "PATCH", {"restype": "container"}, 405),
        ("blob", "POST", {}, 405),
        ("blob", "PUT", {}, 400),
    ],
)
def test_what_is_no_operation(level: str, method: str, query: dict[str, str], status: int) -> None:
    with pytest.raises(CloudError) as caught:
        identify(level, Request("blob", method, "", query))
    assert caught.value.status == status


def test_actions_and_data_actions() -> None:
    container = identify("container", Request("blob", "PUT", "", {"restype": "container"}))
    assert (container.permission, container.data) == (f"{CONTAINERS}/write", False)
    blob = identify("container", Request("blob", "GET", "", {"restype": "container", "comp": "list"}))
    assert (blob.permission, blob.data) == (f"{BLOBS}/read", True)
