"""Names of canaries: nothing else has one, and each tells when it was made."""

from __future__ import annotations

import secrets
import time

PREFIX = "mayfly-canary-"

STALE_SECONDS = 3600.0
"""After this a canary's `prove` is taken to be dead; a younger one may belong to another that runs now."""


def stamp() -> str:
    """16 hexadecimal digits: the time in seconds since the epoch, and as many at random."""
    return f"{int(time.time()):08x}{secrets.token_hex(4)}"


def new_name() -> str:
    """A name that nothing else has."""
    return f"{PREFIX}{stamp()}"


def is_stale(stamp: str, now: float) -> bool:
    """Whether a canary was left behind by a `prove` that was killed. now: seconds since the epoch."""
    return now - int(stamp[:8], 16) > STALE_SECONDS
