"""Schedules drawn by a seed: several environments, verbs beside each other, and faults at random."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from localcloud import faults
from tests.torture import cases
from tests.torture.cases import VERBS, Case, ended_badly, finished, left, words
from tests.torture.worlds import World

ENVIRONMENTS = 3
LONGEST = 5
"""Steps of a schedule, at most."""
TWO_AT_ONCE = 0.3
FAULTS = 0.7
"""How many of the steps have another verb beside them, and how many a fault."""


@dataclass(frozen=True)
class Step:
    """Verbs that begin together, each with its environment, and what goes wrong meanwhile."""

    verbs: tuple[tuple[str, str], ...]
    fault: Case | None

    def __str__(self) -> str:
        told = " beside ".join(" ".join(verb) for verb in self.verbs)
        return f"{told}: {' '.join(map(str, self.fault[1:]))}" if self.fault else told


def schedule(world: World, seed: int, known: list[Case]) -> list[Step]:
    """Draw one. known: the faults there can be."""
    drawn = random.Random(seed)
    names = [f"{world.fabric}-s{seed}x{index}" for index in range(ENVIRONMENTS)]
    steps = []
    for _ in range(drawn.randint(2, LONGEST)):
        number = 2 if drawn.random() < TWO_AT_ONCE else 1
        verbs = [(drawn.choice(VERBS), name) for name in drawn.sample(names, number)]
        own = [case for case in known if case.verb in {verb for verb, _ in verbs}]
        steps.append(Step(tuple(verbs), drawn.choice(own) if drawn.random() < FAULTS else None))
    return steps


def carry_out(world: World, steps: Iterable[Step], before: dict[str, Any]) -> list[str]:
    """Carry a schedule out, sweep once, and tell what is wrong then, or went wrong badly on the way."""
    wrong: list[str] = []
    for step in steps:
        with ExitStack() as stack:
            fault, reached = step.fault, None
            if fault:
                reached = stack.enter_context(faults.inject(world.folder, *fault[1:]))
            running = [world.start(*words(world, verb, name)) for verb, name in step.verbs]
            for verb in running:
                ended = finished(verb, fault.effect if fault else None, reached, alone=True)
                wrong += ended_badly(fault.effect if fault else None, ended)
        # What lives on when `mayfly` alone was killed comes to its own end; a sweep's grace is for that.
        for verb in running:
            wrong += (f"process {pid} lives on" for pid in verb.survivors(cases.LONGEST))
    return [*wrong, *left(world, before)]
