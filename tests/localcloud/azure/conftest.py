"""A local Azure for each test.

cloud:  in this process, no sockets: `cloud.request("PUT", "/subscriptions/...", {...}, as_="owner")` gives a
        Reply; `cloud.assign("reader", ROLE_GUID, scope)` gives roles; `cloud.cloud` is the Cloud itself.
server: the same behind TLS on free ports, for official SDKs:
        `StorageManagementClient(server.credential("owner"), NONPRODUCTION, **server.arm_options)`, or the
        fixtures `owner` (a credential) and `resources`, `authorization`, `locks` (the owner's clients).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient

from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud, LocalServer, environment, local_cloud, local_server


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    with local_cloud(tmp_path / "azure") as local:
        yield local


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with local_server(tmp_path / "azure") as local, environment(local.environment):
        yield local


@pytest.fixture
def owner(server: LocalServer) -> Iterator[ClientSecretCredential]:
    with server.credential("owner") as credential:
        yield credential


@pytest.fixture
def resources(server: LocalServer, owner: ClientSecretCredential) -> Iterator[ResourceManagementClient]:
    with ResourceManagementClient(owner, NONPRODUCTION, **server.arm_options) as client:
        yield client


@pytest.fixture
def authorization(
    server: LocalServer, owner: ClientSecretCredential
) -> Iterator[AuthorizationManagementClient]:
    with AuthorizationManagementClient(owner, NONPRODUCTION, **server.arm_options) as client:
        yield client


@pytest.fixture
def locks(server: LocalServer, owner: ClientSecretCredential) -> Iterator[ManagementLockClient]:
    with ManagementLockClient(owner, NONPRODUCTION, **server.arm_options) as client:
        yield client
