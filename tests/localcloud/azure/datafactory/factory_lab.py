"""A factory in a cloud without sockets, for tests of what runs do."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.azure.core.call import Reply
from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.datafactory.runs.store import ENDED
from tests.support.azure_in_process import LocalCloud

GROUP_ID = f"/subscriptions/{NONPRODUCTION}/resourceGroups/lab"
FACTORY_ID = f"{GROUP_ID}/providers/Microsoft.DataFactory/factories/lab-factory"
ACCOUNT_ID = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/labaccount"
CONTAINER_ID = f"{ACCOUNT_ID}/blobServices/default/containers/data"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
WINDOW = {"lastUpdatedAfter": "2020-01-01T00:00:00Z", "lastUpdatedBefore": "2100-01-01T00:00:00Z"}
Json = Any


@dataclass
class Lab:
    """The factory `lab-factory`, whose identity may write the container `data` of `labaccount`."""

    local: LocalCloud
    principal_id: str = ""

    def set_up(self) -> Lab:
        """Make the group, the account, the container and the factory."""
        self.arm("PUT", GROUP_ID, {"location": "westeurope"}, "2024-03-01")
        account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        self.arm("PUT", ACCOUNT_ID, account, "2024-01-01")
        self.arm("PUT", CONTAINER_ID, {}, "2024-01-01")
        factory = {"location": "westeurope", "identity": {"type": "SystemAssigned"}}
        self.principal_id = self.arm("PUT", FACTORY_ID, factory)["identity"]["principalId"]
        self.local.assign("data", CONTRIBUTOR, CONTAINER_ID)
        self.grant(CONTRIBUTOR, CONTAINER_ID)
        return self

    def arm(
        self, method: str, path: str, body: Json = None, version: str = "2018-06-01", **query: str
    ) -> Json:
        """A request that succeeds; gives its body."""
        reply = self.send(method, path, body, version, **query)
        assert reply.status < 400, reply.body
        return reply.body

    def send(
        self, method: str, path: str, body: Json = None, version: str = "2018-06-01", **query: str
    ) -> Reply:
        """A request as the owner."""
        return self.local.request(method, path, body, version=version, **query)

    def grant(self, role: str, scope: str) -> None:
        """Give the factory's identity a role."""
        definition = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
        properties = {
            "roleDefinitionId": definition,
            "principalId": self.principal_id,
            "principalType": "ServicePrincipal",
        }
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        self.arm("PUT", path, {"properties": properties}, "2022-04-01")

    def put(self, kind: str, name: str, properties: Json) -> Json:
        """Make a document."""
        return self.arm("PUT", f"{FACTORY_ID}/{kind}/{name}", {"properties": properties})

    def dataset(
        self, name: str, type: str, folder: str = "", file: str | None = None, **properties: Json
    ) -> Json:
        """Make a dataset on the container `data`; gives a reference to it."""
        endpoint = f"{self.local.cloud.blob_url}/labaccount"
        service = {"type": "AzureBlobStorage", "typeProperties": {"serviceEndpoint": endpoint}}
        self.put("linkedservices", "data", service)
        location = {
            "type": "AzureBlobStorageLocation",
            "container": "data",
            "folderPath": folder,
            "fileName": file,
        }
        linked = {"referenceName": "data", "type": "LinkedServiceReference"}
        properties = {"location": location, **properties}
        self.put("datasets", name, {"type": type, "linkedServiceName": linked, "typeProperties": properties})
        return {"referenceName": name, "type": "DatasetReference"}

    def pipeline(self, *activities: Json, name: str = "p", **properties: Json) -> str:
        """Make a pipeline; gives its name."""
        self.put("pipelines", name, {"activities": list(activities), **properties})
        return name

    def start(self, name: str = "p", **parameters: Json) -> str:
        """Start a run; gives its id."""
        return str(self.arm("POST", f"{FACTORY_ID}/pipelines/{name}/createRun", parameters)["runId"])

    def get(self, run_id: str) -> Json:
        """A run as it is now."""
        return self.arm("GET", f"{FACTORY_ID}/pipelineruns/{run_id}")

    def ended(self, run_id: str) -> Json:
        """A run once it has ended."""
        return self.once(run_id, lambda run: run["status"] in ENDED)

    def once(self, run_id: str, reached: Json) -> Json:
        """A run once a condition on it holds."""
        deadline, pause = time.monotonic() + 30, threading.Event()
        while not reached(run := self.get(run_id)):
            assert time.monotonic() < deadline, run
            pause.wait(0.005)
        return run

    def run(self, *activities: Json, **properties: Json) -> Json:
        """Run these activities as a pipeline; gives the ended run."""
        return self.ended(self.start(self.pipeline(*activities, **properties)))

    def activities(self, run: Json) -> dict[str, Json]:
        """A run's activity runs by name; the last of each."""
        path = f"{FACTORY_ID}/pipelineruns/{run['runId']}/queryActivityruns"
        return {one["activityName"]: one for one in self.arm("POST", path, WINDOW)["value"]}

    def upload(self, name: str, content: bytes) -> None:
        """Put a blob into `data`."""
        headers = {
            "x-ms-blob-type": "BlockBlob",
            "x-ms-version": "2023-11-03",
            "content-length": str(len(content)),
        }
        path = f"/labaccount/data/{name}"
        assert self.local.send("blob", "PUT", path, content, as_="data", headers=headers).status == 201

    def download(self, name: str) -> bytes | None:
        """A blob of `data`, or None."""
        headers = {"x-ms-version": "2023-11-03"}
        reply = self.local.send("blob", "GET", f"/labaccount/data/{name}", as_="data", headers=headers)
        if reply.status == 404:
            return None
        assert reply.status == 200
        assert isinstance(reply.body, bytes | Path)
        return reply.body if isinstance(reply.body, bytes) else reply.body.read_bytes()


def activity(name: str, type: str, after: Json = None, **properties: Json) -> Json:
    """An activity. after: names it waits for, each with its conditions: {"first": ["Failed"]}."""
    depends = [
        {"activity": one, "dependencyConditions": conditions} for one, conditions in (after or {}).items()
    ]
    outside = {
        key: properties.pop(key) for key in ("inputs", "outputs", "policy", "state") if key in properties
    }
    return {"name": name, "type": type, "dependsOn": depends, "typeProperties": properties, **outside}


def expression(text: str) -> Json:
    """An expression as Studio writes it."""
    return {"value": text, "type": "Expression"}


def set_variable(name: str, value: Json, after: Json = None, variable: str = "x") -> Json:
    """A SetVariable activity."""
    return activity(name, "SetVariable", after, variableName=variable, value=value)


def fail(name: str, after: Json = None) -> Json:
    """An activity that fails."""
    return activity(name, "Fail", after, message=f"{name} failed", errorCode="500")
