"""Block blobs through azure-storage-blob, unchanged, with a token."""

from __future__ import annotations

import base64
import datetime
import gzip
import hashlib
import os
from collections.abc import Callable
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, BlobClient, ContainerClient, ContentSettings

from tests.localcloud.azure.storage.conftest import code

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def blob(container: ContainerClient) -> BlobClient:
    client = container.get_blob_client("a/b c/é+%20.txt")
    client.upload_blob(b"0123456789", metadata={"k": "v"})
    return client


def test_what_is_put_is_got(blob: BlobClient) -> None:
    assert blob.download_blob().readall() == b"0123456789"
    found = blob.get_blob_properties()
    assert (found.name, found.size, found.metadata) == ("a/b c/é+%20.txt", 10, {"k": "v"})
    assert found.blob_type == "BlockBlob"
    assert found.content_settings.content_type == "application/octet-stream"
    assert found.content_settings.content_md5 == bytearray(hashlib.md5(b"0123456789").digest())
    assert found.creation_time == found.last_modified
    assert found.lease.status == "unlocked"


def test_an_empty_blob(container: ContainerClient) -> None:
    blob = container.upload_blob("empty", b"")
    assert blob.download_blob().readall() == b""
    assert blob.get_blob_properties().size == 0


def test_content_headers_are_kept(container: ContainerClient) -> None:
    settings = ContentSettings("text/csv", "gzip", "de", "attachment", "no-cache")
    content = gzip.compress(b"a,b")
    blob = container.upload_blob("typed", content, content_settings=settings)
    found = blob.get_blob_properties().content_settings
    assert (found.content_type, found.content_encoding, found.content_language) == ("text/csv", "gzip", "de")
    assert (found.content_disposition, found.cache_control) == ("attachment", "no-cache")
    assert blob.download_blob(decompress=False).readall() == content


def test_headers_and_metadata_are_replaced(blob: BlobClient) -> None:
    before = blob.get_blob_properties()
    blob.set_http_headers(ContentSettings(content_type="text/plain"))
    blob.set_blob_metadata({"other": "1"})
    after = blob.get_blob_properties()
    assert (after.content_settings.content_type, after.content_settings.content_md5) == ("text/plain", None)
    assert after.metadata == {"other": "1"}
    assert after.etag != before.etag
    assert after.creation_time == before.creation_time
    assert blob.download_blob().readall() == b"0123456789"


@pytest.mark.parametrize(
    ("offset", "length", "expected"), [(0, 4, b"0123"), (3, None, b"3456789"), (8, 100, b"89"), (9, 1, b"9")]
)
def test_ranges(blob: BlobClient, offset: int, length: int | None, expected: bytes) -> None:
    got = blob.download_blob(offset=offset, length=length)
    assert got.readall() == expected
    assert got.properties.content_settings.content_md5 == bytearray(hashlib.md5(b"0123456789").digest())


def test_a_range_past_the_end(blob: BlobClient) -> None:
    with pytest.raises(HttpResponseError) as caught:
        blob.download_blob(offset=10, length=1)
    assert code(caught) == (416, "InvalidRange")


def test_a_range_is_checked_by_its_md5(blob: BlobClient) -> None:
    assert blob.download_blob(offset=2, length=3, validate_content=True).readall() == b"234"


def test_a_body_is_checked_by_its_md5(container: ContainerClient) -> None:
    container.upload_blob("checked", b"content", validate_content=True)
    with pytest.raises(HttpResponseError) as caught:
        container.upload_blob(
            "wrong", b"content", headers={"Content-MD5": base64.b64encode(b"0" * 16).decode()}
        )
    assert code(caught) == (400, "Md5Mismatch")
    assert not container.get_blob_client("wrong").exists()


def test_large_blobs_go_in_blocks_and_come_in_pieces(container: ContainerClient) -> None:
    client = container.get_blob_client("large")
    client._config.max_single_put_size = client._config.max_block_size = 1 << 20
    client._config.max_single_get_size = client._config.max_chunk_get_size = 3 << 20
    content = os.urandom(10_000_001)
    client.upload_blob(content, max_concurrency=4)
    committed, waiting = client.get_block_list("all")
    assert (len(committed), waiting) == (10, [])
    assert client.download_blob(max_concurrency=4).readall() == content
    assert client.get_blob_properties().size == len(content)


