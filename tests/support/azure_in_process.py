"""A local Azure in this process, with and without its TLS servers.

    with local_cloud(tmp_path) as local:  # no sockets
        local.request("GET", "/subscriptions/...")
    with local_server(tmp_path) as server:  # https on free ports, for official SDKs
        client = ResourceManagementClient(server.credential("owner"), NONPRODUCTION, **server.arm_options)

Both begin with the two subscriptions, `owner` (Owner of both) and `deployer` (no role). `local.cloud` is the
`Cloud`, to look into the store or to call `cloud.principals.create`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from azure.identity import ClientSecretCredential

from localcloud import certificates
from localcloud.azure import admin
from localcloud.azure.core.call import Principal, Reply, Request
from localcloud.azure.core.cloud import Cloud
from localcloud.azure.core.ids import TENANT
from localcloud.azure.core.tokens import ARM_AUDIENCES, STORAGE_AUDIENCE
from localcloud.azure.http import HOST, Servers
from localcloud.azure.services import open_cloud
from localcloud.server import bind

START_SECONDS = 20.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class LocalCloud:
    """A cloud in this process. `secrets`: client secret by client id, of `owner`, `deployer` and who is
    added here.
    """

    cloud: Cloud
    secrets: dict[str, str]

    def principal(self, name: str) -> Principal:
        """The principal of this name; made, without any role, when there is none yet."""
        return self.cloud.principals.by_name(name) or self._create(name)

    def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, as_: str = "owner",
        version: str = "2024-03-01", **query: str,
    ) -> Reply:  # fmt: skip
        """One Resource Manager request, made by a principal named `as_`."""
        content = b"" if body is None else json.dumps(body).encode()
        return self.send("arm", method, path, content, as_=as_, query={"api-version": version, **query})

    def send(
        self, plane: str, method: str, path: str, body: bytes = b"", *, as_: str = "owner",
        query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        """One request to a plane, with a token of the audience that the plane asks for."""
        audience = ARM_AUDIENCES[0] if plane == "arm" else STORAGE_AUDIENCE
        token = self.cloud.identity_token(self.principal(as_), audience)
        sent = {"authorization": f"Bearer {token}", **(headers or {})}
        return self.cloud.dispatch(Request(plane, method, path, dict(query or {}), sent, body))

    def assign(self, name: str, role: str, scope: str, **properties: Any) -> Reply:
        """As owner: give a principal a role (the guid of its definition) at a scope."""
        who = self.principal(name).object_id
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        definition = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
        sent = {
            "roleDefinitionId": definition,
            "principalId": who,
            "principalType": "ServicePrincipal",
            **properties,
        }
        reply = self.request("PUT", path, {"properties": sent}, version="2022-04-01")
        assert reply.status == 201, reply.body
        return reply

    def log(self) -> list[dict[str, Any]]:
        """The request log so far; a line that is just being written is none yet."""
        whole, _, _ = (self.cloud.folder / "requests.jsonl").read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def _create(self, name: str) -> Principal:
        principal, secret = self.cloud.principals.create(name)
        self.secrets[principal.client_id] = secret
        return principal


@dataclass(frozen=True)
class LocalServer(LocalCloud):
    """The same behind TLS. Set `environment` for the process that uses the SDKs (the fixture `server`
    does).
    """

    ca: Path

    @property
    def arm_url(self) -> str:
        """Resource Manager, login and metadata."""
        return self.cloud.arm_url

    @property
    def blob_url(self) -> str:
        """Blob service, path style: append /<account>."""
        return self.cloud.blob_url

    @property
    def arm_options(self) -> dict[str, Any]:
        """Keyword arguments of every azure-mgmt client: where it is, and the authority it trusts."""
        return {
            "base_url": self.arm_url,
            "credential_scopes": [f"{ARM_AUDIENCES[0]}/.default"],
            "connection_verify": str(self.ca),
            "retry_total": 0,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What makes clients of this process trust and find the cloud."""
        trust = {"SSL_CERT_FILE": str(self.ca), "REQUESTS_CA_BUNDLE": str(self.ca)}
        return {
            **trust,
            "ARM_METADATA_HOSTNAME": self.arm_url.removeprefix("https://"),
            "ARM_TENANT_ID": TENANT,
        }

    def credential(self, name: str = "owner") -> ClientSecretCredential:
        """azure-identity's own credential for a service principal, made if it is not there. Close it, or
        `with` it.
        """
        principal = self.principal(name)
        return ClientSecretCredential(
            TENANT, principal.client_id, self.secrets[principal.client_id], authority=self.arm_url,
            disable_instance_discovery=True, connection_verify=str(self.ca),
        )  # fmt: skip


@contextlib.contextmanager
def local_cloud(folder: Path, *, delete_delay: float = 0.0) -> Iterator[LocalCloud]:
    """A cloud with every service, without sockets. delete_delay: seconds a group stays in `Deleting`."""
    cloud = open_cloud(
        folder, arm_url="https://127.0.0.1:1", blob_url="https://127.0.0.1:2", delete_delay=delete_delay
    )
    try:
        yield LocalCloud(cloud, _secrets(cloud))
    finally:
        cloud.close()


@contextlib.contextmanager
def local_server(folder: Path, *, delete_delay: float = 0.0) -> Iterator[LocalServer]:
    """A cloud with every service behind TLS on free ports of 127.0.0.1, served by a thread of this
    process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ca, certificate, key = certificates.ensure(folder)
    sockets = {plane: bind() for plane in ("arm", "blob")}
    urls = {f"{plane}_url": f"https://{HOST}:{one.getsockname()[1]}" for plane, one in sockets.items()}
    cloud = open_cloud(folder, delete_delay=delete_delay, **urls)
    servers = Servers(cloud, sockets, certificate, key)
    thread = threading.Thread(target=_run, args=(servers,), name="local azure")
    thread.start()
    try:
        _await_start(servers, thread)
        yield LocalServer(cloud, _secrets(cloud), ca)
    finally:
        servers.stop()
        thread.join(STOP_SECONDS)
        cloud.close()


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _run(servers: Servers) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(servers.serve())


def _secrets(cloud: Cloud) -> dict[str, str]:
    credentials = admin.prepare(cloud.store)
    return {found["client_id"]: found["client_secret"] for found in credentials.values()}


def _await_start(servers: Servers, thread: threading.Thread) -> None:
    ready = threading.Event()
    deadline = START_SECONDS
    while not servers.started and deadline > 0:
        ready.wait(0.01)
        deadline -= 0.01
        if not thread.is_alive():
            raise RuntimeError("the local Azure ended while it started")
    if not servers.started:
        raise TimeoutError("the local Azure did not start")
