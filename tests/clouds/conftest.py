"""A scripted Resource Manager behind azure-core's real pipeline: tests see what goes over the wire."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import BaseAdapter

from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.credentials import Caller
from mayfly.clouds.azure.endpoints import Endpoints
from mayfly.clouds.limiter import RateLimiter

LOST = 0
"""The status of an answer that does not arrive: the connection ends."""


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Sent:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


class Arm(BaseAdapter):
    """Answers in the order given for each method and path; the last one again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.slept: list[float] = []
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self.otherwise: Callable[[Sent], Answer] = lambda sent: Answer(
            404, {"error": {"code": "ResourceNotFound", "message": f"{sent.path} was not found."}}
        )

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self._answers[method, path.lower()] = list(answers)

    def calls(self) -> list[str]:
        return [f"{sent.method} {sent.path}" for sent in self.sent]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(request.body) if isinstance(request.body, str | bytes) and request.body else None
        sent = Sent(
            str(request.method),
            unquote(url.path),
            query,
            body,
            {name: str(value) for name, value in request.headers.items()},
        )
        self.sent.append(sent)
        return _response(request, self._next(sent))

    def close(self) -> None:
        pass

    def _next(self, sent: Sent) -> Answer:
        waiting = self._answers.get((sent.method, sent.path.lower()))
        if not waiting:
            return self.otherwise(sent)
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    if answer.status == LOST:
        raise requests.ConnectionError("Connection aborted.", ConnectionResetError(104))
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update({"Content-Type": "application/json", **answer.headers})
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    response.raw = io.BytesIO(content)
    response.request = request
    response.url = str(request.url)
    return response


class _Transport(RequestsTransport):  # type: ignore[misc]
    """The real transport, whose pauses are written down instead of slept."""

    def __init__(self, session: requests.Session, slept: list[float]) -> None:
        super().__init__(session=session, session_owner=False)
        self._slept = slept

    def sleep(self, duration: float) -> None:
        self._slept.append(duration)


class _Token:
    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("a-token-nobody-may-see", 4102444800)

    def caller(self, scope: str) -> Caller:
        return Caller("an-object", "a-client", "a-tenant", "a token")


@pytest.fixture
def arm() -> Arm:
    return Arm()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def cloud(arm: Arm) -> Azure:
    session = requests.Session()
    session.mount("https://", arm)
    endpoints = Endpoints("https://arm.test", "https://login.test", "https://arm.test")
    limiter = RateLimiter(clock=lambda: sum(arm.slept), sleep=arm.slept.append)
    return Azure(endpoints, _Token(), _Transport(session, arm.slept), limiter)
