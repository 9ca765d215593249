"""The files of a state folder besides the cloud's own data: the server's lock, its ports, its record."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Ports, chosen at the first start and kept, since documents hold endpoints.

    planes: the port of each of the cloud's endpoints: `arm` and `blob` on Azure, `aws` on AWS.
    engines: the port of the provider server that acts as a principal, by the principal's name.
    """

    planes: dict[str, int] = field(default_factory=dict)
    engines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StateFolder:
    """The files of one local cloud."""

    path: Path

    @property
    def lock(self) -> Path:
        """The lock that the server holds while it lives. It contains the server's process id."""
        return self.path / "server.lock"

    @property
    def record(self) -> Path:
        """Written when the server answers: its process id, and whose provider servers run."""
        return self.path / "server.json"

    @property
    def server_log(self) -> Path:
        """The server's output."""
        return self.path / "server.log"

    @property
    def requests(self) -> Path:
        """The request log."""
        return self.path / "requests.jsonl"

    @property
    def ca(self) -> Path:
        """The certificate of the local authority."""
        return self.path / "ca.pem"

    @property
    def principals(self) -> Path:
        """The credentials of `owner`, `deployer` and `janitor`."""
        return self.path / "principals.json"

    def ports(self) -> Ports | None:
        """The ports kept, or None before the first start."""
        kept = read_json(self.path / "ports.json")
        if kept is None:
            return None
        engines = kept.pop("engines")
        return Ports(kept, engines)

    def keep_ports(self, ports: Ports) -> None:
        """Write the ports down."""
        write_json(self.path / "ports.json", {**ports.planes, "engines": ports.engines})

    def answer(self, serving: Iterable[str]) -> None:
        """Say that this process answers now. serving: the principals whose provider servers run."""
        write_json(self.record, {"pid": os.getpid(), "serving": [*serving]})

    def holder(self) -> int | None:
        """The process id of the server that holds the lock; None when nobody does. 0: it has not said yet."""
        try:
            with self.lock.open() as file:
                if _try_lock(file, fcntl.LOCK_SH):
                    return None
                return int(file.read() or "0")
        except FileNotFoundError:
            return None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock on starting, stopping and resetting this cloud. Waits for it."""
        path = self.path / "change.lock"
        while True:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                    yield
                    return
            # Somebody removed the folder while we waited: what we hold is not the lock any more.

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lock for the block. Yields whether it was free."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.lock.open("a+") as file:
            if not _try_lock(file, fcntl.LOCK_EX):
                yield False
                return
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield True


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file, or None when there is no such file."""
    with suppress(FileNotFoundError):
        return dict(json.loads(path.read_text()))
    return None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file as a whole."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
