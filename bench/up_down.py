"""How long `up`, a change of code and `down` take, beside other ways to make the same environment.

    python -m bench.up_down [--cloud azure|aws] [--rounds 5] [--objects 1000] [--without Terraform]

The contenders take turns within each round, so what else the machine does meets all of them. Every figure is
the wall time of whole commands, from nothing to the environment and back to nothing, medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping

from bench.aws import contenders as aws
from bench.azure import contenders as azure
from bench.contender import Contender
from bench.project import Project, change_code, project
from bench.table import table
from bench.timing import seconds

AIM = 1.0
"""Times the hand-written program's."""

FLOOR = "an empty program"

Times = Mapping[str, Mapping[str, list[float]]]
"""By contender, then by column."""


def measure(place: Project, contenders: Mapping[str, Contender], columns: list[str], rounds: int) -> Times:
    """Seconds of each step; a round before the first warms all of them up. rounds: 0 for that one alone."""
    times: Times = {name: {column: [] for column in columns} for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            if contender.once and number < rounds:
                continue
            change_code(place, number, "before")
            for column in columns:
                if column == "code":
                    change_code(place, number, "after")
                if column == "down" and contender.before_down:
                    contender.before_down(place)
                taken = seconds(contender.steps[column], place)
                if number or not rounds:
                    times[name][column].append(taken)
    return times


def rows(times: Times, peer: str) -> list[tuple[str, ...]]:
    """Medians, each with its ratio to the hand-written program's and to the engine's floor."""
    medians = {name: {c: statistics.median(t) for c, t in taken.items()} for name, taken in times.items()}
    return [
        (name, *(cell for column, taken in found.items() for cell in _cells(taken, column, medians, peer)))
        for name, found in medians.items()
    ]


def _cells(taken: float, column: str, medians: Mapping[str, Mapping[str, float]], peer: str) -> list[str]:
    ratio = taken / medians[peer][column]
    return [f"{taken:.2f} s", f"{ratio:.2f}", f"{taken / medians[FLOOR][column]:.2f}"]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cloud", choices=("azure", "aws"), default="azure")
    parser.add_argument("--rounds", type=int, default=5, help="0: one, and unwarmed")
    parser.add_argument("--without", default=[], nargs="+", help="contenders that are left out")
    parser.add_argument(
        "--objects", type=int, default=1_000, help="in the bucket before each down; AWS alone"
    )
    asked = parser.parse_args()
    columns, peer = (aws.COLUMNS, aws.PEER) if asked.cloud == "aws" else (azure.COLUMNS, azure.PEER)
    with project(asked.cloud) as place:
        found = aws.contenders(place, asked.objects) if asked.cloud == "aws" else azure.contenders()
        asked_for = {name: each for name, each in found.items() if name not in asked.without}
        times = measure(place, asked_for, list(columns), asked.rounds)
    head = [cell for title in columns.values() for cell in (f"`{title}`", "to hand-written", "to floor")]
    print(table(("", *head), rows(times, peer)))
    print(f"\nThe aim for `mayfly up` and `mayfly down` is {AIM} times the {peer} program at most.")


if __name__ == "__main__":
    main()
