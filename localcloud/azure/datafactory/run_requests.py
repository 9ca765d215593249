"""Requests for runs: start, get, list the activities, cancel."""

from __future__ import annotations

import uuid

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud
from localcloud.azure.core.errors import CloudError, not_found, not_implemented
from localcloud.azure.core.store import Document
from localcloud.azure.datafactory import models, queries
from localcloud.azure.datafactory.runs.engine import Runner
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.store import ENDED, Record

FACTORY = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataFactory/factories/{factory}"
)
RUN = f"{FACTORY}/pipelineruns/{{run}}"
_RERUN = ("referencepipelinerunid", "startactivityname", "startfromfailure")


class RunRequests:
    """The handlers. `runner`: what runs the pipelines."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def register(self, cloud: Cloud) -> None:
        """Add the paths of runs. Runs are not resources."""
        versions = frozenset({models.API_VERSION})
        action = f"{models.TYPE}/pipelineruns"
        cloud.add_operation("GET", RUN, self.get, f"{action}/read", api_versions=versions)
        cloud.add_operation(
            "POST", f"{RUN}/cancel", self.cancel, f"{action}/cancel/action", api_versions=versions
        )
        cloud.add_operation(
            "POST", f"{RUN}/queryActivityruns", self.activities, f"{action}/queryactivityruns/read",
            api_versions=versions,
        )  # fmt: skip

    def create(self, call: Call, pipeline_id: str, existing: Document) -> Reply:
        """Start a run; the body holds the parameters."""
        for option in _RERUN:
            if call.request.query.get(option):
                raise not_implemented(f"createRun with '{option}'")
        factory = call.cloud.store.get(models.factory_of(pipeline_id))
        if factory is None:
            raise not_found(pipeline_id)
        invoked = {"id": str(uuid.uuid4()), "name": "Manual", "invokedByType": "Manual"}
        try:
            record = self._runner.start(factory, existing["name"], call.request.json(), invoked)
        except ActivityError as error:
            text = f"ErrorCode={error.code}, ErrorMessage={error.message}"
            raise CloudError(400, "BadRequest", text) from None
        return Reply(200, {"runId": record["runId"]})

    def query(self, call: Call, factory_id: str, existing: Document) -> Reply:
        """The pipeline runs of a factory."""
        records = self._runner.records.runs(factory_id)
        body = call.request.json()
        return Reply(
            200, queries.answer(records, body, queries.PIPELINE_FIELDS, lambda one: one["lastUpdated"])
        )

    def get(self, call: Call) -> Reply:
        """One pipeline run."""
        return Reply(200, self._record(call))

    def activities(self, call: Call) -> Reply:
        """The activity runs of a pipeline run."""
        records = self._runner.records.activities(self._record(call)["runId"])
        body = call.request.json()
        answer = queries.answer(
            records,
            body,
            queries.ACTIVITY_FIELDS,
            lambda one: str(one["activityRunEnd"] or one["activityRunStart"]),
        )
        return Reply(200, answer)

    def cancel(self, call: Call) -> Reply:
        """Cancel a run. Raises 400 for a run that has ended."""
        record = self._record(call)
        if record["status"] in ENDED:
            text = f"The pipeline run cannot be cancelled: its status is {record['status']}."
            raise CloudError(400, "BadRequest", text)
        recursive = call.request.query.get("isrecursive", "false").lower() == "true"
        self._runner.cancel(record["runId"], recursive=recursive)
        return Reply(200)

    def _record(self, call: Call) -> Record:
        factory_id = FACTORY.format(**call.params)
        if call.cloud.store.get(factory_id) is None:
            raise not_found(factory_id)
        record = self._runner.records.run(factory_id, call.params["run"])
        if record is None:
            raise not_found(call.request.path)
        return record
