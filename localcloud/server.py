"""What the server processes of all local clouds have in common: one a state folder, until told to stop."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from localcloud.statefolder import HOST, StateFolder

PRINCIPALS = ("owner", "deployer")
LOCK_ATTEMPTS = 20
logger = logging.getLogger("localcloud")


class CannotServe(Exception):
    """The server cannot run; the message says why and what to do."""


def main(arguments: list[str], serve: Callable[[StateFolder, ExitStack], None]) -> int:
    """Run `serve` on the folder that the arguments name, as the one that holds its lock.

    serve: returns when it was told to stop; what it puts on the stack is closed then.
    Exit codes: 0 stopped or already running, 1 it cannot run (stderr says why).
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    folder = StateFolder(Path(arguments[0]).resolve())
    for _ in range(LOCK_ATTEMPTS):  # somebody who asks for the status holds the lock for a moment
        with folder.held() as free:
            if free:
                return _run(folder, serve)
        time.sleep(0.02)
    logger.info("another server has this folder")
    return 0


def _run(folder: StateFolder, serve: Callable[[StateFolder, ExitStack], None]) -> int:
    folder.record.unlink(missing_ok=True)
    try:
        with ExitStack() as stack:
            serve(folder, stack)
    except (CannotServe, ValueError) as error:
        logger.error("%s", error)
        return 1
    finally:
        folder.record.unlink(missing_ok=True)
    return 0


def bind(port: int = 0) -> socket.socket:
    """A socket that listens on `port` of this machine alone; 0 for a free one. Raises CannotServe."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise taken(port) from error
    return listening


def taken(port: int) -> CannotServe:
    """A port that this folder keeps is used by another process."""
    return CannotServe(
        f"port {port} of {HOST}, which this local cloud has kept since its first start, is taken by "
        "another process: "
        "end that process, or give up this cloud's state with `mayfly local reset`"
    )
