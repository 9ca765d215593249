"""How long it takes to remove an environment's data: with its group, or file by file.

A group is removed by one request and a poll or two, whatever is in it. File by file is what remains where
the data lies in a shared account: one request a blob, by the SDK, one after the other or 16 at once.
"""

from __future__ import annotations

import json
import os
import statistics
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient
from azure.storage.blob import BlobServiceClient, ContainerClient

from bench.azure import bare_sdk
from bench.azure.blobs import fill
from bench.project import Project, project
from bench.table import cells, table
from bench.timing import seconds

GROUP, ACCOUNT, CONTAINER = "bench-teardown", "benchteardown", "curated"
AT_ONCE = 16


@dataclass(frozen=True)
class Sink:
    """A storage account in a group, with a container full of blobs."""

    container: ContainerClient

    def by_group(self) -> None:
        """One delete for the group, waited for."""
        bare_sdk.client(ResourceManagementClient).resource_groups.begin_delete(GROUP).result()

    def one_by_one(self) -> None:
        """List, and delete each blob."""
        for name in self.container.list_blob_names():
            self.container.delete_blob(name)

    def many_at_once(self) -> None:
        """List, and delete the blobs in threads."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self.container.delete_blob, self.container.list_blob_names()))


WAYS: dict[str, Callable[[Sink], None]] = {
    "the group, in one operation": Sink.by_group,
    f"file by file, {AT_ONCE} at once": Sink.many_at_once,
    "file by file, one after the other": Sink.one_by_one,
}


def make(place: Project, blobs: int) -> Sink:
    """A group with an account whose container holds that many blobs."""
    body: Any = {"location": bare_sdk.REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    groups, storage = bare_sdk.client(ResourceManagementClient), bare_sdk.client(StorageManagementClient)
    groups.resource_groups.create_or_update(GROUP, {"location": bare_sdk.REGION})
    account = storage.storage_accounts.begin_create(GROUP, ACCOUNT, body).result()
    storage.blob_containers.create(GROUP, ACCOUNT, CONTAINER, {})
    _let_in(place, account.id)
    credential = _credential()
    token = credential.get_token("https://storage.azure.com/.default").token
    trusted = place.state / "ca.pem"
    fill(f"{account.primary_endpoints.blob}{CONTAINER}", token, trusted, blobs)
    service = BlobServiceClient(account.primary_endpoints.blob, credential, connection_verify=str(trusted))
    return Sink(service.get_container_client(CONTAINER))


def _let_in(place: Project, scope: str) -> None:
    """The owner of a subscription has no role on data, as on Azure: it gives itself one."""
    owner = json.loads((place.state / "principals.json").read_text())["owner"]["object_id"]
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{bare_sdk.WRITER}"
    who = {"principalId": owner, "principalType": "ServicePrincipal"}
    roles = bare_sdk.client(AuthorizationManagementClient).role_assignments
    roles.create(scope, str(uuid.uuid4()), {"properties": {"roleDefinitionId": role, **who}})


def _credential() -> ClientSecretCredential:
    return ClientSecretCredential(
        os.environ["ARM_TENANT_ID"], os.environ["ARM_CLIENT_ID"], os.environ["ARM_CLIENT_SECRET"],
        authority="https://" + os.environ["ARM_METADATA_HOSTNAME"],
        disable_instance_discovery=True, connection_verify=os.environ["SSL_CERT_FILE"],
    )  # fmt: skip


def measure(place: Project, blobs: int, rounds: int) -> dict[str, tuple[float, int]]:
    """The median of the seconds, and the requests, of each way; they take turns."""
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    requests: dict[str, int] = {}
    for _ in range(rounds):
        for way, remove in WAYS.items():
            sink, before = make(place, blobs), place.requests()
            times[way].append(seconds(remove, sink))
            requests[way] = place.requests() - before
            if remove is not Sink.by_group:
                sink.by_group()
    return {way: (statistics.median(taken), requests[way]) for way, taken in times.items()}


def main(sizes: Sequence[int], rounds: int) -> None:
    """Measure and print a table."""
    with project("azure", lake=False) as place:
        os.environ.update(place.environ["owner"])
        found = [measure(place, blobs, rounds) for blobs in sizes]
    head = [cell for blobs in sizes for cell in (f"{blobs:,} blobs", "requests")]
    rows = [(way, *(cell for one in found for cell in cells(*one[way]))) for way in WAYS]
    print(table(("", *head), rows))
