"""Runs a list of activities in the order of their dependencies, as many at once as these allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue

from localcloud.azure.datafactory.runs import graph
from localcloud.azure.datafactory.runs.attempts import Outcome
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Activity, Failure, Frame
from localcloud.azure.datafactory.runs.threads import spawn

Work = Callable[[Activity], Outcome]


def run(frame: Frame, activities: Sequence[Activity], work: Work) -> list[Failure]:
    """Run all activities. Returns those that make the list fail. Raises what `work` raises, at the end."""
    problem = graph.problem(activities)
    if problem:
        raise ActivityError("InvalidTemplate", f"The activities cannot be run: {problem}.")
    return _Schedule(frame, activities, work).run()


class _Schedule:
    def __init__(self, frame: Frame, activities: Sequence[Activity], work: Work) -> None:
        self._frame = frame
        self._activities = activities
        self._work = work
        self._statuses: dict[str, str] = {}
        self._messages: dict[str, str] = {}
        self._running: set[str] = set()
        self._done: SimpleQueue[tuple[str, Outcome | BaseException]] = SimpleQueue()
        self._broken: BaseException | None = None

    def run(self) -> list[Failure]:
        while True:
            ready = [] if self._broken else self._ready()
            if len(ready) == 1 and not self._running:
                self._end(ready[0]["name"], self._work(ready[0]))  # The usual case needs no thread.
                continue
            for activity in ready:
                self._spawn(activity)
            if not self._running:
                break
            self._end_one()
        if self._broken:
            raise self._broken
        failed = graph.failures(self._activities, self._statuses)
        return [Failure(name, self._messages[name]) for name in failed]

    def _ready(self) -> list[Activity]:
        """Return the activities that can start. Those that never can are skipped, which may free others."""
        while skipped := [activity for activity in self._pending() if self._decision(activity) == "skip"]:
            self._statuses.update({activity["name"]: graph.SKIPPED for activity in skipped})
        return [activity for activity in self._pending() if self._decision(activity) == "run"]

    def _pending(self) -> list[Activity]:
        known = self._statuses.keys() | self._running
        return [activity for activity in self._activities if activity["name"] not in known]

    def _decision(self, activity: Activity) -> graph.Decision:
        return graph.decide(activity, self._statuses)

    def _spawn(self, activity: Activity) -> None:
        name = activity["name"]

        def work() -> None:
            try:
                self._done.put((name, self._work(activity)))
            except BaseException as error:
                self._done.put((name, error))

        self._running.add(name)
        spawn(work, f"activity-{name}")

    def _end_one(self) -> None:
        name, outcome = self._done.get()
        self._running.remove(name)
        if isinstance(outcome, BaseException):
            self._broken = self._broken or outcome
        else:
            self._end(name, outcome)

    def _end(self, name: str, outcome: Outcome) -> None:
        self._statuses[name] = outcome.status
        self._messages[name] = outcome.message
        if outcome.view is not None:
            self._frame.results[name] = outcome.view
