"""What the canaries of both clouds share: names that tell their age, and retries while permissions spread."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

PREFIX = "mayfly-canary-"

STALE_SECONDS = 3600.0
"""An older canary was left by a `prove` that is dead; a younger one may belong to one that still runs."""

PATIENCE_SECONDS = 600.0
"""Azure documents that a role assignment takes up to 10 minutes to become effective."""


def stamp() -> str:
    """Return 16 hexadecimal digits: 8 of the time in seconds since the epoch, 8 at random."""
    return f"{int(time.time()):08x}{secrets.token_hex(4)}"


def new_name() -> str:
    """Return a name that nothing else has."""
    return f"{PREFIX}{stamp()}"


def is_stale(stamp: str, now: float) -> bool:
    """Return whether a killed `prove` left this canary behind. now: seconds since the epoch."""
    return now - int(stamp[:8], 16) > STALE_SECONDS


def retry_until_effective(attempt: Callable[[], int], patience: float, say: Callable[[str], None]) -> None:
    """Repeat an attempt until no permission is pending, or until the time is up.

    attempt: returns how many permissions are not effective yet. patience: seconds. say: told of each retry.
    """
    from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_random_exponential

    def report(state: RetryCallState) -> None:
        pending = state.outcome.result() if state.outcome else 0
        say(f"  {pending} permissions are not effective yet; trying again")

    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(1, max=60),
        before_sleep=report,
        retry_error_callback=lambda _: None,
    )(attempt)
