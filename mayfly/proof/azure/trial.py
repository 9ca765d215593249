"""Runs canary pipelines in an environment's factory, and keeps what each probe got."""

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
    from mayfly.proof.azure.environments import Deployed

LONGEST_RUN = 1800.0
"""Seconds; a canary takes one, on real Azure about a minute."""

FIRST_PAUSE = 0.1
"""Seconds until a canary's run is looked at again."""

TRANSIENT = (403, 408, 429)
"""What of 4xx may be otherwise a little later: a permission that is not effective yet, and throttling."""


@dataclass(frozen=True)
class Got:
    """What a probe got. status: HTTP's, None where nothing tells of one. words: what came with it."""

    probe: Probe
    status: int | None
    words: str
    output: str = ""

    @property
    def passed(self) -> bool:
        """Whether it shows the permission."""
        return self.status in self.probe.accepted

    @property
    def pending(self) -> bool:
        """Whether it is allowed, did not work, and may do so a little later."""
        final = self.status is not None and 400 <= self.status < 500 and self.status not in TRANSIENT
        return self.probe.allowed and not self.passed and not final

    def __str__(self) -> str:
        return str(self.status) if self.status else f"no status: {self.words}"


@dataclass
class Trial:
    """All probes of one environment. sources: what is only read; sinks: what is written as well.

    got: by a probe's name, what it got last.
    """

    cloud: Azure
    place: Deployed
    sources: list[Store]
    sinks: list[Store]
    got: dict[str, Got] = field(default_factory=dict)

    def try_allowed(self) -> int:
        """Make the allowed probes of each store where not all have passed; how many may yet do so."""
        open_ = [probe for probe in self._probes() if probe.allowed and not self._effective(probe)]
        self._make(open_)
        return sum(got.pending for got in self.got.values())

    def try_forbidden(self) -> None:
        """Make the others, once: a second answer would not undo the first.

        They come last, when what is allowed has had its time, and know the folders that a listing has shown.
        """
        for number, store in enumerate(self.sources):
            listing = self.got.get(f"source{number}-list")
            self.sources[number] = replace(store, folders=canary.folders(listing.output if listing else ""))
        self._make([probe for probe in self._probes() if not probe.allowed])

    def outcome(self, got: Got) -> Outcome:
        """What a probe's answer shows."""
        return got.probe.outcome(got.status, self._effective(got.probe))

    def _effective(self, probe: Probe) -> bool:
        """Whether all that is allowed at a probe's store has passed."""
        known = [got for got in self.got.values() if got.probe.label == probe.label and got.probe.allowed]
        return bool(known) and all(got.passed for got in known)

    def _probes(self) -> list[Probe]:
        return canary.probes(canaries.new_name(), self.sources, self.sinks)

    def _make(self, wanted: Sequence[Probe]) -> None:
        for batch in canary.batches(wanted):
            with self._pipeline(batch) as name:
                activities = {activity.name: activity for activity in self._run(name)}
            for probe in batch:
                self.got[probe.name] = _answer(probe, activities.get(probe.name))

    @contextmanager
    def _pipeline(self, batch: Sequence[Probe]) -> Iterator[str]:
        """The canary in the factory, for as long as it is used; older ones that were left go too."""
        folder = f"{self.place.factory_id}/pipelines"
        for old in canary.stale((item["name"] for item in self.cloud.list(folder)), time.time()):
            self.cloud.delete(f"{folder}/{old}")
        name = canaries.new_name()
        try:
            self.cloud.put(f"{folder}/{name}", canary.pipeline(batch), wait=False)
            yield name
        finally:
            self.cloud.delete(f"{folder}/{name}")

    def _run(self, name: str) -> list[Activity]:

        found: list[Activity] = []

        def keep(_run: object, activities: list[Activity]) -> None:
            found[:] = activities

        run_id = runs.start(self.cloud, self.place.factory_id, name)
        runs.follow(
            self.cloud, self.place.factory_id, run_id, keep, longest=LONGEST_RUN, first_pause=FIRST_PAUSE
        )
        return found


def _answer(probe: Probe, activity: Activity | None) -> Got:
    """The status a probe got, the words, and what was answered."""
    if activity is None:
        return Got(probe, None, "the activity did not run")
    error = f"{activity.error_code}: {activity.error}" if activity.error else ""
    status = canary.status(activity.status, activity.output, error)
    return Got(probe, status, error, str(activity.output.get("Response", "")))
