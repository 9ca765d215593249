"""Admits requests that are signed with the key of a user or of a role's session, and logs all requests."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from localcloud.aws.gate import (
    emulator,
    lagging,
    lambda_,
    operations,
    quotas,
    refusals,
    snapshots,
    throttling,
)
from localcloud.aws.gate.current_request import CurrentRequest, RequestRefused, context
from localcloud.aws.gate.request_log import RequestLog
from localcloud.aws.gate.settings import Settings
from localcloud.aws.gate.throttling import Throttle

Scope = MutableMapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SIGNED = re.compile(r"AWS4-HMAC-SHA256 +Credential=((?:AKIA|ASIA)[A-Z0-9]+)/")
PRESIGNED = re.compile(r"((?:AKIA|ASIA)[A-Z0-9]+)/")
UNCHECKED = ("/iceberg", "/v2/", "/WriteGetObjectResponse", "/v20180820/")
"""Paths that MiniStack answers without its own checks. They are not served."""

CHECKED = "/v20180820/tags/"

ADMINISTRATION = "x-mayfly-token"

LARGEST_UNSIGNED = 64 << 10
"""Bytes in the body of a request without a known key."""


class Guard:
    """An ASGI application before MiniStack's."""

    def __init__(self, settings: Settings, inner: Application, log: RequestLog, throttle: Throttle) -> None:
        self._settings = settings
        self._inner = inner
        self._log = log
        self._throttle = throttle
        self._hosts = {f"{name}:{settings.port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse one request or let MiniStack answer it, and log it."""
        request = CurrentRequest()
        context.set(request)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answered = _Answer(send, lambda answer: self._note(scope, headers, request, answer))
        refused = self._refusal(scope, headers, request)
        if refused or not (request.principal or _administers(scope)):
            receive = _bounded(receive, headers)
        try:
            if refused:
                await _body(receive)
                await refusals.send(answered, refused)
            else:
                await self._answer(scope, receive, answered)
        except RequestRefused as error:
            refused = refusals.refusal(headers, error.status, error.code, error.message)
            await refusals.send(answered, refused)
        answered.end()

    def _note(
        self, scope: Scope, headers: Mapping[str, str], request: CurrentRequest, answered: _Answer
    ) -> None:
        """Write the request into the log."""
        if request.operation is None:
            _complete(request, scope, headers)
        self._log.write({
            "service": request.service,
            "operation": request.operation,
            "actions": sorted(request.asked),
            "method": scope["method"],
            "path": scope["path"],
            "principal": request.principal,
            "status": answered.status,
            "bytes": answered.bytes,
            "request_id": answered.request_id,
        })  # fmt: skip

    async def _answer(self, scope: Scope, receive: Receive, answered: _Answer) -> None:
        changes = {
            throttling.PATH: self._throttle.change,
            lagging.PATH: lagging.change,
            quotas.PATH: quotas.change,
            snapshots.PATH: snapshots.change,
        }
        if change := changes.get(scope["path"]):
            change(await _body(receive))
            await refusals.send(answered, refusals.Refusal(204, "text/plain", "", ""))
        else:
            await self._inner(scope, receive, answered)

    def _refusal(
        self, scope: Scope, headers: dict[str, str], request: CurrentRequest
    ) -> refusals.Refusal | None:
        """Why a request goes no further; None when it does."""
        if headers.get("host") not in self._hosts:
            return refusals.foreign_host(headers)
        if scope["path"].startswith(UNCHECKED) and not scope["path"].startswith(CHECKED):
            return refusals.not_served(headers, scope["path"])
        if _administers(scope):
            given = headers.get(ADMINISTRATION, "").encode()
            return None if hmac.compare_digest(given, self._settings.token.encode()) else refusals.admin()
        key = _key(headers, scope)
        if key is None:
            return refusals.unsigned(headers)
        if emulator.evaluator.is_root_access_key(key):
            return refusals.unknown_key(headers)
        request.principal = _principal(key, self._settings.account)
        return None


class _Answer:
    """Passes an answer on and measures it. ended: called once, before the last of the answer is sent.

    So a client that has its answer finds it in the log. The head is sent with the first of the body.
    """

    def __init__(self, send: Send, ended: Callable[[_Answer], None]) -> None:
        self._send = send
        self._ended: Callable[[_Answer], None] | None = ended
        self._head: Message | None = None
        self.status: int | None = None
        self.bytes = 0
        self.request_id: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = lambda_.with_its_id(message)
            self._measure(self._head)
            return
        self.bytes += len(message.get("body", b""))
        if not message.get("more_body"):
            self.end()
        if self._head:
            head, self._head = self._head, None
            await self._send(head)
        await self._send(message)

    def _measure(self, head: Message) -> None:
        self.status = head["status"]
        headers = {name.lower(): value for name, value in head["headers"]}
        found = headers.get(b"x-amz-request-id") or headers.get(b"x-amzn-requestid")
        self.request_id = found.decode() if found else None

    def end(self) -> None:
        """Call `ended`. Does nothing the second time: a client can disconnect before the end."""
        ended, self._ended = self._ended, None
        if ended:
            ended(self)


def _complete(request: CurrentRequest, scope: Scope, headers: Mapping[str, str]) -> None:
    """Name the service and operation of a request that was answered before it was routed, for the log."""
    request.service = refusals.service_of(headers) or None
    if request.service in operations.REST:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        found = operations.operation(request.service, scope["method"], scope["path"], query, headers)
        request.operation = found


def _administers(scope: Scope) -> bool:
    """Whether it is one of MiniStack's own routes. They need the administration's token."""
    return str(scope["path"]).startswith(("/_", "/health"))


def _bounded(receive: Receive, headers: Mapping[str, str]) -> Receive:
    """The body of a request without a known key. Raises RequestRefused if it is too large, or says so."""
    left = LARGEST_UNSIGNED
    too_large = RequestRefused(
        413, "RequestEntityTooLarge", f"Without a known key a request has at most {left} bytes."
    )

    async def received() -> Message:
        nonlocal left
        if int(headers.get("content-length", 0)) > LARGEST_UNSIGNED:
            raise too_large
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise too_large
        return message

    return received


async def _body(receive: Receive) -> bytes:
    """The whole body. Anything left unread would be taken for the connection's next request."""
    found, more = b"", True
    while more:
        message = await receive()
        found += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    return found


def _key(headers: dict[str, str], scope: Scope) -> str | None:
    """The access key that a request is signed with, in its header or its query."""
    if authorization := headers.get("authorization"):
        found = SIGNED.match(authorization)
    else:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        found = PRESIGNED.match(query.get("X-Amz-Credential", [""])[0])
    return found[1] if found else None


def _principal(key: str, account: str) -> str | None:
    found = emulator.evaluator.resolve_credential(key, account)
    arn = getattr(found, "principal_arn", None)
    return arn.split("/")[1 if ":assumed-role/" in arn else -1] if arn else None
