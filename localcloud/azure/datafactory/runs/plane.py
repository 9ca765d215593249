"""The calls of a run to data and web endpoints, with a token of the factory's identity.

Every call goes through `cloud.dispatch`, so that roles decide its outcome and the request log shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from localcloud.azure.core.call import Principal, Reply, Request

STORAGE = "https://storage.azure.com"


class Doors(Protocol):
    """The part of the cloud that calls need."""

    arm_url: str
    blob_url: str

    def dispatch(self, request: Request) -> Reply:
        """Answer a request."""
        ...

    def identity_token(self, principal: Principal, audience: str) -> str:
        """A token of a managed identity."""
        ...


@dataclass(frozen=True)
class Answer:
    """A reply with its whole body. headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.status < 400


class NoSuchHost(Exception):
    """The local cloud does not serve the URL's host."""


class Plane:
    """Sends requests as one identity. `principal` is None for a factory without an identity."""

    def __init__(self, doors: Doors, principal: Principal | None) -> None:
        self._doors = doors
        self._principal = principal

    def send(
        self,
        method: str,
        url: str,
        *,
        audience: str | None = STORAGE,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Send a request to a local endpoint. Without an audience it carries no token.

        Raises NoSuchHost for any other host: the local cloud never leaves the machine.
        """
        parts = urlsplit(url)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if audience and self._principal:
            sent["authorization"] = f"Bearer {self._doors.identity_token(self._principal, audience)}"
        sent.setdefault("content-length", str(len(body)))
        query = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
        request = Request(self._plane(url), method, unquote(parts.path) or "/", query, sent, body)
        reply = self._doors.dispatch(request)
        return Answer(
            reply.status, {name.lower(): value for name, value in reply.headers.items()}, _body(reply)
        )

    def _plane(self, url: str) -> str:
        parts = urlsplit(url)
        for plane, endpoint in (("arm", self._doors.arm_url), ("blob", self._doors.blob_url)):
            if (parts.scheme, parts.netloc) == urlsplit(endpoint)[:2]:
                return plane
        raise NoSuchHost(f"The remote name could not be resolved: '{parts.hostname or url}'")


def _body(reply: Reply) -> bytes:
    if reply.body is None:
        return b""
    if isinstance(reply.body, bytes):
        return reply.body
    if isinstance(reply.body, Path):
        return _slice(reply.body, reply.span)
    return json.dumps(reply.body).encode()


def _slice(path: Path, span: tuple[int, int] | None) -> bytes:
    if span is None:
        return path.read_bytes()
    with path.open("rb") as file:
        file.seek(span[0])
        return file.read(span[1])
