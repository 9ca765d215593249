"""Runs the canary pipelines in an environment's factory, and keeps the answer to each probe."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mayfly.clouds.azure import runs
from mayfly.proof import canaries
from mayfly.proof.azure import canary
from mayfly.proof.azure.canary import Probe, Store
from mayfly.proof.verdict import Outcome

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.runs import Activity
    from mayfly.proof.azure.environments import DeployedEnvironment

LONGEST_RUN = 1800.0
"""Seconds. On real Azure a canary takes about a minute."""

FIRST_PAUSE = 0.1
"""Seconds before the first poll of a canary's run."""

TRANSIENT = (403, 408, 429)
"""The 4xx statuses that may change: a permission that is not effective yet, a timeout, throttling."""


@dataclass(frozen=True)
class ProbeAnswer:
    """The answer to a probe. status: HTTP's; None when there is none. words: the error. output: the body."""

    probe: Probe
    status: int | None
    words: str
    output: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer shows the permission."""
        return self.status in self.probe.accepted

    @property
    def pending(self) -> bool:
        """Whether an allowed call did not work and may work later."""
        final = self.status is not None and 400 <= self.status < 500 and self.status not in TRANSIENT
        return self.probe.allowed and not self.passed and not final

    def __str__(self) -> str:
        return str(self.status) if self.status else f"no status: {self.words}"


@dataclass
class Trial:
    """All probes of one environment. sources: stores that are read. sinks: stores that are written too.

    answers: probe's name → its last answer.
    """

    cloud: Azure
    place: DeployedEnvironment
    sources: list[Store]
    sinks: list[Store]
    answers: dict[str, ProbeAnswer] = field(default_factory=dict)

    def try_allowed(self) -> int:
        """Run the allowed probes of each store where not all have passed; return how many may still pass."""
        self._run([probe for probe in self._probes() if probe.allowed and not self._effective(probe)])
        return sum(answer.pending for answer in self.answers.values())

    def try_forbidden(self) -> None:
        """Run the forbidden probes, once: a second answer would not undo the first.

        They run last, when the allowed ones have had their time, and use the folders that a listing showed.
        """
        for number, store in enumerate(self.sources):
            listing = self.answers.get(f"source{number}-list")
            self.sources[number] = replace(store, folders=canary.folders(listing.output if listing else ""))
        self._run([probe for probe in self._probes() if not probe.allowed])

    def outcome(self, answer: ProbeAnswer) -> Outcome:
        """Return what an answer shows."""
        return answer.probe.outcome(answer.status, self._effective(answer.probe))

    def _effective(self, probe: Probe) -> bool:
        """Whether all allowed probes of this probe's store have passed."""
        known = [
            answer
            for answer in self.answers.values()
            if answer.probe.label == probe.label and answer.probe.allowed
        ]
        return bool(known) and all(answer.passed for answer in known)

    def _probes(self) -> list[Probe]:
        return canary.probes(canaries.new_name(), self.sources, self.sinks)

    def _run(self, wanted: Sequence[Probe]) -> None:
        factory = self.place.factory_id
        for batch in canary.batches(wanted):
            activities: dict[str, Activity] = {}

            def keep(_run: object, found: list[Activity], into: dict[str, Activity] = activities) -> None:
                into.update({activity.name: activity for activity in found})

            with self._pipeline(batch) as name:
                run_id = runs.start(self.cloud, factory, name)
                runs.follow(self.cloud, factory, run_id, keep, longest=LONGEST_RUN, first_pause=FIRST_PAUSE)
            for probe in batch:
                self.answers[probe.name] = _answer(probe, activities.get(probe.name))

    @contextmanager
    def _pipeline(self, batch: Sequence[Probe]) -> Iterator[str]:
        """The canary pipeline for as long as it is used; stale ones are removed first."""
        folder = f"{self.place.factory_id}/pipelines"
        for old in canary.stale((item["name"] for item in self.cloud.list(folder)), time.time()):
            self.cloud.delete(f"{folder}/{old}")
        name = canaries.new_name()
        try:
            self.cloud.put(f"{folder}/{name}", canary.pipeline(batch), wait=False)
            yield name
        finally:
            self.cloud.delete(f"{folder}/{name}")


def _answer(probe: Probe, activity: Activity | None) -> ProbeAnswer:
    if activity is None:
        return ProbeAnswer(probe, None, "the activity did not run")
    error = f"{activity.error_code}: {activity.error}" if activity.error else ""
    status = canary.status(activity.status, activity.output, error)
    return ProbeAnswer(probe, status, error, str(activity.output.get("Response", "")))
