"""Locks of Pulumi's backends: who holds a stack, and does he still live.

A killed update leaves its lock behind, and every later one is refused (pulumi#9253). The lock says which
process on which machine took it, so in a folder a dead owner on this machine can be told from a living one.
In a bucket or a container nobody can be shown dead: other machines may have the name of this one. Backends of
other kinds keep their locks to themselves; there Pulumi's own message is shown.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from mayfly.clouds.errors import CloudError
from mayfly.engine import backend
from mayfly.engine.shared_backend import SharedBackend, open_backend
from mayfly.errors import Busy, MayflyError
from mayfly.naming import times

GRACE_SECONDS = 20.0
"""How long a living owner on this machine is waited for: an interrupted engine ends within seconds."""


START_MARGIN = timedelta(seconds=10)
"""By so much a process may seem to begin later than it did: the kernel rounds the time of the boot that it
counts from.
"""

LARGEST = 64 * 1024
"""Bytes of a lock in a shared backend that are read."""

CLI = "pulumi"
"""What a process that takes locks is called."""


@dataclass(frozen=True)
class Process:
    """A process of this machine. name: of its program. began: by the clock as it is set now."""

    name: str
    began: datetime


class Owner(StrEnum):
    """What can be told of the process that took a lock."""

    GONE = "that process is no more"
    ANOTHER = "that process is another one, which began later than the lock: the owner is no more"
    ALIVE = "that process lives"
    UNKNOWN = "it is of another machine, so whether it lives cannot be told from here"
    ELSEWHERE = "others share this backend, so whether it lives cannot be told: a machine's name is no proof"
    UNREADABLE = "the file is no lock that Pulumi writes, so nothing tells whose it is"


@dataclass(frozen=True)
class Lock:
    """One lock. path: its file, or its address in a shared backend. since: RFC 3339, as the owner wrote it.

    All but its path is empty for what is no lock that Pulumi writes.
    """

    path: Path | str
    pid: int = 0
    user: str = ""
    host: str = ""
    since: str = ""

    def __str__(self) -> str:
        if not self.host:
            return f"by {self.path}"
        return f"held by process {self.pid} of {self.user} on {self.host} since {self.since}"

    @property
    def owner(self) -> Owner:
        """What can be told of the owner. The number of a process that ended is given to another in time."""
        if self.host != socket.gethostname():
            return Owner.UNKNOWN if self.host else Owner.UNREADABLE
        if not _alive(self.pid):
            return Owner.GONE
        return Owner.ANOTHER if self._is_another(process(self.pid)) else Owner.ALIVE

    def _is_another(self, process: Process | None) -> bool:
        """Both are asked for: after a clock was set forward, every process seems to have begun later."""
        try:
            since = times.parse(self.since) + START_MARGIN
        except (ValueError, OverflowError):
            return False
        return process is not None and process.name != CLI and process.began > since

    @property
    def dead(self) -> bool:
        """Whether the owner was a process of this machine and is no more."""
        return self.owner in (Owner.GONE, Owner.ANOTHER)

    def remove(self) -> None:
        """Break it; absent is fine. Raises MayflyError where it may not be removed, or is a folder."""
        try:
            Path(self.path).unlink(missing_ok=True)
        except OSError as error:
            raise MayflyError(f"{self.path} cannot be removed: {error.strerror}") from None


@dataclass(frozen=True)
class SharedLock(Lock):
    """One in a shared backend. key: its object's."""

    shared: SharedBackend = field(kw_only=True, repr=False)
    key: str = field(kw_only=True)

    @property
    def owner(self) -> Owner:
        """What can be told of the owner: that he lives, or nothing."""
        found = super().owner
        return found if found in (Owner.ALIVE, Owner.UNREADABLE) else Owner.ELSEWHERE

    def remove(self) -> None:
        """Break it; absent is fine, and another's has another key. Raises MayflyError."""
        self.shared.remove(self.key)


def held(environ: Mapping[str, str], project: str, stack: str) -> Lock | None:
    """The lock that somebody holds on this stack now, if the backend is a folder."""
    return next(_locks(environ, project, stack), None)


def all_of(environ: Mapping[str, str], project: str, stack: str) -> list[Lock]:
    """What is in the place of a stack's locks: Pulumi refuses to work for a file that is none as well.

    Raises MayflyError where a shared backend does not tell.
    """
    shared = open_backend(environ)
    if shared is not None:
        return [*_shared(shared, f".pulumi/locks/organization/{project}/{stack}/")]
    read = [_read(path) or Lock(path) for path in _files(environ, project, stack)]
    return [lock for lock in read if os.path.lexists(lock.path)]


def _shared(shared: SharedBackend, folder: str) -> Iterator[Lock]:
    for key, _ in shared.keys(folder):
        if "/" in key.removeprefix(folder):
            continue  # Pulumi looks into no folder below
        try:
            who = _owner(shared.get(key, LARGEST)) or ()
        except CloudError as error:
            if error.status != HTTPStatus.NOT_FOUND:  # it went while we looked
                raise
            continue
        yield SharedLock(f"{shared.address}/{key}", *who, shared=shared, key=key)


def settle(environ: Mapping[str, str], project: str, stack: str) -> None:
    """Remove locks of dead owners; wait a while for living ones. Raises Busy when they stay."""
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
        lock.remove()


def _locks(environ: Mapping[str, str], project: str, stack: str) -> Iterator[Lock]:
    for path in _files(environ, project, stack):
        if lock := _read(path):
            yield lock


def _files(environ: Mapping[str, str], project: str, stack: str) -> list[Path]:
    """None where the folder is a link's: what lies elsewhere is no lock, and is not ours to remove."""
    kept = backend.folder(environ)
    if kept is None:
        return []
    folder = kept.resolve() / "locks/organization" / project / stack
    return sorted(folder.glob("*.json")) if folder.resolve() == folder else []


def _read(path: Path) -> Lock | None:
    """None when it went while we looked, or is half written: the next look tells. None, too, for what is no
    lock that Pulumi writes: whoever may write to the backend may put anything there, and Pulumi tells of it.
    """
    if not path.is_file():  # the reader of a pipe would wait for ever
        return None
    try:
        who = _owner(path.read_bytes())
    except OSError:
        return None
    return Lock(path, *who) if who else None


def _owner(text: bytes) -> tuple[int, str, str, str] | None:
    """Process, user, machine and time, as Pulumi writes them (pkg/backend/diy/lock.go, lockContent)."""
    try:
        content = json.loads(text)
        user, host, since = (str(content[name]) for name in ("username", "hostname", "timestamp"))
        pid = int(content["pid"])
    except (ValueError, OverflowError, KeyError, TypeError, RecursionError):
        return None
    return (pid, user, host, since) if pid > 0 else None  # 0 and -1 are no process, and kill(2) finds some


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def process(pid: int) -> Process | None:
    """A process of this machine; None where the system does not tell. Source: proc(5), stat."""
    try:
        name, _, fields = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
        seconds = int(fields.split()[19]) / os.sysconf("SC_CLK_TCK")  # starttime, the 22nd field of all
        return Process(name, datetime.fromtimestamp(int(boot.split()[1]) + seconds, UTC))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
