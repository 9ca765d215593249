"""Locks of Pulumi's file backend: who holds a stack, and does he still live.

A killed update leaves its lock behind, and every later one is refused (pulumi#9253). The file says which
process on which machine took it, so a dead owner on this machine can be told from a living one.
Other backends keep their locks to themselves; there Pulumi's own message is shown.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mayfly.engine import backend
from mayfly.errors import Busy

GRACE_SECONDS = 20.0
"""How long a living owner on this machine is waited for: an interrupted engine ends within seconds."""


@dataclass(frozen=True)
class Lock:
    """One lock file.

    since: RFC 3339, as the owner wrote it.
    """

    path: Path
    pid: int
    user: str
    host: str
    since: str

    def __str__(self) -> str:
        return f"held by process {self.pid} of {self.user} on {self.host} since {self.since}"

    @property
    def dead(self) -> bool:
        """Whether the owner was a process of this machine and is no more."""
        return self.host == socket.gethostname() and not _alive(self.pid)


def held(environ: Mapping[str, str], project: str, stack: str) -> Lock | None:
    """The lock that somebody holds on this stack now, if the backend is a folder."""
    return next(_locks(environ, project, stack), None)


def settle(environ: Mapping[str, str], project: str, stack: str) -> None:
    """Remove locks of dead owners; wait a while for living ones. Raises Busy when they stay."""
    from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

    for attempt in Retrying(
        retry=retry_if_exception_type(Busy),
        stop=stop_after_delay(GRACE_SECONDS),
        wait=wait_random_exponential(0.1, max=2),
        reraise=True,
    ):
        with attempt:
            _settle_once(environ, project, stack)


def _settle_once(environ: Mapping[str, str], project: str, stack: str) -> None:
    for lock in _locks(environ, project, stack):
        if not lock.dead:
            raise Busy(f"{stack} is locked: {lock}")
        lock.path.unlink(missing_ok=True)


def _locks(environ: Mapping[str, str], project: str, stack: str) -> Iterator[Lock]:
    kept = backend.folder(environ)
    if kept is None:
        return
    for path in sorted((kept / "locks/organization" / project / stack).glob("*.json")):
        if lock := _read(path):
            yield lock


def _read(path: Path) -> Lock | None:
    """None when it went while we looked, or is half written: the next look tells. None, too, for what is no
    lock that Pulumi writes: whoever may write to the backend may put anything there, and Pulumi tells of it.
    """
    import json

    try:
        content = json.loads(path.read_text())
        who = (str(content[name]) for name in ("username", "hostname", "timestamp"))
        return Lock(path, int(content["pid"]), *who)
    except (FileNotFoundError, IsADirectoryError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
