"""Who may do what on the data plane: every refusal with a control, the same call by somebody who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobServiceClient, BlobType, ContainerClient, ContentSettings, StandardBlobTier

from localcloud.azure.authorization.builtin import BY_ID, BuiltInRole
from localcloud.azure.core.call import Request
from tests.localcloud.azure.storage.conftest import CONTRIBUTOR, DATA_OWNER, READER, Azure, code

ADDER = "11111111-2222-4333-8444-555555555555"
Attempt = Callable[["Place"], object]


@dataclass(frozen=True)
class Place:
    """A container with a blob in it, as somebody sees it."""

    service: BlobServiceClient
    container: ContainerClient

    @property
    def url(self) -> str:
        return self.container.get_blob_client("there").url


READS: dict[str, Attempt] = {
    "download": lambda at: at.container.download_blob("there").readall(),
    "properties": lambda at: at.container.get_blob_client("there").get_blob_properties(),
    "block list": lambda at: at.container.get_blob_client("there").get_block_list(),
    "list": lambda at: list(at.container.list_blobs()),
    "walk": lambda at: list(at.container.walk_blobs()),
    "container properties": lambda at: at.container.get_container_properties(),
}

WRITES: dict[str, Attempt] = {
    "upload": lambda at: at.container.upload_blob("new", b"x"),
    "overwrite": lambda at: at.container.upload_blob("there", b"x", overwrite=True),
    "stage": lambda at: at.container.get_blob_client("new").stage_block("a", b"x"),
    "commit": lambda at: at.container.get_blob_client("new").commit_block_list([]),
    "metadata": lambda at: at.container.get_blob_client("there").set_blob_metadata({"a": "b"}),
    "headers": lambda at: at.container.get_blob_client("there").set_http_headers(
        ContentSettings("text/plain")
    ),
    "copy": lambda at: at.container.get_blob_client("copy").start_copy_from_url(at.url),
    "copy sync": lambda at: at.container.get_blob_client("copy").start_copy_from_url(
        at.url, requires_sync=True
    ),
    "from url": lambda at: at.container.get_blob_client("copy").upload_blob_from_url(at.url, overwrite=True),
    "block from url": lambda at: at.container.get_blob_client("copy").stage_block_from_url("a", at.url),
    "container metadata": lambda at: at.container.set_container_metadata({"a": "b"}),
    "new container": lambda at: at.service.create_container("other"),
    "delete": lambda at: at.container.delete_blob("there"),
    "delete container": lambda at: at.container.delete_container(),
}

UNKNOWN: dict[str, Attempt] = {
    "append": lambda at: at.container.upload_blob("new", b"x", blob_type=BlobType.APPENDBLOB),
    "page": lambda at: at.container.get_blob_client("new").create_page_blob(512),
    "snapshot": lambda at: at.container.get_blob_client("there").create_snapshot(),
    "lease": lambda at: at.container.get_blob_client("there").acquire_lease(),
    "container lease": lambda at: at.container.acquire_lease(),
    "tier": lambda at: at.container.get_blob_client("there").set_standard_blob_tier(StandardBlobTier.COOL),
    "set tags": lambda at: at.container.get_blob_client("there").set_blob_tags({"a": "b"}),
    "undelete": lambda at: at.container.get_blob_client("there").undelete_blob(),
    "access policy": lambda at: at.container.set_container_access_policy({}),
    "service properties": lambda at: at.service.set_service_properties(target_version="2020-06-12"),
}


@pytest.fixture
def place(azure: Azure) -> Callable[..., Place]:
    """Makes somebody's view of a new container; with a role at the container, at the account, or none."""
    account = azure.account()
    container = azure.container(account)
    azure.server.assign("maker", DATA_OWNER, account)
    azure.blobs(account, "maker").get_blob_client("data", "there").upload_blob(b"content")

    def view(who: str, role: str | None, *, at_account: bool = False) -> Place:
        name = f"{who}-{account.rsplit('/', 1)[1]}"  # a new principal, whose only role this is
        azure.server.principal(name)
        if role:
            azure.server.assign(name, role, account if at_account else container)
        service = azure.blobs(account, name)
        return Place(service, service.get_container_client("data"))

    return view


def refusal(attempt: Callable[[], object]) -> tuple[int | None, str]:
    with pytest.raises(HttpResponseError) as caught:
        attempt()
    return code(caught)


@pytest.mark.parametrize("name", READS)
def test_reads(place: Callable[..., Place], name: str) -> None:
    stranger, reader = place("stranger", None), place("reader", READER)
    assert refusal(lambda: READS[name](stranger)) == (403, "AuthorizationPermissionMismatch")
    READS[name](reader)


@pytest.mark.parametrize("name", WRITES)
def test_writes(place: Callable[..., Place], name: str) -> None:
    reader, contributor = place("reader", READER), place("contributor", CONTRIBUTOR, at_account=True)
    assert refusal(lambda: WRITES[name](reader)) == (403, "AuthorizationPermissionMismatch")
    assert reader.container.download_blob("there").readall() == b"content"  # untouched, and the reader reads
    WRITES[name](contributor)


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_implemented_is_refused_before_it_is_501(place: Callable[..., Place], name: str) -> None:
    reader, owner = place("reader", READER), place("owner", DATA_OWNER, at_account=True)
    assert refusal(lambda: UNKNOWN[name](reader)) == (403, "AuthorizationPermissionMismatch")
    assert refusal(lambda: UNKNOWN[name](owner)) in ((501, "NotImplemented"), SERVICE_ONLY.get(name))


