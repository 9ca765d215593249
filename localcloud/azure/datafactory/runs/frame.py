"""What an activity sees while it runs: its run, the variables, earlier results, the item of its loop."""

from __future__ import annotations

import threading
from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from localcloud.azure.datafactory.runs.errors import ActivityError, ExpressionError
from localcloud.azure.datafactory.runs.expressions import Scope, evaluate
from localcloud.azure.datafactory.runs.factory import Factory
from localcloud.azure.datafactory.runs.functions.dates import of_clock
from localcloud.azure.datafactory.runs.plane import Plane
from localcloud.azure.datafactory.runs.stop import Stop
from localcloud.azure.datafactory.runs.store import Record
from localcloud.azure.datafactory.runs.values import Json

Activity = Mapping[str, Any]
_REQUIRED = object()


@dataclass(frozen=True)
class Failure:
    """An activity that made a list of activities fail."""

    activity: str
    message: str


class Engine(Protocol):
    """The part of the engine that nested activities need."""

    def run_activities(self, frame: Frame, activities: Sequence[Activity]) -> list[Failure]:
        """Run them in the order of their dependencies. Returns those that make the list fail."""
        ...

    def run_child(
        self, flight: Flight, pipeline: str, parameters: Mapping[str, Json], *, wait: bool
    ) -> Record:
        """Run another pipeline, with `wait` to its end. Returns its run record."""
        ...


@dataclass
class Flight:
    """A pipeline run under way. parameters, variables: their current values.

    now: the clock. ancestors: the ids of the runs that started it, outermost first. discarded: its factory
    is gone. done: set when it has ended. lock: held while the record or a variable changes.
    """

    engine: Engine
    factory: Factory
    plane: Plane
    record: Record
    definition: Mapping[str, Any]
    parameters: Mapping[str, Json]
    stop: Stop
    variables: MutableMapping[str, Json]
    now: Callable[[], datetime]
    ancestors: tuple[str, ...] = ()
    discarded: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def facts(self) -> Json:
        """Return the value of `pipeline()`."""
        invoked = self.record["invokedBy"]
        return {
            "DataFactory": self.factory.name,
            "Pipeline": self.record["pipelineName"],
            "RunId": self.record["runId"],
            "GroupId": self.record["runGroupId"],
            "TriggerId": invoked["id"],
            "TriggerName": invoked["name"],
            "TriggerType": invoked["invokedByType"],
            "TriggerTime": self.record["runStart"],
            "TriggeredByPipelineName": invoked.get("pipelineName"),
            "TriggeredByPipelineRunId": invoked.get("pipelineRunId"),
            "parameters": dict(self.parameters),
            "globalParameters": self.factory.global_parameters(),
        }


class Frame:
    """A running list of activities: those of a pipeline, a branch or an iteration."""

    def __init__(
        self,
        flight: Flight,
        results: MutableMapping[str, Json],
        extras: Scope,
        iteration: str = "",
        stop: Stop | None = None,
    ) -> None:
        self.flight = flight
        self.results = results
        self.iteration = iteration
        self.stop = stop or flight.stop
        self._extras = extras

    @classmethod
    def outermost(cls, flight: Flight) -> Frame:
        """The frame of a pipeline's own activities."""
        return cls(flight, {}, {})

    def branch(self) -> Frame:
        """Return an inner frame. It sees the results so far and keeps its own."""
        return Frame(self.flight, ChainMap({}, self.results), self._extras, self.iteration, self.stop)

    def for_item(self, item: Json, iteration: str) -> Frame:
        """Return the frame for one item of a loop."""
        extras = {**self._extras, "item": lambda: item}
        return Frame(self.flight, ChainMap({}, self.results), extras, iteration, self.stop)

    def for_round(self, iteration: str, stop: Stop) -> Frame:
        """Return the frame for one round of a loop that has a timeout of its own."""
        return Frame(self.flight, ChainMap({}, self.results), self._extras, iteration, stop)

    def scope(self) -> Scope:
        """Return the functions that expressions in this frame may call."""
        return {
            "pipeline": self.flight.facts,
            "variables": self._variable,
            "activity": self._activity,
            **of_clock(self.flight.now),
            **self._extras,
        }

    def _variable(self, name: Json) -> Json:
        with self.flight.lock:
            if name not in self.flight.variables:
                raise ExpressionError(f"The variable '{name}' is not defined in the pipeline.")
            return self.flight.variables[name]

    def _activity(self, name: Json) -> Json:
        if name not in self.results:
            raise ExpressionError(
                f"The output of activity '{name}' can't be referenced: it has not run before this activity."
            )
        return self.results[name]


class Step:
    """One attempt at one activity. input: the evaluated properties, as the activity run shows them."""

    def __init__(self, activity: Activity, frame: Frame, stop: Stop) -> None:
        self.activity = activity
        self.frame = frame
        self.stop = stop
        self.input: dict[str, Json] = {}
        self.properties: Mapping[str, Any] = activity.get("typeProperties") or {}

    @property
    def flight(self) -> Flight:
        """The pipeline run."""
        return self.frame.flight

    def value(self, name: str, default: Json = None) -> Json:
        """Return a type property with its expressions evaluated."""
        return self._evaluated(name, default)

    def required(self, name: str) -> Json:
        """Return a required type property. Raises ActivityError."""
        return self._evaluated(name, _REQUIRED)

    def evaluate(self, value: Json) -> Json:
        """Evaluate the expressions in any value."""
        return evaluate(value, self.frame.scope())

    def _evaluated(self, name: str, default: Json) -> Json:
        if self.properties.get(name) is not None:
            self.input[name] = self.evaluate(self.properties[name])
            return self.input[name]
        if default is _REQUIRED:
            kind, called = self.activity.get("type"), self.activity.get("name")
            raise ActivityError(
                "2103", f"Please provide value for the required property '{name}' of {kind} '{called}'."
            )
        return default
