"""Several calls to the cloud at once, with one pool's worth of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = 8


def run_concurrently(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int = THREADS
) -> list[Result]:
    """Call `function` for each item, at most `threads` at a time; results in the order of the items.

    Raises the first exception, in that order, after all calls have ended.
    """
    waiting = list(items)
    if len(waiting) < 2:
        return [function(item) for item in waiting]
    with ThreadPoolExecutor(min(threads, len(waiting))) as pool:
        return list(pool.map(function, waiting))
