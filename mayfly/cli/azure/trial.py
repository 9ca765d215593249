"""Runs canary pipelines in an environment's factory, and keeps what each probe got."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from mayfly.cli import canaries
from mayfly.cli.azure import canary
from mayfly.cli.azure.canary import Probe, Store

if TYPE_CHECKING:
    from mayfly.cli.azure.environments import Deployed
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.runs import Activity

LONGEST_RUN = 1800.0
"""Seconds; a canary takes one, on real Azure about a minute."""


@dataclass
class Trial:
    """All probes of one `prove`.

    got: by a probe's name, the probe, the status it got last and the words that came with it.
    """

    cloud: Azure
    place: Deployed
    got: dict[str, tuple[Probe, int | None, str]] = field(default_factory=dict)

    def attempt(self) -> int:
        """Make the probes that are still open; how many must be made again.

        All of them at first; then those of each store where something allowed was refused. What must be
        refused is never asked twice: a second answer would not undo the first.
        """
        stores = {name.partition("-")[0] for name in self.pending}
        wanted = [
            probe
            for probe in canary.probes(canaries.new_name(), self._sources, self._sinks)
            if not self.got or (probe.allowed and probe.name.partition("-")[0] in stores)
        ]
        for batch in canary.batches(wanted):
            self._make(batch)
        return len(self.pending)

    @property
    def pending(self) -> list[str]:
        """Allowed probes that were refused: their permission may not be effective yet."""
        return [
            name
            for name, (probe, status, _) in self.got.items()
            if probe.allowed and status == HTTPStatus.FORBIDDEN
        ]

    def _make(self, batch: Sequence[Probe]) -> None:
        with self._pipeline(batch) as name:
            activities = {activity.name: activity for activity in self._run(name)}
        for probe in batch:
            self.got[probe.name] = (probe, *_answer(activities.get(probe.name)))

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
        from mayfly.clouds.azure import runs

        found: list[Activity] = []

        def keep(_run: object, activities: list[Activity]) -> None:
            found[:] = activities

        run_id = runs.start(self.cloud, self.place.factory_id, name)
        runs.follow(self.cloud, self.place.factory_id, run_id, keep, longest=LONGEST_RUN)
        return found

    @cached_property
    def _sources(self) -> list[Store]:
        """Production's containers, with the addresses that their accounts name."""
        from mayfly.clouds.azure import ids

        found = []
        for name, text in self.place.settings.variables.sources.items():
            container = ids.parse_as(str(text), ids.CONTAINER)
            account = self.cloud.get(str(ids.account_of(container))) or {}
            found.append(Store(name, account["properties"]["primaryEndpoints"]["blob"], container.name))
        return found

    @cached_property
    def _sinks(self) -> list[Store]:
        sinks = self.place.settings.variables.sinks
        return [Store(name, self.place.blob_endpoint, container) for name, container in sinks.items()]


def _answer(activity: Activity | None) -> tuple[int | None, str]:
    """The status a probe got, and the words."""
    if activity is None:
        return None, "the activity did not run"
    error = f"{activity.error_code}: {activity.error}" if activity.error else ""
    return canary.status(activity.status, activity.output, error), error