def test_blocks(container: ContainerClient) -> None:
    client = container.get_blob_client("blocks")
    for name, content in (("a", b"AAA"), ("b", b"BB"), ("c", b"C")):
        client.stage_block(name, content)
    assert not client.exists()
    committed, waiting = client.get_block_list("all")
    assert (committed, [(block.id, block.size) for block in waiting]) == ([], [("a", 3), ("b", 2), ("c", 1)])
    client.commit_block_list([BlobBlock("b"), BlobBlock("a"), BlobBlock("b")])
    assert client.download_blob().readall() == b"BBAAABB"
    committed, waiting = client.get_block_list("all")
    assert ([block.id for block in committed], waiting) == (
        ["b", "a", "b"],
        [],
    )  # c was not named, so it is gone
    client.stage_block("d", b"DDDD")
    client.commit_block_list([BlobBlock("d"), BlobBlock("a")])  # an old one and a new one
    assert client.download_blob().readall() == b"DDDDAAA"


def test_block_lists_that_cannot_be(container: ContainerClient) -> None:
    client = container.get_blob_client("blocks")
    with pytest.raises(HttpResponseError) as caught:
        client.commit_block_list([BlobBlock("x")])
    assert code(caught) == (400, "InvalidBlockList")
    with pytest.raises(ResourceNotFoundError) as missing:
        client.get_block_list()
    assert code(missing) == (404, "BlobNotFound")
    client.stage_block("long-id", b"1")
    with pytest.raises(HttpResponseError) as caught:
        client.stage_block("id", b"2")
    assert code(caught) == (400, "InvalidBlobOrBlock")
    client.commit_block_list([])
    assert client.download_blob().readall() == b""


def test_put_replaces_and_keeps_the_creation_time(blob: BlobClient) -> None:
    before = blob.get_blob_properties()
    with pytest.raises(ResourceExistsError) as caught:
        blob.upload_blob(b"no")
    assert code(caught) == (409, "BlobAlreadyExists")
    blob.upload_blob(b"new", overwrite=True)
    after = blob.get_blob_properties()
    assert (after.size, after.metadata, after.creation_time) == (3, {}, before.creation_time)
    assert after.etag != before.etag


def test_if_match(blob: BlobClient) -> None:
    etag = blob.get_blob_properties().etag
    same: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
    blob.download_blob(**same).readall()
    blob.set_blob_metadata({}, **same)
    for attempt in (
        lambda: blob.download_blob(**same),
        lambda: blob.set_blob_metadata({}, **same),
        lambda: blob.upload_blob(b"x", overwrite=True, **same),
        lambda: blob.delete_blob(**same),
    ):
        with pytest.raises(ResourceModifiedError) as caught:
            attempt()
        assert code(caught) == (412, "ConditionNotMet")
    assert blob.download_blob().readall() == b"0123456789"


def test_if_none_match(blob: BlobClient) -> None:
    etag = blob.get_blob_properties().etag
    changed: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfModified}
    for attempt in (lambda: blob.download_blob(**changed), lambda: blob.get_blob_properties(**changed)):
        with pytest.raises(ResourceModifiedError) as caught:  # the SDK's name for ConditionNotMet
            attempt()
        assert code(caught) == (304, "ConditionNotMet")
    with pytest.raises(HttpResponseError) as write:
        blob.set_blob_metadata({}, **changed)
    assert code(write) == (412, "ConditionNotMet")


def test_if_modified_since(blob: BlobClient) -> None:
    now = blob.get_blob_properties().last_modified
    assert blob.download_blob(if_modified_since=now - MINUTE).readall()
    with pytest.raises(ResourceModifiedError):
        blob.download_blob(if_modified_since=now + MINUTE)
    assert blob.download_blob(if_unmodified_since=now + MINUTE).readall()
    with pytest.raises(ResourceModifiedError):
        blob.delete_blob(if_unmodified_since=now - MINUTE)


def test_a_condition_on_what_is_absent(container: ContainerClient) -> None:
    client = container.get_blob_client("absent")
    with pytest.raises(HttpResponseError) as caught:
        client.upload_blob(b"", etag='"0x1"', match_condition=MatchConditions.IfNotModified, overwrite=True)
    assert code(caught) == (412, "ConditionNotMet")


