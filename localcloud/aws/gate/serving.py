"""The gate as a server."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

from localcloud.aws.gate import authorization, emulator, faults, principals
from localcloud.aws.gate.guard import Guard
from localcloud.aws.gate.request_log import RequestLog
from localcloud.aws.gate.settings import Settings
from localcloud.aws.gate.throttling import Throttle
from localcloud.faults import Faults, Injection, Protocol
from localcloud.https import Server

Send = Callable[[dict[str, Any]], Awaitable[None]]


class _Server(Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As ever, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


async def serve(
    settings: Settings, ready: Callable[[], None], when_told: Callable[[Callable[[], None]], None]
) -> None:
    """Answer requests until told to stop, then let MiniStack keep its state."""
    throttle = Throttle()
    authorization.install(throttle)
    log = RequestLog(settings.folder)
    guard = Guard(settings, emulator.app.app, log, throttle)
    injection = Injection(Path(settings.folder))
    application = Faults(guard, injection, faults.call_of, faults.REFUSALS)
    config = uvicorn.Config(
        _Application(application, settings),
        ssl_certfile=settings.certificate, ssl_keyfile=settings.key, http=Protocol, lifespan="on",
        ws="none", access_log=False, log_config=None, server_header=False, date_header=False,
        interface="asgi3", timeout_graceful_shutdown=5, timeout_keep_alive=75, backlog=512,
    )  # fmt: skip
    server = _Server(config, ready)
    when_told(server.stop)
    await server.serve(sockets=[socket.socket(fileno=settings.descriptor)])


class _Application:
    """Requests go on; MiniStack's own start is followed by the principals'."""

    def __init__(self, inner: Faults, settings: Settings) -> None:
        self._inner = inner
        self._settings = settings

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._inner(scope, receive, send)
            return

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                await principals.ensure(self._settings)
            await send(message)

        await emulator.app.app(scope, receive, sent)
