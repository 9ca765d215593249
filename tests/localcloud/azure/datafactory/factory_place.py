"""A local Azure with a lake, a sink and a factory in it, seen through the official SDK clients."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from azure.identity import ClientSecretCredential
from azure.mgmt.datafactory import DataFactoryManagementClient
from azure.mgmt.datafactory.models import (
    ActivityRun,
    Factory,
    FactoryIdentity,
    FactoryProperties,
    GlobalParameterSpecification,
    PipelineRun,
    RunFilterParameters,
)
from azure.storage.blob import ContainerClient

from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.datafactory.runs.store import ENDED
from tests.support.azure_in_process import LocalServer

GROUP = "qa-1-flights"
FACTORY = "qa-1-flights-abc123"
GROUP_ID = f"/subscriptions/{NONPRODUCTION}/resourceGroups/{GROUP}"
FACTORY_ID = f"{GROUP_ID}/providers/Microsoft.DataFactory/factories/{FACTORY}"
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
EXAMPLE = Path(__file__).parents[4] / "examples" / "flights" / "factory"
ACCOUNTS = {"lake": ("flightslake", "flights"), "curated": ("qa1flights", "curated")}
# The order that references ask for, and the SDK's operations for each kind.
KINDS = {"dataset": "datasets", "pipeline": "pipelines", "trigger": "triggers"}
LAST = {"flights": 1, "month": 0}


@dataclass
class Place:
    """What the tests stand on."""

    server: LocalServer
    client: DataFactoryManagementClient
    principal_id: str
    data: ClientSecretCredential

    def container(self, store: str) -> ContainerClient:
        """A store's container, as its owner sees it."""
        account, container = ACCOUNTS[store]
        endpoint = f"{self.server.blob_url}/{account}"
        return ContainerClient(endpoint, container, self.data)

    def grant(self, store: str, role: str) -> None:
        """Give the factory's identity a role on a store's container."""
        scope = container_id(store)
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        properties = {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": self.principal_id,
            "principalType": "ServicePrincipal",
        }
        reply = self.server.request("PUT", path, {"properties": properties}, version="2022-04-01")
        assert reply.status == 201, reply.body

    def put(self, kind: str, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        """PUT a document as it stands; gives the answer's body. kind: the segment of its id."""
        path = f"{FACTORY_ID}/{kind}/{name}"
        reply = self.server.request("PUT", path, {"properties": properties}, version="2018-06-01")
        assert reply.status == 200, reply.body
        assert isinstance(reply.body, dict)
        return reply.body

    def linked(self, store: str) -> None:
        """A linked service of a store's name."""
        endpoint = f"{self.server.blob_url}/{ACCOUNTS[store][0]}/"
        properties = {"serviceEndpoint": endpoint, "accountKind": "StorageV2"}
        self.put("linkedservices", store, {"type": "AzureBlobStorage", "typeProperties": properties})

    def publish_example(self) -> None:
        """The example's documents through the SDK's own models, its stores replaced."""
        for store in ACCOUNTS:
            self.linked(store)
        for kind, operations in KINDS.items():
            files = sorted((EXAMPLE / kind).glob("*.json"), key=lambda path: LAST.get(path.stem, 0))
            for path in files:
                publish = getattr(self.client, operations).create_or_update
                publish(GROUP, FACTORY, path.stem, {"properties": json.loads(path.read_text())["properties"]})

    def start(self, pipeline: str, parameters: dict[str, Any] | None = None) -> str:
        """Start a run; gives its id."""
        return self.client.pipelines.create_run(GROUP, FACTORY, pipeline, parameters or {}).run_id

    def run(self, pipeline: str, parameters: dict[str, Any] | None = None) -> PipelineRun:
        """Run a pipeline to its end."""
        return self.ended(self.start(pipeline, parameters))

    def ended(self, run_id: str, seconds: float = 60) -> PipelineRun:
        """The run once it has ended."""
        run, deadline = (
            self.client.pipeline_runs.get(GROUP, FACTORY, run_id),
            datetime.now(UTC) + timedelta(seconds=seconds),
        )
        while run.status not in ENDED:
            assert datetime.now(UTC) < deadline, f"still {run.status}"
            run = self.client.pipeline_runs.get(GROUP, FACTORY, run_id)
        return run

    def activities(self, run: PipelineRun) -> list[ActivityRun]:
        """A run's activity runs."""
        answer = self.client.activity_runs.query_by_pipeline_run(GROUP, FACTORY, str(run.run_id), window())
        return list(answer.value)


def error(run: ActivityRun) -> dict[str, str]:
    """An activity run's error."""
    assert isinstance(run.error, dict)
    return run.error


def output(run: ActivityRun) -> dict[str, Any]:
    """An activity run's output."""
    assert isinstance(run.output, dict)
    return run.output


def window() -> RunFilterParameters:
    """The last day and the next."""
    now = datetime.now(UTC)
    return RunFilterParameters(
        last_updated_after=now - timedelta(days=1), last_updated_before=now + timedelta(days=1)
    )


def container_id(store: str) -> str:
    """The resource id of a store's container."""
    account, container = ACCOUNTS[store]
    account_id = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/{account}"
    return f"{account_id}/blobServices/default/containers/{container}"


def make_place(
    server: LocalServer, client: DataFactoryManagementClient, data: ClientSecretCredential
) -> Place:
    """A group with both accounts, a factory with an identity, and a principal `data` that owns the blobs."""
    assert server.request("PUT", GROUP_ID, {"location": "westeurope"}).status == 201
    for store, (account, _) in ACCOUNTS.items():
        path = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/{account}"
        body = {
            "location": "westeurope",
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
            "properties": {},
        }
        assert server.request("PUT", path, body, version="2024-01-01").status == 200
        assert server.request("PUT", container_id(store), {}, version="2024-01-01").status == 201
    server.assign("data", CONTRIBUTOR, GROUP_ID)
    wanted = Factory(
        location="westeurope",
        identity=FactoryIdentity(type="SystemAssigned"),
        properties=FactoryProperties(
            global_parameters={"year": GlobalParameterSpecification(type="Int", value=2013)}
        ),
    )
    factory = client.factories.create_or_update(GROUP, FACTORY, wanted)
    assert factory.identity is not None
    return Place(server, client, str(factory.identity.principal_id), data)
