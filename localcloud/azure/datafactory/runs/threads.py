"""Concurrent work in daemon threads, which never keep the process from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def spawn(work: Callable[[], object], name: str) -> threading.Thread:
    """Start a daemon thread."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def each(work: Callable[[Item], Result], items: Sequence[Item], width: int) -> list[Result]:
    """Call `work` for every item, at most `width` at once. Returns the results in the items' order.

    All items are worked on even when one raises; the first exception is raised at the end.
    """
    results: dict[int, Result] = {}
    failures: dict[int, BaseException] = {}
    waiting: SimpleQueue[int] = SimpleQueue()
    for index in range(len(items)):
        waiting.put(index)

    def worker() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            try:
                results[index] = work(items[index])
            except BaseException as error:
                failures[index] = error

    _run(worker, min(width, len(items)))
    if failures:
        raise failures[min(failures)]
    return [results[index] for index in range(len(items))]


def _run(worker: Callable[[], None], count: int) -> None:
    if count == 1:
        worker()  # in order, in this thread
        return
    for thread in [spawn(worker, "run-items") for _ in range(count)]:
        thread.join()
