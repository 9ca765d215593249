"""How long `up` takes as an environment's functions grow, and a change of one of them, on the local AWS.

    python -m bench.functions [--sizes 1 10 50] [--rounds 3]

Wall time of whole commands, medians over the rounds; and the seconds of processor that a change of one takes
in the command's own processes, which other work on the machine changes less. `requests`: of that `up`.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from pathlib import Path

from bench.project import Project, project
from bench.table import table

STACK = "awsqa-grows"
MANIFEST = "runtime: python3.12\nmemory: 128\ntimeout: 30\n"
HANDLER = "def main(event, context):\n    return {!r}\n"
COLUMNS = ("functions", "up", "unchanged", "one changed", "processor", "requests", "down")


def write(folder: Path, functions: int, changed: str) -> None:
    """A workload of so many functions. changed: what the first one returns."""
    for number in range(functions):
        own = folder / "functions" / f"f{number:02}"
        own.mkdir(parents=True, exist_ok=True)
        (own / "function.yaml").write_text(MANIFEST)
        (own / "handler.py").write_text(HANDLER.format(changed if number == 0 else number))


def timed(place: Project, *command: str) -> tuple[float, float]:
    """Wall and processor seconds of a command."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    place.run(*command)
    taken, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(place: Project, functions: int, rounds: int) -> tuple[str, ...]:
    """One row of the table."""
    folder = place.root / f"grows-{functions}"
    up = ("mayfly", "up", STACK, "--workload", str(folder))
    found: dict[str, list[float]] = {name: [] for name in COLUMNS}
    for number in range(rounds):
        write(folder, functions, f"{number} before")
        found["up"].append(timed(place, *up)[0])
        found["unchanged"].append(timed(place, *up)[0])
        write(folder, functions, f"{number} after")
        requests = place.requests()
        wall, processor = timed(place, *up)
        found["one changed"].append(wall)
        found["processor"].append(processor)
        found["requests"].append(place.requests() - requests)
        found["down"].append(timed(place, "mayfly", "down", STACK)[0])
    medians = {name: statistics.median(values) for name, values in found.items() if values}
    shown = {name: f"{value:.2f} s" for name, value in medians.items()}
    shown["requests"] = f"{medians['requests']:.0f}"
    return (str(functions), *(shown[name] for name in COLUMNS[1:]))


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with project("aws") as place:
        print(table(COLUMNS, [measure(place, size, asked.rounds) for size in asked.sizes]))


if __name__ == "__main__":
    main()
