"""Time as storage tells it: ticks of 100 ns since the year 1, as entity tags, HTTP dates and ISO times."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from email.utils import formatdate

TICKS_PER_SECOND = 10_000_000
EPOCH = 62_135_596_800
"""Seconds from the year 1 to 1970."""


class Clock:
    """Ticks that never repeat, so that two changes never share an entity tag."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def tick(self) -> int:
        """Now, or the tick after the last one given if the clock has not moved on."""
        with self._lock:
            now = time.time_ns() // 100 + EPOCH * TICKS_PER_SECOND
            self._last = max(now, self._last + 1)
            return self._last


def etag(ticks: int) -> str:
    """The entity tag of something last changed at `ticks`, in quotes."""
    return f'"0x{ticks:X}"'


def seconds(ticks: int) -> int:
    """Seconds since 1970."""
    return ticks // TICKS_PER_SECOND - EPOCH


def http_date(ticks: int) -> str:
    """As in a Last-Modified header, to the second."""
    return formatdate(seconds(ticks), usegmt=True)


def iso(ticks: int) -> str:
    """As in a document of Resource Manager: seven digits after the point."""
    moment = datetime.fromtimestamp(seconds(ticks), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ticks % TICKS_PER_SECOND:07d}Z"
