"""A stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def seconds(act: Callable[[T], None], about: T) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    act(about)
    return time.perf_counter() - started
