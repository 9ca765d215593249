"""Who may ask at all: whoever signs with the key of a user or of a role's session; and the log of who did."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from localcloud.aws.gate import emulator, lagging, operations, refusals, throttling
from localcloud.aws.gate.noted import Noted, Refused, current
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
UNASKED = ("/iceberg", "/v2/", "/WriteGetObjectResponse", "/v20180820/")
"""Ways of MiniStack past its own checks, all of them data planes that are not served here."""

ASKED = "/v20180820/tags/"

ADMINISTRATION = "x-mayfly-token"

LARGEST_OF_STRANGERS = 64 << 10
"""Bytes in the body of a request that no known key has signed."""


class Guard:
    """An ASGI application before MiniStack's."""

    def __init__(self, settings: Settings, inner: Application, log: RequestLog, throttle: Throttle) -> None:
        self._settings = settings
        self._inner = inner
        self._log = log
        self._throttle = throttle
        self._hosts = {f"{name}:{settings.port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let MiniStack answer it, and note it."""
        noted = Noted()
        current.set(noted)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answered = _Answered(send, lambda answer: self._note(scope, headers, noted, answer))
        refused = self._refusal(scope, headers, noted)
        if refused or not (noted.principal or _administers(scope)):
            receive = _bounded(receive, headers)
        try:
            if refused:
                await _body(receive)
                await refusals.send(answered, refused)
            else:
                await self._answer(scope, receive, answered)
        except Refused as error:
            refused = refusals.refusal(headers, error.status, error.code, error.message)
            await refusals.send(answered, refused)
        answered.end()

    def _note(self, scope: Scope, headers: Mapping[str, str], noted: Noted, answered: _Answered) -> None:
        """Write the request into the log."""
        if noted.operation is None:
            _complete(noted, scope, headers)
        self._log.write({
            "service": noted.service,
            "operation": noted.operation,
            "actions": sorted(noted.asked),
            "method": scope["method"],
            "path": scope["path"],
            "principal": noted.principal,
            "status": answered.status,
            "bytes": answered.bytes,
            "request_id": answered.request_id,
        })  # fmt: skip

    async def _answer(self, scope: Scope, receive: Receive, answered: _Answered) -> None:
        changes = {throttling.PATH: self._throttle.change, lagging.PATH: lagging.change}
        if change := changes.get(scope["path"]):
            change(await _body(receive))
            await refusals.send(answered, refusals.Refusal(204, "text/plain", "", ""))
        else:
            await self._inner(scope, receive, answered)

    def _refusal(self, scope: Scope, headers: dict[str, str], noted: Noted) -> refusals.Refusal | None:
        """Why a request goes no further; None when it does."""
        if headers.get("host") not in self._hosts:
            return refusals.foreign_host(headers)
        if scope["path"].startswith(UNASKED) and not scope["path"].startswith(ASKED):
            return refusals.not_served(headers, scope["path"])
        if _administers(scope):
            given = headers.get(ADMINISTRATION, "").encode()
            return None if hmac.compare_digest(given, self._settings.token.encode()) else refusals.admin()
        key = _key(headers, scope)
        if key is None:
            return refusals.unsigned(headers)
        if emulator.evaluator.is_root_access_key(key):
            return refusals.unknown_key(headers)
        noted.principal = _principal(key, self._settings.account)
        return None


class _Answered:
    """Passes an answer on and keeps its measures. ended: called once, before the asker has it all.

    So whoever has an answer finds it in the log. The head waits for the body: an empty one ends with it.
    """

    def __init__(self, send: Send, ended: Callable[[_Answered], None]) -> None:
        self._send = send
        self._ended: Callable[[_Answered], None] | None = ended
        self._head: Message | None = None
        self.status: int | None = None
        self.bytes = 0
        self.request_id: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            self._measure(message)
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
        """No more comes, be it that the asker went away."""
        ended, self._ended = self._ended, None
        if ended:
            ended(self)


def _complete(noted: Noted, scope: Scope, headers: Mapping[str, str]) -> None:
    """For the log, of what was answered before it was routed, as a HEAD of a bucket that is not there."""
    noted.service = refusals.service_of(headers) or None
    if noted.service in operations.REST:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        found = operations.operation(noted.service, scope["method"], scope["path"], query, headers)
        noted.operation = found


def _administers(scope: Scope) -> bool:
    """Whether it is one of MiniStack's own routes, which take the administration's token."""
    return str(scope["path"]).startswith(("/_", "/health"))


def _bounded(receive: Receive, headers: Mapping[str, str]) -> Receive:
    """A stranger's body, as far as it may go. Raises Refused where it is larger, or says that it will be."""
    left = LARGEST_OF_STRANGERS
    too_large = Refused(
        413, "RequestEntityTooLarge", f"Without a known key a request has at most {left} bytes."
    )

    async def received() -> Message:
        nonlocal left
        if int(headers.get("content-length", 0)) > LARGEST_OF_STRANGERS:
            raise too_large
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise too_large
        return message

    return received


async def _body(receive: Receive) -> bytes:
    """The request's body: what were left of it would be read as the connection's next request."""
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
