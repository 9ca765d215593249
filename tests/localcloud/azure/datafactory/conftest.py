"""The fixture `place`: see factory_place.py. `client`: the owner's DataFactoryManagementClient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.datafactory import DataFactoryManagementClient

from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.testing import LocalServer
from tests.localcloud.azure.datafactory.factory_place import Place, make_place


@pytest.fixture
def client(server: LocalServer, owner: ClientSecretCredential) -> Iterator[DataFactoryManagementClient]:
    with DataFactoryManagementClient(owner, NONPRODUCTION, **server.arm_options) as made:
        yield made


@pytest.fixture
def place(server: LocalServer, client: DataFactoryManagementClient) -> Iterator[Place]:
    with server.credential("data") as data:
        yield make_place(server, client, data)
