"""`python -m tests.torture --cloud NAME`: every case, then schedules; what is done is not done again."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from localcloud import faults
from tests.torture.cases import EMPTY, Case, calls, cases, outcome
from tests.torture.results import Results, ScheduleOutcome
from tests.torture.schedules import carry_out, schedule
from tests.torture.worlds import WORLDS, World, world

Item = TypeVar("Item")


def main() -> int:
    """Exit code 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description="Let each call of each verb go wrong in each way.")
    parser.add_argument("--cloud", choices=sorted(WORLDS), required=True)
    parser.add_argument("--results", type=Path, required=True, help="the folder of results; it can be there")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the cases")
    parser.add_argument("--most", type=int, help="the first so many cases of that order; else all")
    parser.add_argument("--call", help="cases of this operation alone")
    parser.add_argument("--effect", choices=faults.EFFECTS, help="cases of this effect alone")
    parser.add_argument("--schedules", type=int, default=500, help="so many schedules, by seeds from 0")
    parser.add_argument(
        "--begin", type=float, default=0.0, help="where in the order, from 0 to 1: others begin elsewhere"
    )
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stops the cloud, too
    results = Results(asked.results, asked.cloud)
    with tempfile.TemporaryDirectory() as folder, world(asked.cloud, Path(folder)) as made:
        known = list(cases(results.clean_calls(calls(made))))
        order = random.Random(asked.seed).sample(known, len(known))
        chosen = [
            case for case in order if asked.call in (None, case.call) and asked.effect in (None, case.effect)
        ][: asked.most]
        made.restore(EMPTY)
        before = made.everything()
        wrong = go_through(made, results, from_there(chosen, asked.begin), before)
        seeds = from_there(range(asked.schedules), asked.begin)
        wrong += go_through_schedules(made, results, known, seeds, before)
    return 1 if wrong else 0


def from_there(what: Sequence[Item], begin: float) -> list[Item]:
    """All of it, in its order, from somewhere on."""
    first = int(len(what) * begin)
    return [*what[first:], *what[:first]]


def go_through(made: World, results: Results, chosen: Iterable[Case], before: dict[str, Any]) -> int:
    """Carry those cases out that are not known to be fine; the number of those that went wrong."""
    wrong = 0
    for case in chosen:
        if (known := results.cases().get(case)) and not known.wrong:
            continue
        found = outcome(made, case, before)
        results.add(found)
        if found.wrong:
            wrong += 1
            show(" ".join(map(str, case)), [f"exit code {found.code} after {found.seconds} s", *found.wrong])
    return wrong


def go_through_schedules(
    made: World, results: Results, known: list[Case], seeds: Iterable[int], before: dict[str, Any]
) -> int:
    """Carry the schedules of those seeds out that are not known to be fine; how many went wrong."""
    wrong = 0
    for seed in seeds:
        if (done := results.schedules().get(seed)) and not done.wrong:
            continue
        steps, started = schedule(made, seed, known), time.monotonic()
        made.restore(EMPTY)
        found = carry_out(made, steps, before)
        seconds = round(time.monotonic() - started, 1)
        results.add(ScheduleOutcome(made.cloud, seed, seconds, tuple(map(str, steps)), tuple(found)))
        if found:
            wrong += 1
            show(f"seed {seed}", [*map(str, steps), *found])
    return wrong


def show(what: str, lines: list[str]) -> None:
    """Print what went wrong."""
    sys.stdout.write("\n    ".join([f"{what}:", *lines]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
