"""One local Azure behind TLS for a module, and the official clients; each test makes accounts of its own."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.storage import StorageManagementClient
from azure.storage.blob import BlobServiceClient, ContainerClient

from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalServer, environment, local_server

READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
GROUP = f"/subscriptions/{NONPRODUCTION}/resourceGroups/storage-tests"
ACCOUNT = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


@dataclass(frozen=True)
class Azure:
    """The server, and official clients that act as a principal of some name."""

    server: LocalServer
    clients: ExitStack
    names: Iterator[int]

    def account(self, **properties: object) -> str:
        """A new account with shared keys and public access off; gives its id."""
        account_id = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/acct{next(self.names):04}"
        asked = {**ACCOUNT, "properties": {"allowSharedKeyAccess": False, **properties}}
        reply = self.server.request("PUT", account_id, asked, version="2024-01-01")
        assert reply.status == 200, reply.body
        return account_id

    def container(self, account_id: str, name: str = "data") -> str:
        """A container in it, made through Resource Manager; gives its id."""
        container_id = f"{account_id}/blobServices/default/containers/{name}"
        assert self.server.request("PUT", container_id, {}, version="2024-01-01").status == 201
        return container_id

    def blobs(self, account_id: str, who: str = "owner") -> BlobServiceClient:
        """azure-storage-blob for an account."""
        url = f"{self.server.blob_url}/{account_id.rsplit('/', 1)[1]}"
        credential = self.clients.enter_context(self.server.credential(who))
        client = BlobServiceClient(url, credential, connection_verify=str(self.server.ca), retry_total=0)
        return self.clients.enter_context(client)

    def storage(self, who: str = "owner", subscription: str = NONPRODUCTION) -> StorageManagementClient:
        """azure-mgmt-storage."""
        credential = self.clients.enter_context(self.server.credential(who))
        client = StorageManagementClient(credential, subscription, **self.server.arm_options)
        return self.clients.enter_context(client)


def code(caught: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str]:
    """Status and error code of what an SDK raised, on either plane."""
    response, error = caught.value.response, caught.value.error
    said = getattr(response, "headers", {}).get("x-ms-error-code")
    return caught.value.status_code, said or str(error.code if error else "")


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    folder = tmp_path_factory.mktemp("azure")
    with local_server(folder) as server, environment(server.environment):
        with ExitStack() as clients:
            server.request("PUT", GROUP, {"location": "westeurope"})
            yield Azure(server, clients, itertools.count(1))
        gc.collect()  # an SDK's exception keeps its connection open until it is collected


@pytest.fixture
def make_container(azure: Azure) -> Callable[[], ContainerClient]:
    """Makes an empty container in an account of its own, for its data owner."""

    def make() -> ContainerClient:
        account_id = azure.account()
        azure.server.assign("owner", DATA_OWNER, account_id)
        azure.container(account_id)
        return azure.blobs(account_id).get_container_client("data")

    return make


@pytest.fixture
def container(make_container: Callable[[], ContainerClient]) -> ContainerClient:
    return make_container()
