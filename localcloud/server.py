"""The server process of a local cloud: one a state folder, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

from localcloud.statefolder import HOST, Ports, StateFolder

OWNER, DEPLOYER = "owner", "deployer"
OWNER_ASKED = signal.SIGUSR1
"""Tells a server that somebody asked for a shell of the owner."""

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


class Engine(Protocol):
    """A running provider server."""

    def stop(self) -> None:
        """Stop it at once."""


class Engines:
    """The provider servers of a cloud: the deployer's, and the owner's from when one asks for his shell.

    Each acts as its principal for every program of this user, so the owner's is not there without need.
    """

    def __init__(self, folder: StateFolder, serve: Callable[[str, int], Engine]) -> None:
        """serve: starts the one of a principal on a port. Raises RuntimeError if the port is taken."""
        kept = folder.ports() or Ports()
        self.ports = {name: kept.engines.get(name) or _free_port() for name in (OWNER, DEPLOYER)}
        self._folder = folder
        self._serve = serve
        self._running: dict[str, Engine] = {}

    def start(self) -> None:
        """Run the deployer's. Raises CannotServe."""
        self._start(DEPLOYER)

    def answer(self) -> None:
        """Say that this cloud answers now, and which of these run."""
        self._folder.answer(self._running)

    def owner_asked(self) -> None:
        """Run the owner's as well, and say which run then. Why one cannot is told in the log."""
        try:
            self._start(OWNER)
        except CannotServe as error:
            logger.error("%s", error)
        self.answer()

    def close(self) -> None:
        """Stop them."""
        for engine in self._running.values():
            engine.stop()

    def _start(self, name: str) -> None:
        if name in self._running:
            return
        try:
            self._running[name] = self._serve(name, self.ports[name])
        except RuntimeError as error:
            raise taken(self.ports[name]) from error


def _free_port() -> int:
    with closing(bind()) as found:
        return int(found.getsockname()[1])


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
    """Another process uses a port of this folder."""
    return CannotServe(
        f"port {port} of {HOST}, which this local cloud has kept since its first start, is taken by "
        "another process: "
        "end that process, or give up this cloud's state with `mayfly local reset`"
    )
