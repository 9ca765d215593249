"""The fixtures `place` (factory_place.py: TLS, the official SDK) and `lab` (factory_lab.py: no sockets)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.datafactory import DataFactoryManagementClient

from localcloud.azure.core.ids import NONPRODUCTION
from tests.localcloud.azure.datafactory.factory_lab import Lab
from tests.localcloud.azure.datafactory.factory_place import Place, make_place
from tests.support.azure_in_process import LocalCloud, LocalServer


@pytest.fixture
def client(server: LocalServer, owner: ClientSecretCredential) -> Iterator[DataFactoryManagementClient]:
    with DataFactoryManagementClient(owner, NONPRODUCTION, **server.arm_options) as made:
        yield made


@pytest.fixture
def place(server: LocalServer, client: DataFactoryManagementClient) -> Iterator[Place]:
    with server.credential("data") as data:
        yield make_place(server, client, data)


@pytest.fixture
def lab(cloud: LocalCloud) -> Lab:
    return Lab(cloud).set_up()
