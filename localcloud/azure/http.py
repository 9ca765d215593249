"""HTTP in front of a cloud: an ASGI application, and two TLS servers on 127.0.0.1 that carry it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import uvicorn

from localcloud.azure import faults
from localcloud.azure.core.call import Reply, Request
from localcloud.azure.core.cloud import Cloud
from localcloud.azure.core.errors import CloudError
from localcloud.faults import Faults, Injection, Protocol
from localcloud.https import Server

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Result = TypeVar("Result")

HOST = "127.0.0.1"
THREADS = 32
CHUNK = 1 << 20
PLANES = ("arm", "blob")
LARGEST_OF_STRANGERS = 64 << 10
"""Bytes in the body of a request without a valid token; whoever signs in sends a few hundred."""


class Application:
    """One plane as an ASGI application. Handlers run in threads, so a slow one holds up nobody else."""

    def __init__(self, cloud: Cloud, plane: str, pool: ThreadPoolExecutor) -> None:
        self._cloud = cloud
        self._plane = plane
        self._pool = pool

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        head = self._head(scope)
        try:
            body = await self._body(head, receive)
        except CloudError as error:
            await self._send(head, self._cloud.refuse(head, error), send)
            return
        if body is None:
            return
        request = replace(head, body=body)
        reply = await self._in_a_thread(lambda: self._cloud.dispatch(request, internal=False))
        await self._send(request, reply, send)

    async def refuse(self, scope: Message, send: Send, error: CloudError) -> None:
        """Answer a request by an error."""
        head = self._head(scope)
        await self._send(head, self._cloud.refuse(head, error), send)

    def _head(self, scope: Message) -> Request:
        """The request without its body."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return Request(
            self._plane,
            scope["method"],
            scope["path"],
            {name.lower(): value for name, value in query},
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        )

    async def _body(self, head: Request, receive: Receive) -> bytes | None:
        """The request's body; None when the client has gone. Raises CloudError where it is a stranger's."""
        announced, body, known = int(head.headers.get("content-length", 0)), bytearray(), False
        while True:
            if not known and max(announced, len(body)) > LARGEST_OF_STRANGERS:
                await self._in_a_thread(lambda: self._known(head))
                known = True
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body"):
                return bytes(body)

    def _known(self, head: Request) -> None:
        try:
            self._cloud.tokens.caller(head)
        except CloudError:
            text = f"Without a valid access token a request has at most {LARGEST_OF_STRANGERS} bytes."
            raise CloudError(413, "RequestBodyTooLarge", text, headers={"connection": "close"}) from None

    async def _in_a_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _send(self, request: Request, reply: Reply, send: Send) -> None:
        head, content = _encoded(reply)
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in head.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if isinstance(content, Path) and request.method != "HEAD":
            await self._send_file(content, reply.span, send)
        body = content if isinstance(content, bytes) and request.method != "HEAD" else b""
        await send({"type": "http.response.body", "body": body})

    async def _send_file(self, path: Path, span: tuple[int, int] | None, send: Send) -> None:
        loop = asyncio.get_running_loop()
        start, left = span or (0, path.stat().st_size)
        with path.open("rb") as file:
            file.seek(start)
            while left > 0:
                part = await loop.run_in_executor(self._pool, file.read, min(CHUNK, left))
                if not part:
                    break
                left -= len(part)
                await send({"type": "http.response.body", "body": part, "more_body": True})


def _encoded(reply: Reply) -> tuple[dict[str, str], bytes | Path]:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    content: bytes | Path = b""
    if isinstance(reply.body, dict):
        content = json.dumps(reply.body).encode()
        headers.setdefault("content-type", "application/json; charset=utf-8")
    elif reply.body is not None:
        content = reply.body
    if reply.status not in (204, 304):
        if isinstance(content, bytes):
            length = len(content)
        else:
            length = reply.span[1] if reply.span else content.stat().st_size
        headers.setdefault("content-length", str(length))
    return headers, content


class Servers:
    """Both planes of a cloud on sockets that are already bound. Await `serve`; end it with `stop`."""

    def __init__(self, cloud: Cloud, sockets: dict[str, socket.socket], certificate: Path, key: Path) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="azure")
        self._sockets = sockets
        injection = Injection(cloud.folder)
        self._servers = {}
        for plane in PLANES:
            application = Application(cloud, plane, self._pool)
            refusals = faults.refusals(plane, application.refuse)
            guarded = Faults(application, injection, faults.call_of(plane), refusals)
            self._servers[plane] = self._server(guarded, certificate, key)

    @property
    def started(self) -> bool:
        """Whether both listen."""
        return all(server.started for server in self._servers.values())

    async def serve(self) -> None:
        """Listen until stopped."""
        try:
            await asyncio.gather(
                *(server.serve(sockets=[self._sockets[plane]]) for plane, server in self._servers.items())
            )
        finally:
            self._pool.shutdown()

    def stop(self) -> None:
        """Finish what is being answered, then end. Safe to call from another thread."""
        for server in self._servers.values():
            server.stop()

    def _server(self, application: Faults, certificate: Path, key: Path) -> Server:
        config = uvicorn.Config(
            application, ssl_certfile=certificate, ssl_keyfile=key, http=Protocol, lifespan="off",
            ws="none",
            access_log=False, log_config=None, server_header=False, timeout_graceful_shutdown=5,
            interface="asgi3",
            backlog=512, timeout_keep_alive=60,
        )  # fmt: skip
        return Server(config)
