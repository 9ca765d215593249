"""MiniStack behind its gate, as a child process in its own environment."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from localcloud.server import CannotServe
from localcloud.statefolder import HOST

PYTHON = Path("local-aws") / "bin" / "python"
"""Below this Python's own environment; `scripts/setup` puts it there."""

STOP_SECONDS = 20.0
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TZ")


class Gate:
    """The running child."""

    def __init__(self, process: subprocess.Popen[bytes], token: str) -> None:
        self._process = process
        self.token = token

    @classmethod
    @contextmanager
    def start(
        cls, folder: Path, lock: IO[bytes], listening: socket.socket, account: str, region: str
    ) -> Iterator[Gate]:
        """Start it on a bound socket, with the lock that it holds as long as it lives.

        At the end it is stopped, and saves its state. It also ends when this process dies, which closes its
        standard input. Raises CannotServe when its environment is missing.
        """
        process = _spawn(lock, listening)
        gate = cls(process, _token(folder))
        try:
            gate._tell({
                "folder": str(folder), "port": listening.getsockname()[1], "descriptor": listening.fileno(),
                "certificate": str(folder / "server.pem"), "key": str(folder / "server.key"),
                "ca": str(folder / "ca.pem"), "account": account, "region": region, "token": gate.token,
            })  # fmt: skip
            yield gate
        finally:
            gate._stop()

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def until_ready(self) -> None:
        """Wait until it answers requests. Raises CannotServe when it ends instead."""
        assert self._process.stdout
        if self._process.stdout.readline() != b"ready\n":
            raise CannotServe(f"MiniStack could not start; it ended with {self._process.wait()}")

    def on_end(self, call: Callable[[], object]) -> None:
        """Call once it has ended."""

        def wait() -> None:
            self._process.wait()
            call()

        threading.Thread(target=wait, name="MiniStack's end", daemon=True).start()

    def _tell(self, settings: dict[str, object]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(settings).encode() + b"\n")
        self._process.stdin.flush()

    def _stop(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@contextmanager
def alone(folder: Path) -> Iterator[IO[bytes]]:
    """Wait until the gate of an earlier server has ended. If that server was killed, it may still save state.

    Gives the lock for the new gate to inherit. Raises CannotServe.
    """
    with (folder / "gate.lock").open("ab") as file:
        deadline = time.monotonic() + STOP_SECONDS
        while not _locked(file):
            if time.monotonic() > deadline:
                raise CannotServe(f"MiniStack of an earlier server is still at work in {folder}")
            time.sleep(0.02)
        yield file


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _token(folder: Path) -> str:
    """What administrative requests need, for those who may read the state folder."""
    token, path = secrets.token_urlsafe(30), folder / "admin.token"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return token


def _spawn(lock: IO[bytes], listening: socket.socket) -> subprocess.Popen[bytes]:
    python = Path(sys.prefix) / PYTHON
    if not python.exists():
        raise CannotServe(f"{python} is missing: the local AWS's own environment; ./scripts/setup makes it")
    environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [python, "-m", "localcloud.aws.gate"], cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[lock.fileno(), listening.fileno()],
        env={**environ, "NO_PROXY": HOST, "no_proxy": HOST},
    )  # fmt: skip
