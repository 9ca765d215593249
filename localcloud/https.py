"""An https server in a process that does other work too."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOOK_SECONDS = 0.005
"""Seconds between checks whether an ending server has answered everything."""


class Server(uvicorn.Server):
    """A server that leaves signals to its process and ends as soon as it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Finish the answers under way, then end. Safe to call from another thread."""
        self.should_exit = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Wait until told to stop, and renew the date each second. uvicorn looks ten times a second."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop idle connections at once, and let the others end. uvicorn waits at least 0.1 s for them."""
        for server in self.servers:
            server.close()
        for one in sockets or ():
            one.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpToolsProtocol) and _idle(connection):
                connection.transport.abort()
            else:
                connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(LOOK_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        while self.server_state.connections:
            await asyncio.sleep(0)
        await self.lifespan.shutdown()


def _idle(connection: HttpToolsProtocol) -> bool:
    cycle = connection.cycle
    return cycle is None or cycle.response_complete
