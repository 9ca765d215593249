"""Our provider, served to the engine by the verb's own process.

The engine would start one of its own: half a second of each update for another interpreter, grpc, and clients
of the cloud that we already have. A plain `pulumi up` still does. What that means when we are interrupted or
killed: docs/adr/0009-provider-in-the-verb.md.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc

ATTACHED = "PULUMI_DEBUG_PROVIDERS"
"""Pulumi's variable: providers that run already, as name:port, with commas between."""

NAME = "mayfly"
HOST = "127.0.0.1"


os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # read by grpc when it is loaded
"""What we start is another program at once; grpc would wake its threads in it, between fork and exec."""

Serve = Callable[[], None]


@contextmanager
def provider(environ: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], Serve]]:
    """Give the environment in which an engine finds our provider, and what serves it: to be called when the
    engine has been started, since no process is forked safely while modules are imported beside.

    environ: the engine's; one that names a provider of ours already is left as it is.
    """
    attached = environ.get(ATTACHED, "")
    if any(one.startswith(f"{NAME}:") for one in attached.split(",")) or not hasattr(socket, "SO_REUSEPORT"):
        yield environ, lambda: None
        return
    with _reserved() as port:
        server = _Server(port)
        try:
            yield {**environ, ATTACHED: ",".join(filter(None, (attached, f"{NAME}:{port}")))}, server.start
        finally:
            server.stop()


@contextmanager
def _reserved() -> Iterator[int]:
    """A free port that no one else is given, as long as this lasts; whoever says "reuse" can listen on it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((HOST, 0))
        yield held.getsockname()[1]


class _Server:
    """Begins to serve while the engine starts, which takes longer than what has to be imported here."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: grpc.Server | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._serve, name="provider", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The engine has ended. A call that it left under way, as at a second Ctrl-C, is not waited for."""
        if self._thread is not None:
            self._thread.join()
        if self._server is not None:
            self._server.stop(grace=None).wait()

    def _serve(self) -> None:
        from mayfly.provider import server

        self._server, _ = server.start(self._port)
