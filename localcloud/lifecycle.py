"""Start, stop and look at a local cloud's server, from any process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from localcloud.server import OWNER, OWNER_ASKED
from localcloud.statefolder import HOST, Ports, StateFolder, read_json

START_SECONDS = 60.0
STOP_SECONDS = 30.0
OWNER_SECONDS = 30.0
NAMES = {"azure": "Azure", "aws": "AWS"}
TAIL = 20
"""Lines of the server's log that an error shows."""


class LocalCloudError(Exception):
    """The local cloud failed. The message says why and what to do."""


@dataclass(frozen=True)
class Status:
    """Whether a server runs, and where it is: known from the first start on, since ports are kept.

    arm_url, blob_url: a local Azure's endpoints. aws_url: a local AWS's, for all of its services.
    engines: for each principal ("owner", "deployer") the port of the provider server that acts as it.
    serving: the principals whose provider servers run; the owner's does from `serve_owner` on.
    principals: the file with everybody's credentials. ca: the certificate to trust (SSL_CERT_FILE).
    """

    running: bool
    folder: Path
    ca: Path
    principals: Path
    pid: int | None = None
    arm_url: str | None = None
    blob_url: str | None = None
    aws_url: str | None = None
    engines: dict[str, int] = field(default_factory=dict)
    serving: frozenset[str] = frozenset()


Running = Status
"""A status whose `running` is True."""


class Log(NamedTuple):
    """Entries of the request log, and the offset to ask from the next time."""

    entries: list[dict[str, Any]]
    offset: int


def start(folder: Path, cloud: str = "azure") -> Running:
    """Start the server of this state folder, unless it runs, and return its status once it answers.

    cloud: which one it is: "azure" or "aws".
    Raises LocalCloudError when it ends instead, or does not answer within a minute: with the end of its log.
    """
    state = StateFolder(folder.resolve())
    with state.changing():
        found = status(folder)
        return found if found.running else _start(state, cloud)


def _start(state: StateFolder, cloud: str) -> Running:
    folder, before = state.path, _size(state.server_log)
    process = _spawn(state, cloud)
    if not _wait(lambda: status(folder).running or process.poll() not in (None, 0), START_SECONDS):
        said = _tail(state, before)
        raise LocalCloudError(
            f"the local {NAMES[cloud]} did not answer within {START_SECONDS:.0f} s:\n{said}"
        )
    found = status(folder)
    if not found.running:
        raise LocalCloudError(f"the local {NAMES[cloud]} could not start:\n{_tail(state, before)}")
    return found


def serve_owner(folder: Path) -> Status:
    """Let the provider server run that acts as the owner, until this cloud stops; nothing if it does not run.

    Raises LocalCloudError when it cannot run: with the end of the server's log.
    """
    state = StateFolder(folder.resolve())
    with state.changing():
        found = status(folder)
        if found.pid is None or OWNER in found.serving:
            return found
        before, said = _size(state.server_log), _version(state.record)
        os.kill(found.pid, OWNER_ASKED)
        _wait(lambda: _version(state.record) != said, OWNER_SECONDS)
        found = status(folder)
        if OWNER not in found.serving:
            raise LocalCloudError(f"the owner's provider server does not run:\n{_tail(state, before)}")
        return found


def stop(folder: Path) -> bool:
    """Stop the server of this folder by its process id. Returns whether one was running.

    Raises LocalCloudError when it is still there after half a minute.
    """
    state = StateFolder(folder.resolve())
    if not state.lock.exists():
        return False
    with state.changing():
        return _stop(state)


def _stop(state: StateFolder) -> bool:
    if state.holder() is None:
        return False
    _wait(lambda: state.holder() != 0, STOP_SECONDS)  # It writes its process id just after it takes the lock.
    pid = state.holder()
    if pid:
        _terminate(pid)
    if not _wait(lambda: state.holder() is None, STOP_SECONDS):
        raise LocalCloudError(f"the local cloud (process {pid}) does not stop; its log is {state.server_log}")
    return True


def status(folder: Path) -> Status:
    """Whether the server of this folder runs and answers, and where."""
    state = StateFolder(folder.resolve())
    record = read_json(state.record) if state.holder() else None
    ports = state.ports() or Ports()
    urls = {f"{plane}_url": f"https://{HOST}:{port}" for plane, port in ports.planes.items()}
    return Status(
        running=record is not None,
        folder=state.path,
        ca=state.ca,
        principals=state.principals,
        pid=record["pid"] if record else None,
        engines=dict(ports.engines),
        serving=frozenset(record["serving"] if record else ()),
        **urls,
    )


def reset(folder: Path) -> None:
    """Stop the server and remove all of its state.

    Raises LocalCloudError, and removes nothing, if the server does not stop.
    """
    state = StateFolder(folder.resolve())
    if not state.path.exists():
        return
    if not state.lock.exists() and any(state.path.iterdir()):
        raise LocalCloudError(f"{state.path} is no state folder of a local cloud: nothing is removed")
    with state.changing():
        _stop(state)
        shutil.rmtree(state.path)


def log(folder: Path, since: int = 0) -> Log:
    """Return the requests that the server answered from an offset on (bytes, of an earlier call)."""
    path = StateFolder(folder.resolve()).requests
    if not path.exists():
        return Log([], 0)
    with path.open("rb") as file:
        file.seek(since)
        text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    return Log([json.loads(line) for line in whole.splitlines()], since + len(whole))


def _spawn(state: StateFolder, cloud: str) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parent.parent)
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
    }
    with state.server_log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", f"localcloud.{cloud}.server", str(state.path)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ, start_new_session=True,
        )  # fmt: skip
    # It outlives this process. While this process lives, it must collect the exit code: no zombie stays.
    threading.Thread(target=process.wait, name="local cloud's end", daemon=True).start()
    return process


def _terminate(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _version(path: Path) -> int | None:
    return (
        path.stat().st_ino if path.exists() else None
    )  # The file is replaced as a whole; times are too coarse.


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _tail(state: StateFolder, since: int) -> str:
    """The last lines of the server's log after `since` (bytes), where an earlier start's end."""
    with state.server_log.open("rb") as file:
        file.seek(since)
        text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-TAIL:])
