"""What was found, in files that a later run goes on with and the page is made of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.torture.cases import Case, Outcome

Calls = Mapping[str, list[str]]
"""By the verb: the calls that it makes when nothing goes wrong."""


@dataclass(frozen=True)
class ScheduleOutcome:
    """What came of a schedule: steps as they read, and what must not be."""

    cloud: str
    seed: int
    seconds: float
    steps: tuple[str, ...]
    wrong: tuple[str, ...]


class Results:
    """A cloud's, in a folder. Several processes may add to it; of two for one thing the later counts."""

    def __init__(self, folder: Path, cloud: str) -> None:
        self._calls = folder / f"{cloud}.calls.json"
        self._cases = folder / f"{cloud}.cases.jsonl"
        self._schedules = folder / f"{cloud}.schedules.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def clean_calls(self, seen: Calls | None = None) -> Calls:
        """The calls that were seen first, which say what the cases are; those of now where there are none."""
        if seen is not None and not self._calls.exists():
            draft = self._calls.with_suffix(f".{os.getpid()}")
            draft.write_text(json.dumps(seen))
            draft.rename(self._calls)
        found: Calls = json.loads(self._calls.read_text())
        return found

    def add(self, outcome: Outcome | ScheduleOutcome) -> None:
        """Write one down."""
        path = self._cases if isinstance(outcome, Outcome) else self._schedules
        with path.open("a") as file:
            file.write(json.dumps(asdict(outcome)) + "\n")

    def cases(self) -> dict[Case, Outcome]:
        """What came of each case so far."""
        outcomes = map(Outcome.read, _lines(self._cases))
        return {outcome.case: outcome for outcome in outcomes}

    def schedules(self) -> dict[int, ScheduleOutcome]:
        """What came of each schedule so far, by its seed."""
        return {one["seed"]: ScheduleOutcome(**one) for one in _lines(self._schedules)}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())
