"""What a cloud asks for when it is asked too often, kept by all threads that call it.

azure-core and botocore let the call wait that was refused; the others would go on asking, and be refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TOO_OFTEN = frozenset({429, 503})
"""Statuses with which a cloud says when to come back: Resource Manager ("Throttling Resource Manager
requests"), S3 and others ("Error responses": SlowDown, ServiceUnavailable)."""

LONGEST = 300.0
"""Seconds; a cloud that says more is asked after these all the same."""


class RateLimiter:
    """Of one client of a cloud, shared by all threads. Times in seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._until = 0.0

    def wait(self) -> None:
        """Return when the cloud may be asked again."""
        while (left := self._until - self._clock()) > 0:
            self._sleep(left)

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Take an answer. One that says when to come back holds every call until then."""
        if status not in TOO_OFTEN:
            return
        told = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
        with self._lock:
            self._until = max(self._until, self._clock() + seconds(told))


def seconds(told: str) -> float:
    """Of a Retry-After, which is a number or a date (RFC 9110, 10.2.3): at most LONGEST, and 0 for none."""
    found = 0.0
    with suppress(ValueError, TypeError):
        found = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    with suppress(ValueError):
        found = float(told)
    return min(max(0.0, found), LONGEST)
