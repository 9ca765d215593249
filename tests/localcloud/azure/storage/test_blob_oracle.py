"""The same calls on the local Azure and on Azurite, Microsoft's own emulator: same status and code.

Runs where `azurite-blob` is on the PATH (npm install azurite). Permissions, which it has not, are elsewhere.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient, ContentSettings

from tests.localcloud.azure.storage.conftest import DATA_OWNER, Azure, code

AZURITE = shutil.which("azurite-blob")
pytestmark = pytest.mark.skipif(
    AZURITE is None, reason="azurite-blob is not on the PATH (npm install azurite)"
)
HOST = "127.0.0.1"
START_SECONDS = 60
WRONG: dict[str, Any] = {"etag": '"0x8D0000000000000"', "match_condition": MatchConditions.IfNotModified}
Call = Callable[[ContainerClient], object]

CALLS: dict[str, Call] = {
    "put": lambda at: at.upload_blob("new", b"x"),
    "put existing": lambda at: at.upload_blob("there", b"x"),
    "overwrite": lambda at: at.upload_blob("there", b"x", overwrite=True),
    "put if match, wrong": lambda at: at.upload_blob("there", b"x", overwrite=True, **WRONG),
    "put if match, absent": lambda at: at.upload_blob("absent", b"x", overwrite=True, **WRONG),
    "put, wrong md5": lambda at: at.upload_blob("md5", b"x", headers={"Content-MD5": zeros(16)}),
    "get": lambda at: at.download_blob("there").readall(),
    "get absent": lambda at: at.download_blob("absent"),
    "get range": lambda at: at.download_blob("there", offset=2, length=3).readall(),
    "get range to the end": lambda at: at.download_blob("there", offset=8, length=50).readall(),
    "get range past the end": lambda at: at.download_blob("there", offset=10, length=1),
    "get if match, wrong": lambda at: at.download_blob("there", **WRONG),
    "head": lambda at: described(at, "there"),
    "head absent": lambda at: described(at, "absent"),
    "head if modified": lambda at: head_unchanged(at),
    "set metadata": lambda at: at.get_blob_client("there").set_blob_metadata({"b": "2"}),
    "set metadata, absent": lambda at: at.get_blob_client("absent").set_blob_metadata({"b": "2"}),
    "set metadata if match, wrong": lambda at: at.get_blob_client("there").set_blob_metadata({}, **WRONG),
    "set headers": lambda at: at.get_blob_client("there").set_http_headers(ContentSettings("text/html")),
    "set headers, absent": lambda at: at.get_blob_client("absent").set_http_headers(ContentSettings("a/b")),
    "stage": lambda at: at.get_blob_client("blocks").stage_block("a", b"x"),
    "stage, other length of id": lambda at: staged_twice(at),
    "commit": lambda at: committed(at),
    "commit what is not there": lambda at: at.get_blob_client("x").commit_block_list([BlobBlock("zz")]),
    "commit nothing": lambda at: at.get_blob_client("x").commit_block_list([]),
    "blocks of a put blob": lambda at: at.get_blob_client("there").get_block_list("all"),
    "blocks, absent": lambda at: at.get_blob_client("absent").get_block_list("all"),
    "list": lambda at: [found.name for found in at.list_blobs()],
    "list in pages": lambda at: [[f.name for f in p] for p in at.list_blobs(results_per_page=2).by_page()],
    "list by prefix": lambda at: [found.name for found in at.list_blobs("dir/")],
    "walk": lambda at: sorted(found.name for found in at.walk_blobs()),
    "walk in a folder": lambda at: sorted(found.name for found in at.walk_blobs("dir/")),
    "list, metadata": lambda at: [found.metadata for found in at.list_blobs("there", include=["metadata"])],
    "copy": lambda at: copied(at, "there"),
    "copy what is absent": lambda at: copied(at, "absent"),
    "delete": lambda at: at.delete_blob("there"),
    "delete absent": lambda at: at.delete_blob("absent"),
    "delete if match, wrong": lambda at: at.delete_blob("there", **WRONG),
    "container properties": lambda at: at.get_container_properties().metadata,
    "container metadata": lambda at: at.set_container_metadata({"x": "y"}),
    "container again": lambda at: at.create_container(),
    "container gone": lambda at: (at.delete_container(), at.exists())[1],
    "list in no container": lambda at: (at.delete_container(), list(at.list_blobs())),
    "put in no container": lambda at: (at.delete_container(), at.upload_blob("x", b"")),
    "get in no container": lambda at: (at.delete_container(), at.download_blob("there")),
}

DIFFERENT: dict[str, tuple[object, ...]] = {
    "put, wrong md5": (400, "Md5Mismatch"),
    "get range past the end": (416, "InvalidRange"),
    "copy what is absent": (404, "CannotVerifyCopySource"),
}
"""Where Azurite strays from the REST reference (Blob Storage error codes, Get Blob, Copy Blob): ours."""


def zeros(count: int) -> str:
    return base64.b64encode(bytes(count)).decode()


def described(at: ContainerClient, name: str) -> tuple[object, ...]:
    found = at.get_blob_client(name).get_blob_properties()
    content = found.content_settings
    return (
        found.size,
        found.metadata,
        found.blob_type,
        content.content_type,
        bytes(content.content_md5 or b""),
    )


def head_unchanged(at: ContainerClient) -> object:
    blob = at.get_blob_client("there")
    etag = blob.get_blob_properties().etag
    return blob.get_blob_properties(etag=etag, match_condition=MatchConditions.IfModified)


def staged_twice(at: ContainerClient) -> None:
    at.get_blob_client("blocks").stage_block("a", b"x")
    at.get_blob_client("blocks").stage_block("longer", b"x")


def committed(at: ContainerClient) -> object:
    blob = at.get_blob_client("blocks")
    for name in ("a", "b", "c"):
        blob.stage_block(name, name.encode())
    blob.commit_block_list([BlobBlock("c"), BlobBlock("a")])
    lists = blob.get_block_list("all")
    return [[block.id for block in blocks] for blocks in lists], blob.download_blob().readall()


def copied(at: ContainerClient, name: str) -> object:
    target = at.get_blob_client("copy")
    status = target.start_copy_from_url(at.get_blob_client(name).url)["copy_status"]
    return status, target.download_blob().readall()


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServiceClient]:
    """Azurite with one account, whose key is made for this run and forgotten."""
    key, port = base64.b64encode(secrets.token_bytes(64)).decode(), free_port()
    folder: Path = tmp_path_factory.mktemp("azurite")
    process = subprocess.Popen(
        [str(AZURITE), "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence",
         "--blobHost", HOST, "--blobPort", str(port)],
        env={**os.environ, "AZURITE_ACCOUNTS": f"oracle:{key}"}, stdout=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        await_port(port, process)
        credential = {"account_name": "oracle", "account_key": key}
        with BlobServiceClient(f"http://{HOST}:{port}/oracle", credential, retry_total=0) as client:
            yield client
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        return int(bound.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "azurite ended"
        assert time.monotonic() < deadline, "azurite does not answer"
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((HOST, port)) == 0:
                return


@pytest.fixture(scope="module")
def local(azure: Azure) -> BlobServiceClient:
    account = azure.account()
    azure.server.assign("owner", DATA_OWNER, account)
    return azure.blobs(account)


def outcome(service: BlobServiceClient, name: str) -> tuple[object, ...]:
    """What the call does in a container of its own: its result, or status and code of its refusal."""
    container = service.create_container(f"c-{secrets.token_hex(8)}", metadata={"a": "1"})
    container.upload_blob("there", b"0123456789", metadata={"k": "v"})
    for other in ("dir/a", "dir/b", "dir/sub/c", "zoo"):
        container.upload_blob(other, b"")
    try:
        result = CALLS[name](container)
    except HttpResponseError as refused:
        return code(pytest.ExceptionInfo.from_exception(refused))
    return ("done", plain(result))


def plain(result: object) -> object:
    """Without what must differ: clients, entity tags, times."""
    return result if isinstance(result, bytes | list | tuple | str | bool) else None


@pytest.mark.parametrize("name", CALLS)
def test_both_answer_alike(azurite: BlobServiceClient, local: BlobServiceClient, name: str) -> None:
    theirs = outcome(azurite, name)
    assert outcome(local, name) == DIFFERENT.get(name, theirs)
    assert theirs != DIFFERENT.get(name), "Azurite has come to agree: take it off the list"
