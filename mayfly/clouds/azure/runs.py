"""Pipeline runs of a data factory: started, followed, cancelled.

Source: Data Factory REST API 2018-06-01: Pipelines - Create Run, Pipeline Workload, Activity Workload.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from mayfly.clouds.azure.client import MOST_PAGES, Azure
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.azure.waiting import Sleep, until
from mayfly.errors import BadInput, Problem
from mayfly.naming.azure import ids

ENDED = frozenset({"Succeeded", "Failed", "Cancelled"})
LONGEST_RUN = 24 * 3600.0
# Data Factory's clock and ours may differ; the window of a query is widened by this on both sides.
CLOCK_MARGIN = timedelta(days=1)
MOST_LATEST = 1000
PIPELINE_NAME = ids.SEGMENT


@dataclass(frozen=True)
class Run:
    """A pipeline run. status: Queued, InProgress, Canceling, Succeeded, Failed, Cancelled. Times RFC 3339."""

    id: str
    pipeline: str
    status: str
    message: str = ""
    started: str | None = None
    ended: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in ENDED


@dataclass(frozen=True)
class Activity:
    """One run of one activity. id: unique in the run; an activity in a ForEach has one for each item.

    seconds: how long it took, None while it runs. error: code and message, "" when there is none.
    """

    id: str
    name: str
    type: str
    status: str
    seconds: float | None = None
    error: str = ""
    error_code: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] = field(default_factory=dict)
    started: str | None = None


Follow = Callable[[Run, list[Activity]], None]


def start(cloud: Azure, factory_id: str, pipeline: str, parameters: Mapping[str, Any] | None = None) -> str:
    """Start a pipeline; the run's id. Raises BadInput for an unknown pipeline."""
    factory = _factory(factory_id)
    if not PIPELINE_NAME.fullmatch(pipeline):
        raise BadInput([Problem("pipeline", f"'{pipeline}' cannot be a name", "give a pipeline's name")])
    try:
        path = f"{factory}/pipelines/{pipeline}"
        answer = cloud.post(path, "createRun", dict(parameters or {}), again=False)
    except CloudError as error:
        if error.status != 404:
            raise
        fix = "give the name of a pipeline that is deployed there"
        raise BadInput([Problem("pipeline", f"'{pipeline}' is not in {factory}", fix)]) from error
    return str(answer["runId"])


def get(cloud: Azure, factory_id: str, run_id: str) -> Run:
    """A run as it is now. Raises CloudError 404 for an unknown one."""
    path = _run(factory_id, run_id)
    document = cloud.get(path)
    if document is None:
        raise CloudError(404, "RunNotFound", "there is no such run", "", f"GET {path}")
    return _read(document)


def latest(cloud: Azure, factory_id: str, since: datetime) -> Iterator[Run]:
    """The runs of a factory that began or changed since then, the latest first; MOST_LATEST are looked at.

    What another pipeline executed is left out: it is a part of that one's run. Source: Data Factory REST API
    2018-06-01, Pipeline Runs - Query By Factory, which answers page by page; PipelineRunInvokedBy.
    """
    asked: dict[str, Any] = {
        "lastUpdatedAfter": since.isoformat(),
        "lastUpdatedBefore": (datetime.now().astimezone() + CLOCK_MARGIN).isoformat(),
        "orderBy": [{"orderBy": "RunStart", "order": "DESC"}],
    }
    found = _query(cloud, _factory(factory_id), "queryPipelineRuns", asked)
    yield from (_read(one) for one in islice(found, MOST_LATEST) if _is_of_its_own(one))


def _is_of_its_own(document: Mapping[str, Any]) -> bool:
    return (document.get("invokedBy") or {}).get("invokedByType") != "PipelineActivity"


def activities(cloud: Azure, factory_id: str, run: Run) -> list[Activity]:
    """All activity runs of a run, oldest first."""
    window = _window(run)
    found = [_activity(item) for item in _query(cloud, _run(factory_id, run.id), "queryActivityruns", window)]
    return sorted(found, key=lambda activity: (activity.started or "~", activity.name))


def follow(
    cloud: Azure,
    factory_id: str,
    run_id: str,
    report: Follow,
    *,
    longest: float = LONGEST_RUN,
    first_pause: float = 0.5,
    sleep: Sleep = time.sleep,
) -> Run:
    """Wait for a run to end; call `report` with the run and its activities at every poll, also the last.

    longest, first_pause: seconds. Raises CloudError when it has not ended by then; the run goes on.
    """

    def look() -> Run | None:
        run = get(cloud, factory_id, run_id)
        report(run, activities(cloud, factory_id, run))
        return run if run.over else None

    try:
        return until(look, longest=longest, first_pause=first_pause, longest_pause=10.0, sleep=sleep)
    except TimeoutError as error:
        raise CloudError(0, "StillRunning", f"run {run_id} has not ended: {error}") from error


def cancel(cloud: Azure, factory_id: str, run_id: str) -> None:
    """Ask for a run, and the runs it started, to be cancelled."""
    cloud.post(_run(factory_id, run_id), "cancel", query={"isRecursive": "true"})


def _query(cloud: Azure, path: str, action: str, wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    asked = dict(wanted)
    for _ in range(MOST_PAGES):
        page = cloud.post(path, action, asked)
        yield from page.get("value", [])
        if not (token := page.get("continuationToken")):
            return
        asked = {**wanted, "continuationToken": token}
    raise CloudError(0, "TooManyPages", f"the answer to {action} has no end after {MOST_PAGES} pages")


def _window(run: Run) -> dict[str, str]:
    started = datetime.fromisoformat(run.started) if run.started else datetime.now().astimezone()
    ended = datetime.fromisoformat(run.ended) if run.ended else datetime.now().astimezone()
    return {
        "lastUpdatedAfter": (started - CLOCK_MARGIN).isoformat(),
        "lastUpdatedBefore": (ended + CLOCK_MARGIN).isoformat(),
    }


def _read(document: Mapping[str, Any]) -> Run:
    return Run(
        id=document["runId"],
        pipeline=document.get("pipelineName", ""),
        status=document["status"],
        message=document.get("message") or "",
        started=document.get("runStart"),
        ended=document.get("runEnd"),
        parameters=document.get("parameters") or {},
    )


def _activity(item: Mapping[str, Any]) -> Activity:
    error = item.get("error") or {}
    milliseconds = item.get("durationInMs")
    return Activity(
        id=item.get("activityRunId", ""),
        name=item["activityName"],
        type=item.get("activityType", ""),
        status=item["status"],
        seconds=None if milliseconds is None else milliseconds / 1000,
        error=str(error.get("message") or ""),
        error_code=str(error.get("errorCode") or ""),
        input=item.get("input") or {},
        output=item.get("output") or {},
        started=item.get("activityRunStart"),
    )


def _factory(factory_id: str) -> str:
    return str(ids.parse_as(factory_id, ids.FACTORY))


def _run(factory_id: str, run_id: str) -> str:
    if not ids.GUID.fullmatch(run_id):
        raise BadInput(
            [Problem("run", f"'{run_id}' is not a run's id", "give the id that the start printed")]
        )
    return f"{_factory(factory_id)}/pipelineruns/{run_id}"
