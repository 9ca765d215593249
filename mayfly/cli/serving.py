"""Our provider, served to the engine by the verb's own process.

The engine would start one of its own: half a second of each update for another interpreter, grpc, and clients
of the cloud that we already have. A plain `pulumi up` still does.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc

ATTACHED = "PULUMI_DEBUG_PROVIDERS"
"""Pulumi's variable: providers that run already, as name:port, with commas between."""

NAME = "mayfly"
HOST = "127.0.0.1"


@contextmanager
def provider(environ: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Serve our provider, and give the environment in which an engine finds it.

    environ: the engine's; one that names a provider of ours already is left as it is.
    """
    attached = environ.get(ATTACHED, "")
    if f"{NAME}:" in attached or not hasattr(socket, "SO_REUSEPORT"):
        yield environ
        return
    with _reserved() as port:
        server = _Server(port)
        try:
            yield {**environ, ATTACHED: ",".join(filter(None, (attached, f"{NAME}:{port}")))}
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
        self._thread = Thread(target=self._start, name="provider", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The engine has ended, so nothing is under way."""
        self._thread.join()
        if self._server is not None:
            self._server.stop(grace=None).wait()

    def _start(self) -> None:
        from mayfly.provider import server

        self._server, _ = server.start(self._port)