def test_what_is_not_there(container: ContainerClient) -> None:
    client = container.get_blob_client("absent")
    assert not client.exists()
    for attempt in (client.download_blob, client.get_blob_properties, client.delete_blob):
        with pytest.raises(ResourceNotFoundError) as caught:
            attempt()
        assert code(caught) == (404, "BlobNotFound")


def test_what_is_in_no_container(container: ContainerClient) -> None:
    container.delete_container()
    for attempt in (
        lambda: container.upload_blob("x", b""),
        lambda: container.get_blob_client("x").download_blob(),
        lambda: list(container.list_blobs()),
        container.get_container_properties,
        container.delete_container,
    ):
        with pytest.raises(ResourceNotFoundError) as caught:
            attempt()
        assert code(caught) == (404, "ContainerNotFound")
    assert not container.exists()


def test_delete(blob: BlobClient) -> None:
    blob.delete_blob(delete_snapshots="include")
    assert not blob.exists()


def test_a_lease_that_nobody_has(blob: BlobClient) -> None:
    with pytest.raises(HttpResponseError) as caught:
        blob.delete_blob(lease="00000000-0000-0000-0000-000000000000")
    assert code(caught) == (412, "LeaseNotPresentWithBlobOperation")


def test_copies(blob: BlobClient, container: ContainerClient) -> None:
    blob.set_http_headers(ContentSettings(content_type="text/plain"))
    target = container.get_blob_client("copy")
    for sync in (False, True):
        started = target.start_copy_from_url(blob.url, requires_sync=sync)
        assert started["copy_status"] == "success"
        found = target.get_blob_properties()
        assert (found.size, found.metadata, found.content_settings.content_type) == (
            10,
            {"k": "v"},
            "text/plain",
        )
        assert (found.copy.id, found.copy.status) == (started["copy_id"], "success")
        assert found.copy.progress == "10/10"
    blob.delete_blob()
    assert target.download_blob().readall() == b"0123456789"


def test_a_copy_on_condition(blob: BlobClient, container: ContainerClient) -> None:
    target = container.get_blob_client("copy")
    etag = blob.get_blob_properties().etag
    same: dict[str, Any] = {"source_etag": etag, "source_match_condition": MatchConditions.IfNotModified}
    target.start_copy_from_url(blob.url, **same)
    blob.set_blob_metadata({})
    with pytest.raises(HttpResponseError) as caught:
        target.start_copy_from_url(blob.url, **same)
    assert code(caught) == (412, "SourceConditionNotMet")
    with pytest.raises(HttpResponseError) as caught:
        target.start_copy_from_url(container.get_blob_client("absent").url)
    assert code(caught) == (404, "CannotVerifyCopySource")


def test_from_a_url(blob: BlobClient, container: ContainerClient) -> None:
    target = container.get_blob_client("fetched")
    target.upload_blob_from_url(blob.url)
    assert target.download_blob().readall() == b"0123456789"
    target.stage_block_from_url("a", blob.url, 2, 3)
    target.stage_block_from_url("b", blob.url)
    target.commit_block_list([BlobBlock("a"), BlobBlock("b")])
    assert target.download_blob().readall() == b"2340123456789"


def test_another_accounts_blob_needs_a_token_of_its_own(
    make_container: Callable[[], ContainerClient],
) -> None:
    source, target = make_container(), make_container().get_blob_client("copy")
    source.upload_blob("x", b"there")
    url = source.get_blob_client("x").url
    with pytest.raises(HttpResponseError) as caught:
        target.start_copy_from_url(url)
    assert code(caught) == (401, "CannotVerifyCopySource")
    token = source.credential.get_token("https://storage.azure.com/.default").token
    target.start_copy_from_url(url, requires_sync=True, source_authorization=f"Bearer {token}")
    assert target.download_blob().readall() == b"there"


def test_a_batch_of_deletions(container: ContainerClient) -> None:
    for name in ("a", "b", "c"):
        container.upload_blob(name, b"x")
    answers = list(container.delete_blobs("a", "c", "absent", raise_on_any_failure=False))
    assert [answer.status_code for answer in answers] == [202, 202, 404]
    assert [found.name for found in container.list_blobs()] == ["b"]
