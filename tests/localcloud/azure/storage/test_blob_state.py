"""What is on disk, what is removed when, and what happens at once: in this process, without sockets."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.azure.blob import listing
from localcloud.azure.blob.bodies import Bodies
from localcloud.azure.blob.models import Blob, Blobs
from localcloud.azure.blob.sweeper import Sweeper
from localcloud.azure.core.call import Reply
from tests.localcloud.azure.storage.conftest import ACCOUNT, DATA_OWNER, GROUP
from tests.support.azure_in_process import LocalCloud, local_cloud

ACCOUNT_ID = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/acct1"
CONTAINER_ID = f"{ACCOUNT_ID}/blobServices/default/containers/data"
MANY = 10_000


def prepare(local: LocalCloud) -> None:
    local.request("PUT", GROUP, {"location": "westeurope"})
    assert local.request("PUT", ACCOUNT_ID, dict(ACCOUNT), version="2024-01-01").status == 200
    assert local.request("PUT", CONTAINER_ID, {}, version="2024-01-01").status == 201
    local.assign("owner", DATA_OWNER, ACCOUNT_ID)


def send(local: LocalCloud, method: str, name: str, body: bytes = b"", **headers: str) -> Reply:
    sent = {"x-ms-version": "2025-05-05", **{key.replace("_", "-"): value for key, value in headers.items()}}
    return local.send("blob", method, f"/acct1/data/{name}", body, headers=sent)


def put(local: LocalCloud, name: str, body: bytes, **headers: str) -> Reply:
    return send(local, "PUT", name, body, x_ms_blob_type="BlockBlob", **headers)


def fill(local: LocalCloud, count: int) -> None:
    """Put blobs, as requests."""
    for number in range(count):
        assert put(local, f"part-{number:05}", b"x").status == 201


def register(local: LocalCloud, count: int) -> Blobs:
    """Put many blobs without a body into the table, past the requests."""
    blobs = Blobs(local.cloud.store, Bodies(local.cloud.folder / "blobs"))
    container = blobs.container(local.cloud.store.get(CONTAINER_ID) or {}, "acct1")
    for number in range(count):
        blobs.put(container, Blob(f"deep/{number:05}", number, number, 0, ""))
    return blobs


def files(folder: Path) -> list[Path]:
    return [Path(where, name) for where, _, names in os.walk(folder / "blobs") for name in names]


def rows(local: LocalCloud, table: str = "blobs") -> int:
    return int(local.cloud.store.execute(f"SELECT COUNT(*) FROM {table}")[0][0])


def wait(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        pause.wait(0.02)


@pytest.mark.parametrize(
    ("what", "version"),
    [(CONTAINER_ID, "2024-01-01"), (ACCOUNT_ID, "2024-01-01"), (GROUP, "2024-03-01")],
    ids=["container", "account", "group"],
)
def test_all_goes_in_one_short_request(tmp_path: Path, what: str, version: str) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        fill(local, 100)
        if what == GROUP:
            register(local, MANY)
        started = time.perf_counter()
        assert local.request("DELETE", what, version=version).status in (200, 202)
        assert local.request("GET", what, version=version).status == 404
        assert time.perf_counter() - started < 0.5  # a few milliseconds, however many there are
        wait(lambda: rows(local) == 0 and not files(tmp_path) and rows(local, "blob_garbage") == 0)
        assert [entry["path"] for entry in local.log() if entry["method"] == "DELETE"] == [what]


def test_what_was_left_is_swept_by_the_next_process(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        fill(local, 20)
        local.cloud._on_close[0]()  # no sweeper any more, as when the process is killed
        local.request("DELETE", ACCOUNT_ID, version="2024-01-01")
        assert len(files(tmp_path)) == 20
    with local_cloud(tmp_path) as local:
        wait(lambda: rows(local) == 0 and not files(tmp_path))


def test_blobs_outlive_the_process(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        etag = put(local, "kept", b"content").headers["etag"]
    with local_cloud(tmp_path) as local:
        reply = send(local, "GET", "kept")
        assert (reply.body, reply.headers["etag"]) == (b"content", etag)


def test_a_replaced_body_stays_for_those_who_read_it(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        large = b"x" * (2 << 20)
        put(local, "large", large)
        reply = send(local, "GET", "large")
        put(local, "large", b"small")
        assert isinstance(reply.body, Path)
        assert reply.body.read_bytes() == large
        blobs = Blobs(local.cloud.store, Bodies(tmp_path / "blobs"))
        Sweeper(blobs).sweep(time.time() + 1)
        assert len(files(tmp_path)) == 1
        assert send(local, "GET", "large").body == b"small"


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        put(local, "a", b"1")
        assert put(local, "a", b"2", if_none_match="*").status == 409
        Sweeper(Blobs(local.cloud.store, Bodies(tmp_path / "blobs"))).sweep(time.time() + 1)
        assert len(files(tmp_path)) == 1


def test_one_of_many_writers_wins(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local, ThreadPoolExecutor(16) as pool:
        prepare(local)
        local.principal("owner")
        replies = list(pool.map(lambda n: put(local, "one", str(n).encode(), if_none_match="*"), range(64)))
        won = [str(n).encode() for n, reply in enumerate(replies) if reply.status == 201]
        assert len(won) == 1
        assert send(local, "GET", "one").body == won[0]
        assert {reply.status for reply in replies} == {201, 409}


def test_entity_tags_never_repeat(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        tags = {put(local, "same", b"x").headers["etag"] for _ in range(200)}
        assert len(tags) == 200


def test_a_prefix_with_many_blobs_is_jumped_over(tmp_path: Path) -> None:
    with local_cloud(tmp_path) as local:
        prepare(local)
        blobs = register(local, MANY)
        container = blobs.container(local.cloud.store.get(CONTAINER_ID) or {}, "acct1")
        blobs.put(container, Blob("last", 1, 1, 0, ""))
        asked: list[str] = []
        scan = blobs.scan
        blobs.scan = lambda *args: asked.append(args[1]) or scan(*args)  # type: ignore[method-assign, func-returns-value]
        page = listing.page(blobs, container, "", "/", "", 100)
        names = [found if isinstance(found, str) else found.name for found in page.entries]
        assert (names, page.next) == (["deep/", "last"], "")
        assert len(asked) == 2  # queries, not one a thousand blobs
