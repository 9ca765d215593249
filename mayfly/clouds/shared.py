"""The clouds that the provider's resources call: signed in to at the first call that needs it, then kept.

Most updates call neither, and an update of one cloud needs no credentials of the other.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayfly.clouds.aws.client import Aws
    from mayfly.clouds.azure.client import Azure


class Clouds:
    """One client a subscription, or an account and region. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._azure: dict[str, Azure] = {}
        self._aws: dict[tuple[str, str], Aws] = {}

    def azure(self, subscription: str) -> Azure:
        """As the caller's environment says, for the tenant of a subscription (guid). Raises MayflyError."""
        from mayfly.clouds.azure.client import Azure

        with self._lock:
            if subscription not in self._azure:
                self._azure[subscription] = Azure.from_environment(os.environ, subscription)
            return self._azure[subscription]

    def aws(self, account: str, region: str) -> Aws:
        """As the caller's environment says; only ever for this account (12 digits). Raises MayflyError."""
        from mayfly.clouds.aws.client import Aws

        with self._lock:
            if (account, region) not in self._aws:
                self._aws[account, region] = Aws.from_environment(os.environ, region, account)
            return self._aws[account, region]


def shared() -> Clouds:
    """The process's own, for as long as its environment stays as it is: a client made once serves all."""
    return _of(frozenset(os.environ.items()))


@lru_cache(maxsize=1)
def _of(environ: frozenset[tuple[str, str]]) -> Clouds:
    return Clouds()
