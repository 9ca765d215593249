"""Resource Manager's requests for Microsoft.DataFactory."""

from __future__ import annotations

from localcloud.azure.core.cloud import Act, Cloud, ResourceType
from localcloud.azure.core.store import Document
from localcloud.azure.datafactory import documents, factories, models, triggers
from localcloud.azure.datafactory.firing import Triggers
from localcloud.azure.datafactory.run_requests import RunRequests
from localcloud.azure.datafactory.runs.engine import Runner


def register(cloud: Cloud) -> None:
    """Add factories, their documents and their runs to the local Azure."""
    runner = Runner(cloud)
    runner.records.fail_unended()  # Runs that a killed process left under way.
    runs = RunRequests(runner)
    runs.register(cloud)
    firing = Triggers(cloud, runner)
    for row in _rows(runs, triggers.TriggerRequests(firing)):
        cloud.add(row)

    def forget(document: Document) -> None:
        if document["type"].lower() == models.TYPE.lower():
            runner.forget(document["id"])
            cloud.principals.delete_identity(document["id"])
        if document["type"].lower().startswith(models.TYPE.lower()):
            firing.forget(document)

    cloud.on_deleted(forget)
    cloud.on_close(firing.close)
    cloud.on_close(runner.close)


def _rows(runs: RunRequests, firing: triggers.TriggerRequests) -> list[ResourceType]:
    posts: dict[str, dict[str, Act]] = {
        "pipelines": {"createRun": runs.create},
        "triggers": {"start": firing.start, "stop": firing.stop},
    }
    factory = ResourceType(
        type=models.TYPE,
        api_versions=frozenset({models.API_VERSION}),
        name=models.FACTORY_NAME,
        put=factories.put,
        patch=factories.patch,
        posts={"queryPipelineRuns": runs.query, "queryTriggerRuns": firing.query},
    )
    rows = [documents.row(kind, name, posts.get(kind, {})) for kind, name in models.DOCUMENTS.items()]
    return [factory, *rows]
