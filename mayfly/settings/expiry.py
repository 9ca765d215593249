"""When an environment is asked to end: `mayfly up --ttl` and `--expires-at`, or their environment variables.

Plain `pulumi up` has no options, so the variables are what the program reads; the options set them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mayfly.errors import Problem
from mayfly.settings import rules
from mayfly.settings.invalid import InvalidValue

if TYPE_CHECKING:
    from mayfly.settings.fabrics import Fabric

TTL = "MAYFLY_TTL"
"""The environment variable of `--ttl`: how long from the time of the `up`."""

EXPIRES_AT = "MAYFLY_EXPIRES_AT"
"""The environment variable of `--expires-at`: the time itself."""


@dataclass(frozen=True)
class ExpiryRequest:
    """When an environment is asked to end. variable: which of the two says it; the other field is None."""

    variable: str
    ttl: timedelta | None = None
    time: datetime | None = None

    def at(self, now: datetime) -> datetime:
        """Return the time that is asked for. now: the caller's one clock reading."""
        return now + self.ttl if self.ttl is not None else self.time or now


def requested(
    environ: Mapping[str, str], fabric: Fabric | None
) -> tuple[ExpiryRequest | None, list[Problem]]:
    """Return what the environment variables ask for, None where they ask for nothing, and what is wrong.

    fabric: the environment's, None for one that cannot be read. An empty variable counts as unset: pipelines
    hand on inputs that nobody filled in.
    """
    given = [name for name in (TTL, EXPIRES_AT) if environ.get(name)]
    if len(given) > 1:
        return None, [Problem(TTL, f"{EXPIRES_AT} is set as well", "set one of the two")]
    if not given or fabric is None:
        return None, []
    (name,) = given
    if fabric.life is None:
        what = f"{fabric.name} is permanent, and has no end"
        return None, [Problem(name, what, "unset it, or use a fabric of the lifetime ephemeral")]
    try:
        if name == EXPIRES_AT:
            return ExpiryRequest(name, time=rules.moment(environ[name])), []
        ttl = rules.duration(environ[name])
    except InvalidValue as refused:
        return None, [Problem(name, refused.what, refused.fix)]
    if ttl > fabric.life.longest:
        what = f"{environ[name]} is longer than environments of {fabric.name} live"
        return None, [Problem(name, what, f"at most {rules.in_words(fabric.life.longest)}")]
    return ExpiryRequest(name, ttl=ttl), []
