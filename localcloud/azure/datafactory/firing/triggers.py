"""The started triggers of all factories: what is due, and the runs that they start.

A thread looks every second as long as there is a trigger that goes by the clock. A schedule trigger that was
not looked at when it was due (the process stood still) fires once; when a test moves the clock, each time in
between is due. A tumbling window trigger catches up on all its windows, as on Azure.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.azure.core.cloud import BlobEvent, Cloud
from localcloud.azure.core.store import Document, key
from localcloud.azure.datafactory import models
from localcloud.azure.datafactory.firing import recurrence, windows
from localcloud.azure.datafactory.firing.recurrence import Recurrence
from localcloud.azure.datafactory.firing.store import TriggerStore
from localcloud.azure.datafactory.firing.windows import Windows
from localcloud.azure.datafactory.runs.engine import Runner
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.expressions import Scope, evaluate
from localcloud.azure.datafactory.runs.functions.dates import of_clock
from localcloud.azure.datafactory.runs.store import ENDED, Record
from localcloud.azure.datafactory.runs.threads import spawn

STARTED = "Started"
LOOK_EVERY = 1.0
"""Seconds."""
_EVENTS = {"created": "Microsoft.Storage.BlobCreated", "deleted": "Microsoft.Storage.BlobDeleted"}
logger = logging.getLogger(__name__)


@dataclass
class Timed:
    """A schedule trigger. due: when it fires next; None for never again."""

    id: str
    recurrence: Recurrence
    due: datetime | None


@dataclass
class Window:
    """A window whose run goes on, or waits for its retry at `again`."""

    number: int
    run: str | None
    attempts: int = 0
    again: datetime | None = None


@dataclass
class Tumbling:
    """A tumbling window trigger. next: the number of the first window that was not begun."""

    id: str
    windows: Windows
    next: int
    open: list[Window] = field(default_factory=list)

    @property
    def series(self) -> str:
        """What numbers of windows hold for."""
        return f"{self.windows.start.isoformat()} {self.windows.length}"


class Triggers:
    """Fires what is started."""

    def __init__(self, cloud: Cloud, runner: Runner) -> None:
        self.records = TriggerStore(cloud.store)
        self._cloud = cloud
        self._runner = runner
        self._timed: dict[str, Timed | Tumbling] = {}
        self._listening: dict[str, Document] = {}
        self._lock = threading.RLock()
        self._ahead = cloud.clock.ahead()
        self._closed = threading.Event()
        self._watched = False
        for document in cloud.store.of_type(f"{models.TYPE}/triggers"):
            if document["properties"].get("runtimeState") == STARTED:
                self._resumed(document)
        cloud.clock.on_move(self.look)
        cloud.on_blob(self.blob)

    def check(self, document: Document) -> None:
        """Raise InvalidRecurrence for a trigger that cannot be started."""
        _parsed(document)

    def started(self, document: Document) -> None:
        """Begin to fire a trigger."""
        parsed = _parsed(document)
        with self._lock:
            now = self._cloud.clock.now()
            self._ahead = self._cloud.clock.ahead()
            if isinstance(parsed, Recurrence):
                # The moment of its start is not in the past.
                due = parsed.after(now - timedelta(microseconds=1))
                self._timed[key(document["id"])] = Timed(document["id"], parsed, due)
            elif isinstance(parsed, Windows):
                made = Tumbling(document["id"], parsed, 0)
                made.next = self.records.next_window(made.id, made.series)
                self._timed[key(document["id"])] = made
            elif document["properties"].get("type") == "BlobEventsTrigger":
                self._listening[key(document["id"])] = document
        if parsed is not None:
            self._watch()
            self.look()

    def stopped(self, trigger_id: str) -> None:
        """Fire a trigger no more. Runs that it started go on."""
        with self._lock:
            self._timed.pop(key(trigger_id), None)
            self._listening.pop(key(trigger_id), None)

    def forget(self, document: Document) -> None:
        """Drop a deleted trigger, or those of a deleted factory."""
        if document["type"].lower() == models.TYPE.lower():
            self.records.forget_factory(document["id"])
        elif models.kind_of(document) == "triggers":
            self.stopped(document["id"])
            self.records.forget(document["id"])

    def close(self) -> None:
        """Fire nothing more."""
        self._closed.set()
        with self._lock:  # What is being looked at needs the store.
            pass

    def look(self) -> None:
        """Fire what is due."""
        with self._lock:
            if self._closed.is_set():
                return
            now, ahead = self._cloud.clock.now(), self._cloud.clock.ahead()
            moved, self._ahead = ahead != self._ahead, ahead
            for one in list(self._timed.values()):
                if isinstance(one, Timed):
                    self._look_at_schedule(one, now, every=moved)
                else:
                    self._look_at_windows(one, now)

    def blob(self, event: BlobEvent) -> None:
        """Fire the triggers that wait for what happened to a blob."""
        with self._lock:
            listening = list(self._listening.values())
        for document in listening:
            if _wanted(document["properties"].get("typeProperties") or {}, event):
                folder, _, file = f"{event.container}/{event.blob}".rpartition("/")
                body = {"fileName": file, "folderPath": folder}
                self._fire(document["id"], {"body": body}, {"EventType": _EVENTS[event.kind]})

    def _resumed(self, document: Document) -> None:
        try:
            self.started(document)
        except recurrence.InvalidRecurrence:
            logger.exception("the trigger %s does not fire", document["id"])

    def _watch(self) -> None:
        with self._lock:
            if self._watched:
                return
            self._watched = True
        spawn(self._look_again, "factory-triggers")

    def _look_again(self) -> None:
        while not self._closed.wait(LOOK_EVERY):
            try:
                self.look()
            except Exception:  # The next look may do better; the log has it.
                logger.exception("looking for triggers that are due failed")

    def _look_at_schedule(self, one: Timed, now: datetime, *, every: bool) -> None:
        due: list[datetime] = []
        while one.due is not None and one.due <= now:
            due.append(one.due)
            one.due = one.recurrence.after(one.due)
        for moment in due if every else due[-1:]:
            self._fire(one.id, {}, {"ScheduleTime": _shown(moment)}, scheduled=moment)

    def _look_at_windows(self, one: Tumbling, now: datetime) -> None:
        for window in list(one.open):
            self._settle(one, window, now)
        while len(one.open) < one.windows.at_once and one.windows.due(one.next, now):
            window = Window(one.next, None)
            self.records.begun(one.id, one.series, one.next)
            one.next += 1
            one.open.append(window)
            self._begin(one, window)

    def _begin(self, one: Tumbling, window: Window) -> None:
        begin, finish = one.windows.window(window.number)
        window.attempts, window.again = window.attempts + 1, None
        outputs = {"windowStartTime": _shown(begin), "windowEndTime": _shown(finish)}
        shown = {"WindowStartTime": outputs["windowStartTime"], "WindowEndTime": outputs["windowEndTime"]}
        record = self._fire(one.id, outputs, shown, scheduled=finish)
        started = list((record or {}).get("triggeredPipelines", {}).values())
        window.run = started[0] if started else None

    def _settle(self, one: Tumbling, window: Window, now: datetime) -> None:
        """End a window whose run has ended, or begin it once more."""
        if window.again is not None:
            if window.again <= now:
                self._begin(one, window)
            return
        run = self._runner.records.run(models.factory_of(one.id), window.run) if window.run else None
        if run is not None and run["status"] not in ENDED:
            return
        if run is not None and run["status"] == "Failed" and window.attempts <= one.windows.retries:
            window.again = now + timedelta(seconds=one.windows.pause)
            return
        one.open.remove(window)

    def _fire(
        self,
        trigger_id: str,
        outputs: Mapping[str, Any],
        shown: Mapping[str, str],
        scheduled: datetime | None = None,
    ) -> Record | None:
        """Start the pipelines of a trigger. Returns the trigger run; None when the trigger is gone."""
        factory = self._cloud.store.get(models.factory_of(trigger_id))
        document = self._cloud.store.get(trigger_id)
        if factory is None or document is None:
            return None
        now = _shown(self._cloud.clock.now())
        record: Record = {
            "triggerName": document["name"],
            "triggerRunId": str(uuid.uuid4()),
            "triggerType": document["properties"]["type"],
            "triggerRunTimestamp": now,
            "status": "Succeeded",
            "message": None,
            "properties": {"TriggerTime": now, **shown},
            "triggeredPipelines": {},
        }
        facts = {
            "startTime": now,
            "scheduledTime": _shown(scheduled) if scheduled else now,
            "name": document["name"],
            "outputs": dict(outputs),
        }
        scope = {
            "trigger": lambda: facts,
            "triggerbody": lambda: facts["outputs"].get("body"),
            **of_clock(self._cloud.clock.now),
        }
        for one in _pipelines(document["properties"]):
            self._start(factory, one, record, scope)
        self.records.save(factory["id"], record)
        return record

    def _start(self, factory: Document, one: Mapping[str, Any], record: Record, scope: Scope) -> None:
        name = str((one.get("pipelineReference") or {}).get("referenceName"))
        invoked = {
            "id": record["triggerRunId"],
            "name": record["triggerName"],
            "invokedByType": record["triggerType"],
        }
        try:
            run = self._runner.start(factory, name, evaluate(one.get("parameters") or {}, scope), invoked)
            record["triggeredPipelines"][name] = run["runId"]
        except ActivityError as error:
            record["status"], record["message"] = "Failed", error.message


def _parsed(document: Document) -> Recurrence | Windows | None:
    properties = document["properties"]
    given = properties.get("typeProperties") or {}
    if properties.get("type") == "ScheduleTrigger":
        return recurrence.parse(given)
    return windows.parse(given) if properties.get("type") == "TumblingWindowTrigger" else None


def _pipelines(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        *(properties.get("pipelines") or []),
        *([properties["pipeline"]] if properties.get("pipeline") else []),
    ]


def _wanted(properties: Mapping[str, Any], event: BlobEvent) -> bool:
    if key(str(properties.get("scope"))) != key(event.account):
        return False
    path = f"/{event.container}/blobs/{event.blob}".lower()
    begins, ends = properties.get("blobPathBeginsWith"), properties.get("blobPathEndsWith")
    if properties.get("ignoreEmptyBlobs", True) and event.kind == "created" and event.size == 0:
        return False
    return (
        _EVENTS[event.kind] in (properties.get("events") or [])
        and path.startswith(str(begins or "").lower())
        and path.endswith(str(ends or "").lower())
    )


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
