"""How long `up` and `down` take, beside a hand-written Pulumi program and the bare SDK calls.

    python -m bench.up_down [--rounds 5]

The contenders take turns within each round, so what else the machine does meets all of them. Every figure is
the wall time of whole commands, from nothing to the environment and back to nothing, medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping

from bench.project import Project, project
from bench.table import table
from bench.timing import seconds

PEER = "hand-written Pulumi"
AIM = 1.15
"""Times the hand-written program's."""

Step = Callable[[Project], None]


def steps(*commands: str, folder: str = ".") -> Step:
    """Commands, one after the other."""

    def run(place: Project) -> None:
        for command in commands:
            place.run(*command.split(), folder=folder)

    return run


CONTENDERS: Mapping[str, tuple[Step, Step]] = {
    PEER: (
        steps(
            "pulumi stack init peer-1", "pulumi up --yes --skip-preview --stack peer-1", folder="bench/peer"
        ),
        steps(
            "pulumi destroy --yes --skip-preview --stack peer-1",
            "pulumi stack rm --yes --stack peer-1",
            folder="bench/peer",
        ),
    ),
    "mayfly up, mayfly down": (steps("mayfly up qa-1"), steps("mayfly down qa-1")),
    "our program, plain Pulumi": (
        steps("pulumi stack init qa-2", "pulumi up --yes --skip-preview --stack qa-2"),
        steps("pulumi destroy --yes --skip-preview --stack qa-2", "pulumi stack rm --yes --stack qa-2"),
    ),
    "bare SDK calls": (
        steps("python -m bench.bare_sdk up sdk-1"),
        steps("python -m bench.bare_sdk down sdk-1"),
    ),
}


def measure(place: Project, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds of each up and of each down, by contender; a round before the first warms all of them up."""
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in CONTENDERS}
    for number in range(rounds + 1):
        for name, verbs in CONTENDERS.items():
            for verb, kept in zip(verbs, times[name], strict=True):
                taken = seconds(verb, place)
                if number:
                    kept.append(taken)
    return times


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    with project() as place:
        times = measure(place, parser.parse_args().rounds)
    medians = {name: [statistics.median(kept) for kept in both] for name, both in times.items()}
    peer = medians[PEER]
    rows = [
        (name, f"{up:.2f} s", f"{up / peer[0]:.2f}", f"{down:.2f} s", f"{down / peer[1]:.2f}")
        for name, (up, down) in medians.items()
    ]
    print(table(("", "up", "ratio", "down", "ratio"), rows))
    print(f"\nThe aim for `mayfly up` and `mayfly down` is {AIM} times the {PEER} program at most.")


if __name__ == "__main__":
    main()
