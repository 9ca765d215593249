"""An https server in a process that has more to do than to serve it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Server(uvicorn.Server):
    """One that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop idle connections at once. A client that keeps one open would delay the shutdown."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpToolsProtocol) and _idle(connection):
                connection.transport.abort()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        while self.server_state.connections:
            await asyncio.sleep(0)


def _idle(connection: HttpToolsProtocol) -> bool:
    cycle = connection.cycle
    return cycle is None or cycle.response_complete
