"""The engine: takes pipeline runs from a queue and runs their activities as the factory's identity.

At most RUNS_AT_ONCE runs are under way; the others stay Queued. A child run that its parent waits for skips
the queue, so that waiting runs cannot block each other.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from typing import Any, Protocol

from localcloud.azure.core.call import Principal
from localcloud.azure.core.clock import Clock
from localcloud.azure.core.store import Store, key
from localcloud.azure.datafactory.runs import attempts, schedule
from localcloud.azure.datafactory.runs.activities import variables
from localcloud.azure.datafactory.runs.errors import ActivityError, RunCancelled
from localcloud.azure.datafactory.runs.factory import Factory, parameter_values
from localcloud.azure.datafactory.runs.frame import Activity, Failure, Flight, Frame
from localcloud.azure.datafactory.runs.plane import Doors, Plane
from localcloud.azure.datafactory.runs.stop import Stop
from localcloud.azure.datafactory.runs.store import ENDED, Record, RunStore, ended, now
from localcloud.azure.datafactory.runs.threads import spawn
from localcloud.azure.datafactory.runs.values import Json, text

RUNS_AT_ONCE = 8
DEEPEST = 20
STOP_CHECK = 0.1
"""Seconds between checks whether a waiting run was cancelled."""


class Directory(Protocol):
    """The directory of identities."""

    def get(self, object_id: str) -> Principal | None:
        """The principal with this object id."""
        ...


class Surroundings(Doors, Protocol):
    """The part of the cloud that the engine needs."""

    store: Store
    clock: Clock

    @property
    def principals(self) -> Directory:
        """The directory."""
        ...


class Runner:
    """All runs of one process. `retry_unit`: how long a second of a retry interval lasts, in seconds."""

    def __init__(self, cloud: Surroundings, retry_unit: float = 1.0) -> None:
        self.records = RunStore(cloud.store)
        self._retry_unit = retry_unit
        self._cloud = cloud
        self._queue: SimpleQueue[Flight | None] = SimpleQueue()
        self._workers = 0
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}
        self._places: dict[str, threading.Semaphore] = {}

    def start(
        self, factory: Mapping[str, Any], pipeline: str, parameters: Mapping[str, Json], invoked: Record
    ) -> Record:
        """Queue a run of a factory's pipeline, and return its record.

        invoked: the record's `invokedBy`. Raises ActivityError when the parameters are not the declared ones.
        """
        identity = (factory.get("identity") or {}).get("principalId")
        principal = self._cloud.principals.get(identity) if identity else None
        plane = Plane(self._cloud, principal)
        return self._enqueue(
            self._flight(Factory(self._cloud.store, factory), plane, pipeline, parameters, invoked)
        )

    def cancel(self, run_id: str, *, recursive: bool) -> None:
        """Cancel a run; with `recursive` also the runs that it started. Ended runs are left alone."""
        for flight in self._under_way():
            if flight.record["runId"] == run_id or (recursive and run_id in flight.ancestors):
                with flight.lock:
                    if flight.record["status"] not in ENDED:
                        self._save(flight, status="Canceling")
                flight.stop.cancel()

    def forget(self, factory_id: str) -> None:
        """End the runs of a deleted factory and drop its records."""
        for flight in self._under_way():
            if key(flight.factory.id) == key(factory_id):
                self._discard(flight)
        self.records.forget(factory_id)

    def close(self) -> None:
        """End all runs and write nothing more. The next start marks them as failed."""
        for flight in self._under_way():
            self._discard(flight)
        for _ in range(self._workers):
            self._queue.put(None)

    def _discard(self, flight: Flight) -> None:
        with flight.lock:  # No record may be half written.
            flight.discarded = True
        flight.stop.cancel()

    def run_activities(self, frame: Frame, activities: Sequence[Activity]) -> list[Failure]:
        """Run activities in the order of their dependencies. Returns those that make the list fail."""

        def save(record: Record) -> None:
            with frame.flight.lock:
                if not frame.flight.discarded:
                    self.records.save_activity(record)

        return schedule.run(
            frame, activities, lambda activity: attempts.run(frame, activity, save, self._retry_unit)
        )

    def run_child(
        self, flight: Flight, pipeline: str, parameters: Mapping[str, Json], *, wait: bool
    ) -> Record:
        """Run a pipeline of the same factory. With `wait` it skips the queue."""
        if len(flight.ancestors) >= DEEPEST:
            raise ActivityError("BadRequest", f"Pipelines call each other more than {DEEPEST} deep.")
        parent = flight.record
        invoked = {
            "id": parent["runId"], "name": parent["pipelineName"], "invokedByType": "PipelineActivity",
            "pipelineName": parent["pipelineName"], "pipelineRunId": parent["runId"],
        }  # fmt: skip
        child = self._flight(flight.factory, flight.plane, pipeline, parameters, invoked)
        child.ancestors = (*flight.ancestors, parent["runId"])
        child.record["runGroupId"] = parent["runGroupId"]
        if not wait:
            return self._enqueue(child)
        self._add(child)
        spawn(lambda: self._fly(child), "factory-child-run")
        while not child.done.wait(STOP_CHECK):
            flight.stop.check()
        return child.record

    def _flight(
        self, factory: Factory, plane: Plane, pipeline: str, parameters: Mapping[str, Json], invoked: Record
    ) -> Flight:
        definition = factory.properties("pipelines", pipeline)
        values = parameter_values(definition.get("parameters"), parameters, f"pipeline '{pipeline}'")
        record = _queued(pipeline, values, invoked)
        initial = _initial(definition.get("variables") or {})
        return Flight(
            self, factory, plane, record, definition, values, Stop(), initial, self._cloud.clock.now
        )

    def _enqueue(self, flight: Flight) -> Record:
        self._add(flight)
        answer = dict(flight.record)
        with self._lock:
            if self._workers < RUNS_AT_ONCE:
                self._workers += 1
                spawn(self._work, "factory-runs")
        self._queue.put(flight)
        return answer

    def _work(self) -> None:
        while flight := self._queue.get():
            self._fly(flight)

    def _fly(self, flight: Flight) -> None:
        try:
            self._within_concurrency(flight)
        except RunCancelled:
            self._end(flight, "Cancelled", "")
        except ActivityError as error:
            self._end(flight, "Failed", error.message)
        except Exception as error:  # The worker goes on; the run shows what happened.
            self._end(flight, "Failed", f"The local Azure failed: {type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._flights.pop(flight.record["runId"], None)
            flight.done.set()

    def _within_concurrency(self, flight: Flight) -> None:
        """Run it when a place is free: a pipeline's `concurrency` limits its simultaneous runs."""
        most = flight.definition.get("concurrency")
        if not most:
            self._run(flight)
            return
        with self._lock:
            name = key(f"{flight.factory.id}/pipelines/{flight.record['pipelineName']}")
            place = self._places.setdefault(name, threading.Semaphore(int(most)))
        while not place.acquire(timeout=STOP_CHECK):
            flight.stop.check()
        try:
            self._run(flight)
        finally:
            place.release()

    def _run(self, flight: Flight) -> None:
        flight.stop.check()
        with flight.lock:
            self._save(flight, status="InProgress")
        failures = self.run_activities(Frame.outermost(flight), flight.definition.get("activities") or [])
        message = "; ".join(f"Operation on target {one.activity} failed: {one.message}" for one in failures)
        self._end(flight, "Failed" if failures else "Succeeded", message)

    def _end(self, flight: Flight, status: str, message: str) -> None:
        with flight.lock:
            ended(flight.record, "runStart", "runEnd", status)
            self._save(flight, message=message)

    def _add(self, flight: Flight) -> None:
        with self._lock:
            self._flights[flight.record["runId"]] = flight
        with flight.lock:
            self._save(flight)

    def _save(self, flight: Flight, **changes: Json) -> None:
        """Change and store a run's record. The caller holds the run's lock."""
        flight.record.update(changes, lastUpdated=now())
        if not flight.discarded:
            self.records.save_run(flight.factory.id, flight.record)

    def _under_way(self) -> list[Flight]:
        with self._lock:
            return list(self._flights.values())


def _queued(pipeline: str, values: Mapping[str, Json], invoked: Record) -> Record:
    run_id, moment = str(uuid.uuid4()), now()
    return {
        "runId": run_id,
        "runGroupId": run_id,
        "isLatest": True,
        "pipelineName": pipeline,
        "parameters": {name: text(value) for name, value in values.items()},
        "runDimensions": {},
        "invokedBy": invoked,
        "lastUpdated": moment,
        "runStart": moment,
        "runEnd": None,
        "durationInMs": None,
        "status": "Queued",
        "message": "",
    }


def _initial(declared: dict[str, Any]) -> dict[str, Json]:
    values = {name: entry.get("defaultValue") for name, entry in declared.items()}
    for name, value in values.items():
        variables.check(declared, name, value)
    return values
