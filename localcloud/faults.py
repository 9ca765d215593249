"""Faults on purpose, for tests: one call goes wrong in one way.

A test writes `faults.json` into the state folder, by `inject` or `recording`; without it nothing happens.
A call is an operation as its cloud names it ("iam CreateRole", "PUT Microsoft.Storage/storageAccounts"), and
which one of its calls since the file was written.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = MutableMapping[str, Any]
Message = Any
"""Of ASGI: a mapping."""
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

Effect = Literal[
    "throttled", "failed", "failing", "dropped", "lost", "dark", "held before", "held after", "stuck"
]
"""What happens to the call.

throttled, failed: one answer of 429 (503 of S3) or 500; nothing is done. failing: 500, to this call and all
later ones of the operation. dropped: the connection ends before anything is done. lost: it is done, and the
connection ends before the answer, as when the client's patience ends. dark: this and every later call of any
operation is dropped: the cloud is gone. held before, held after: not answered while the file is there, then
dropped; done or not. stuck: this and all later calls of the operation are refused with a conflict.
"""

EFFECTS: tuple[Effect, ...] = get_args(Effect)
_LASTING = ("failing", "stuck", "dark")
_FILE, _REACHED, _CALLS = "faults.json", "faults.reached", "faults.calls"
_TRANSPORT = "mayfly.transport"
LOOK_SECONDS = 0.01


class Protocol(HttpToolsProtocol):
    """One that lets an application end the connection."""

    def on_message_begin(self) -> None:
        """As ever, with the transport beside."""
        super().on_message_begin()
        self.scope["extensions"] = {_TRANSPORT: {"is": self.transport}}


@contextmanager
def inject(folder: Path, call: str, nth: int, effect: Effect) -> Iterator[Callable[[], bool]]:
    """Let the nth call (from 1) of an operation go wrong. Yields what tells whether it has come.

    folder: the state folder of a local cloud that runs.
    """
    reached = folder / _REACHED
    reached.unlink(missing_ok=True)
    with _written(folder, {"fault": {"call": call, "nth": nth, "effect": effect}}):
        yield reached.exists


@contextmanager
def recording(folder: Path) -> Iterator[list[str]]:
    """Note every call: the list is filled at the end."""
    calls, found = folder / _CALLS, list[str]()
    calls.unlink(missing_ok=True)
    with _written(folder, {}):
        yield found
    if calls.exists():
        found += calls.read_text().splitlines()


@contextmanager
def _written(folder: Path, content: Mapping[str, object]) -> Iterator[None]:
    """Let the file be there. No two have the same text: by that a server knows a new one."""
    file = folder / _FILE
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({"id": uuid.uuid4().hex, **content}))
    draft.replace(file)
    try:
        yield
    finally:
        file.unlink()


Refusals = Mapping[Effect, Application]
"""A cloud's own answers, by the effects that are an answer."""


class Injection:
    """What a state folder's file says, and what of it has come to pass. One for all endpoints of a cloud."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._text = ""
        self._calls: Counter[str] = Counter()
        self._dark = False

    def is_there(self) -> bool:
        """Whether there is a file. One that is new begins at the first call."""
        try:
            text = (self._folder / _FILE).read_text()
        except FileNotFoundError:
            text = ""
        if text != self._text:
            self._text, self._dark = text, False
            self._calls.clear()
        return text != ""

    def effect(self, call: str) -> Effect | None:
        """Count a call, and say how it goes wrong."""
        self._calls[call] += 1
        fault = json.loads(self._text).get("fault")
        if fault is None:
            with (self._folder / _CALLS).open("a") as file:
                file.write(f"{call}\n")
            return None
        found = self._found(fault, self._calls[call]) if fault["call"] == call else None
        if self._dark:
            found = "dropped"
        if found:
            (self._folder / _REACHED).touch()
        return found

    def _found(self, fault: Mapping[str, Any], nth: int) -> Effect | None:
        effect: Effect = fault["effect"]
        if nth < fault["nth"] or (nth > fault["nth"] and effect not in _LASTING):
            return None
        self._dark = effect == "dark"
        return effect

    async def over(self) -> None:
        """Wait until the file is gone or another."""
        text = self._text
        while self.is_there() and self._text == text:
            await asyncio.sleep(LOOK_SECONDS)


class Faults:
    """An ASGI application before a cloud's own."""

    def __init__(
        self,
        inner: Application,
        injection: Injection,
        call_of: Callable[[Scope, bytes], str | None],
        refusals: Refusals,
    ) -> None:
        """call_of: an operation's name, from a request and its body; None for one that is not counted."""
        self._inner = inner
        self._injection = injection
        self._call_of = call_of
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it go wrong."""
        if scope["type"] != "http" or not self._injection.is_there():
            await self._inner(scope, receive, send)
            return
        received, body = await _whole(receive)
        call = self._call_of(scope, body)
        effect = self._injection.effect(call) if call else None
        if effect is None:
            await self._inner(scope, received, send)
        elif answer := self._refusals.get(effect):
            await answer(scope, received, send)
        else:
            if effect in ("lost", "held after"):
                await self._inner(scope, received, _nowhere)
            if effect in ("held before", "held after"):
                await self._injection.over()
            scope["extensions"][_TRANSPORT]["is"].abort()


async def _nowhere(_: Message) -> None:
    """An answer that nobody gets."""


async def _whole(receive: Receive) -> tuple[Receive, bytes]:
    """The body of a request, and what gives it to the next application again."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again, body
