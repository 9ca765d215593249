"""`python -m tests.torture`: every case, or a sample; prints what went wrong."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from tests.torture.cases import calls, cases, outcome
from tests.torture.worlds import WORLDS, world


def main() -> int:
    """Exit code 1 when anything went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cloud", choices=sorted(WORLDS), required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, help="so many cases, drawn by the seed; else all")
    parser.add_argument("--out", type=Path, help="a file that gets one JSON line a case")
    parser.add_argument("--call")
    parser.add_argument("--effect")
    asked = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, world(asked.cloud, Path(folder)) as found:
        made = calls(found)
        before = found.everything()
        chosen = [
            case
            for case in cases(made)
            if asked.call in (None, case.call) and asked.effect in (None, case.effect)
        ]
        if asked.most is not None and asked.most < len(chosen):
            chosen = random.Random(asked.seed).sample(chosen, asked.most)
        started = time.monotonic()
        for index, case in enumerate(chosen):
            ended = outcome(found, case, f"{found.fabric}-t{index}", before)
            if asked.out:
                with asked.out.open("a") as file:
                    file.write(json.dumps(ended._asdict() if False else {**case._asdict(), "code": ended.code, "reached": ended.reached, "seconds": ended.seconds, "wrong": ended.wrong}) + "\n")
            if ended.wrong:
                wrong += 1
                print(f"{index} {case}: {ended.code}, {ended.seconds} s, {ended.reached}", flush=True)
                for line in ended.wrong:
                    print("    ", line, flush=True)
                while found.everything() != before:
                    found.checkout.run("mayfly", "down", f"{found.fabric}-t{index}")
                    if found.everything() != before:
                        raise SystemExit("left for good")
        print(f"{len(chosen)} cases, {wrong} wrong, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
