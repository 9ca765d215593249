"""`python -m tests.torture --cloud NAME`: every case, or a sample; prints what went wrong."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from localcloud import faults
from tests.torture.cases import Case, Outcome, calls, cases, command, outcome
from tests.torture.schedules import carry_out, schedule
from tests.torture.worlds import WORLDS, World, world


def main() -> int:
    """Exit code 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description="Let each call of each verb go wrong in each way.")
    parser.add_argument("--cloud", choices=sorted(WORLDS), required=True)
    parser.add_argument("--most", type=int, help="so many cases, drawn by the seed; else all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--call", help="cases of this operation alone")
    parser.add_argument("--effect", choices=faults.EFFECTS, help="cases of this effect alone")
    parser.add_argument("--out", type=Path, help="a file that gets one JSON line a case")
    parser.add_argument("--schedules", type=int, default=0, help="so many schedules instead of cases")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, world(asked.cloud, Path(folder)) as made:
        known = [
            case
            for case in cases(calls(made))
            if asked.call in (None, case.call) and asked.effect in (None, case.effect)
        ]
        chosen = known
        if asked.most is not None and asked.most < len(known):
            chosen = random.Random(asked.seed).sample(known, asked.most)
        if asked.schedules:
            wrong = go_through_schedules(made, known, range(asked.seed, asked.seed + asked.schedules))
        else:
            wrong = go_through(made, chosen, asked.out)
    return 1 if wrong else 0


def go_through(made: World, chosen: list[Case], out: Path | None) -> int:
    """Carry cases out one after the other; the number of those that went wrong."""
    before, started, wrong = made.everything(), time.monotonic(), 0
    for index, case in enumerate(chosen):
        environment = f"{made.fabric}-t{index}"
        found = outcome(made, case, environment, before)
        if out:
            with out.open("a") as file:
                file.write(json.dumps(asdict(found)) + "\n")
        if found.wrong:
            wrong += 1
            show(index, found)
            made.checkout.run(*command(made, "down", environment))
            before = made.everything()
    seconds = time.monotonic() - started
    sys.stdout.write(f"{made.title}: {len(chosen)} cases, {wrong} wrong, {seconds:.0f} s\n")
    return wrong


def go_through_schedules(made: World, known: list[Case], seeds: range) -> int:
    """Carry the schedules of these seeds out; the number of those that went wrong."""
    before, started, wrong = made.everything(), time.monotonic(), 0
    for seed in seeds:
        steps = schedule(made, seed, known)
        if found := carry_out(made, steps, before):
            wrong += 1
            sys.stdout.write("\n    ".join([f"seed {seed}:", *map(str, steps), *found]) + "\n")
            sys.stdout.flush()
            before = made.everything()
    seconds = time.monotonic() - started
    sys.stdout.write(f"{made.title}: {len(seeds)} schedules, {wrong} wrong, {seconds:.0f} s\n")
    return wrong


def show(index: int, found: Outcome) -> None:
    """Print what went wrong in a case."""
    case = " ".join(map(str, found.case))
    lines = [f"{index}: {case}: exit code {found.code} after {found.seconds} s"]
    sys.stdout.write("\n    ".join([*lines, *found.wrong]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
