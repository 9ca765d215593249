"""Reads that still show deleted things, as AWS's may. For tests, which set it by an administrative request.

After `PUT /_mayfly/lag` with `{"service": "iam", "reads": 5}`, a deleted thing is shown to the next five
reads of its service; 0 ends that. Calls that change a deleted thing are refused at once.

Source: IAM User Guide, "Changes that I make are not always immediately visible".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from localcloud.aws.gate import emulator
from localcloud.aws.gate.current_request import current_request

PATH = "/_mayfly/lag"

READS = ("Get", "List", "Describe", "Search")


@dataclass
class _Ghost:
    """A deleted entry of one of MiniStack's stores. left: reads that still show it."""

    store: dict[Any, Any]
    key: Any
    value: Any
    left: int


@dataclass
class _Lag:
    """Of one service. stores: where MiniStack keeps what it has."""

    stores: tuple[dict[Any, Any], ...]
    reads: int = 0
    ghosts: list[_Ghost] = field(default_factory=list)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """With what was deleted, unless there is a new one of that name."""
        self.ghosts = [ghost for ghost in self.ghosts if ghost.left and ghost.key not in ghost.store]
        shown = list(self.ghosts)
        for ghost in shown:
            ghost.left -= 1
            ghost.store[ghost.key] = ghost.value
        try:
            yield
        finally:
            for ghost in shown:
                ghost.store.pop(ghost.key, None)

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Keep what goes meanwhile."""
        before = [(store, dict(store)) for store in self.stores]
        yield
        self.ghosts += [
            _Ghost(store, key, value, self.reads)
            for store, had in before
            for key, value in had.items()
            if key not in store
        ]


_LAGS = {
    "iam": _Lag((emulator.iam._roles._data, emulator.iam._policies._data)),
    "lambda": _Lag((emulator.lambda_svc._functions._data,)),
    "resource-groups": _Lag((
        emulator.resource_groups._groups._data,
        emulator.resource_groups._group_tags._data,
        emulator.resource_groups._group_queries._data,
    )),
}  # fmt: skip


def install() -> None:
    """Put it before the services that can lag."""
    for service, lag in _LAGS.items():
        emulator.app.SERVICE_HANDLERS[service] = _lagging(lag, emulator.app.SERVICE_HANDLERS[service])


def change(body: bytes) -> None:
    """Take a lag from an administrative request's body. Raises ValueError, KeyError."""
    wanted: dict[str, Any] = json.loads(body)
    lag = _LAGS[wanted["service"]]
    lag.reads, lag.ghosts = int(wanted["reads"]), []


def _lagging(lag: _Lag, handle: Any) -> Any:
    async def handle_request(*request: Any) -> Any:
        if not lag.reads:
            return await handle(*request)
        with lag.shown() if (current_request().operation or "").startswith(READS) else lag.remembered():
            return await handle(*request)

    return handle_request