SERVICE_ONLY = {"service properties": (403, "AuthorizationPermissionMismatch")}
"""Not in Storage Blob Data Owner: it takes blobServices/write, which Contributor has."""


def test_permission_is_asked_for_before_existence(place: Callable[..., Place]) -> None:
    stranger, reader = place("stranger", None), place("reader", READER, at_account=True)
    for view, expected in (
        (stranger, (403, "AuthorizationPermissionMismatch")),
        (reader, (404, "ContainerNotFound")),
    ):
        missing = view.service.get_blob_client("missing", "x")
        assert refusal(missing.download_blob) == expected


def test_a_role_stops_at_its_container(azure: Azure, place: Callable[..., Place]) -> None:
    contributor = place("contributor", CONTRIBUTOR)
    account = contributor.service.account_name
    maker = place("second", DATA_OWNER, at_account=True)
    maker.service.create_container("beside").upload_blob("x", b"")
    assert account == maker.service.account_name
    beside = contributor.service.get_container_client("beside")
    assert refusal(lambda: list(beside.list_blobs())) == (403, "AuthorizationPermissionMismatch")
    assert refusal(lambda: list(contributor.service.list_containers())) == (
        403,
        "AuthorizationPermissionMismatch",
    )
    assert [found.name for found in maker.service.list_containers()] == ["beside", "data"]
    source = beside.get_blob_client("x").url
    copy = contributor.container.get_blob_client("stolen")
    assert refusal(lambda: copy.start_copy_from_url(source))[0] == 403  # no read on the source, no copy
    maker.container.get_blob_client("stolen").start_copy_from_url(source)


def test_control_plane_roles_open_no_data(azure: Azure, place: Callable[..., Place]) -> None:
    owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    view = place("subscription-owner", owner, at_account=True)
    assert refusal(lambda: READS["download"](view)) == (403, "AuthorizationPermissionMismatch")
    view.container.get_container_properties()  # an action, which Owner has


def test_adding_is_not_replacing(place: Callable[..., Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """No built-in role allows to add alone, so here is one."""
    action = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action"
    monkeypatch.setitem(BY_ID, ADDER, BuiltInRole(ADDER, "adder", "", data_actions=(action,)))
    adder = place("adder", ADDER)
    adder.container.upload_blob("new", b"x")
    assert refusal(lambda: adder.container.upload_blob("there", b"x", overwrite=True))[0] == 403


def test_no_key_no_signature_no_anonymity(azure: Azure, place: Callable[..., Place]) -> None:
    url = place("maker3", DATA_OWNER).url
    account, container, blob = url.split("/")[3:6]
    path = f"/{account}/{container}/{blob}"

    def send(query: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        sent = {"x-ms-version": "2025-05-05", **headers}
        reply = azure.server.cloud.dispatch(Request("blob", "GET", path, query or {}, sent))
        return reply.status, reply.headers["x-ms-error-code"]

    key_refused = (403, "KeyBasedAuthenticationNotPermitted")
    assert send(authorization=f"SharedKey {account}:c2lnbmF0dXJl") == key_refused
    assert send({"sv": "2025-05-05", "sig": "c2ln", "se": "2030-01-01", "sp": "r", "sr": "b"}) == key_refused
    assert send() == (401, "NoAuthenticationInformation")
    arm = azure.server.cloud.identity_token(azure.server.principal("maker3"), "https://management.azure.com")
    assert send(authorization=f"Bearer {arm}") == (401, "InvalidAuthenticationInfo")


def test_a_user_delegation_key_is_not_given(azure: Azure, place: Callable[..., Place]) -> None:
    now = datetime.now(UTC)
    stranger, reader = place("stranger", None), place("reader", READER, at_account=True)
    later = now + timedelta(hours=1)
    assert refusal(lambda: stranger.service.get_user_delegation_key(now, later))[0] == 403
    assert refusal(lambda: reader.service.get_user_delegation_key(now, later)) == (501, "NotImplemented")


@pytest.mark.parametrize("version", [None, "2015-04-05", "yesterday", "2099-01-01"])
def test_service_versions(azure: Azure, place: Callable[..., Place], version: str | None) -> None:
    path = "/" + place("reader", READER).url.split("/", 3)[3]
    name = f"reader-{path.split('/')[1]}"
    headers = {} if version is None else {"x-ms-version": version}
    reply = azure.server.send("blob", "GET", path, as_=name, headers=headers)
    expected = (403, "AuthenticationFailed") if version is None else (400, "InvalidHeaderValue")
    assert (reply.status, reply.headers["x-ms-error-code"]) == expected
    assert (
        azure.server.send("blob", "GET", path, as_=name, headers={"x-ms-version": "2025-05-05"}).status == 200
    )


def test_the_sdk_names_who_is_not_known(azure: Azure, place: Callable[..., Place]) -> None:
    view = place("maker4", DATA_OWNER)
    service = BlobServiceClient(view.service.url, connection_verify=str(azure.server.ca), retry_total=0)
    with service, pytest.raises(ClientAuthenticationError) as caught:
        service.get_blob_client("data", "there").download_blob()
    assert caught.value.status_code == 401
