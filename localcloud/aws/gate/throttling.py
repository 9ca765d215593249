"""AWS's answers to too many requests. For tests, which set the rate by an administrative request.

`PUT /_mayfly/throttle` with `{"service": "s3", "operations": ["DeleteObjects"], "rate": 5}` lets five
requests a second through, of all callers together. No operations: all of the service. Rate null: no limit.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

PATH = "/_mayfly/throttle"

S3 = (503, "SlowDown", "Please reduce your request rate.")
LAMBDA = (429, "TooManyRequestsException", "Rate exceeded")
OTHERS = (400, "ThrottlingException", "Rate exceeded")
"""Status, code and message. Source: each service's API reference, "Common errors", and "S3 error codes"."""


@dataclass
class _Limit:
    """A bucket of tokens that fills by `rate` a second, to `rate` at most."""

    operations: frozenset[str]
    rate: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = self.rate

    def takes(self, operation: str | None) -> bool:
        return not self.operations or operation in self.operations

    def passes(self) -> bool:
        now = time.monotonic()
        self.left = min(self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Throttle:
    """The limits, by service as MiniStack names it."""

    def __init__(self) -> None:
        self._limits: dict[str, _Limit] = {}

    def change(self, body: bytes) -> None:
        """Take a limit from an administrative request's body. Raises ValueError, KeyError."""
        wanted: dict[str, Any] = json.loads(body)
        service, rate = wanted["service"], wanted.get("rate")
        self._limits.pop(service, None)
        if rate is not None:
            self._limits[service] = _Limit(frozenset(wanted.get("operations", ())), float(rate))

    def refuses(self, service: str | None, operation: str | None) -> tuple[int, str, str] | None:
        """Status, code and message for a request that is one too many; None when it may go on."""
        limit = self._limits.get(service or "")
        if limit is None or not limit.takes(operation) or limit.passes():
            return None
        return {"s3": S3, "lambda": LAMBDA}.get(service or "", OTHERS)
