"""Asking again until the cloud has got there: bounded, with growing pauses."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Result = TypeVar("Result")

Sleep = Callable[[float], None]


def until(
    ask: Callable[[], Result | None],
    *,
    longest: float,
    first_pause: float = 1.0,
    longest_pause: float = 15.0,
    sleep: Sleep = time.sleep,
) -> Result:
    """Ask until the answer is not None. All times in seconds.

    Raises TimeoutError when there is no answer after `longest`.
    """
    deadline = time.monotonic() + longest
    for pause in pauses(first_pause, longest_pause):
        if (answer := ask()) is not None:
            return answer
        if time.monotonic() + pause > deadline:
            break
        sleep(pause)
    raise TimeoutError(f"no answer within {longest:.0f} seconds")


def pauses(first: float, longest: float) -> Iterator[float]:
    """Pauses that grow by half each time up to `longest`, each shortened by up to a fifth at random."""
    pause = first
    while True:
        yield pause * random.uniform(0.8, 1.0)  # noqa: S311 - spreads polls, guards nothing
        pause = min(pause * 1.5, longest)
