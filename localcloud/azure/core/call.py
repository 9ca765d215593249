"""A request, its caller and its answer, independent of the server that carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from localcloud.azure.core.errors import CloudError


@dataclass(frozen=True)
class Principal:
    """Who calls: a service principal or a managed identity.

    object_id: the id that role assignments name. client_id: the id it signs in with.
    """

    object_id: str
    client_id: str
    name: str


@dataclass(frozen=True)
class Request:
    """A request as it arrived. `plane` is "arm" or "blob": each listens on a port of its own.

    path: percent-decoded, without the query. query: names in lower case. headers: names in lower case.
    """

    plane: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; 400 InvalidRequestContent when it is not one."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError as error:
            raise CloudError(
                400, "InvalidRequestContent", f"The request content was invalid JSON: {error}"
            ) from None
        if not isinstance(value, dict):
            raise CloudError(400, "InvalidRequestContent", "The request content must be a JSON object.")
        return value


@dataclass
class Reply:
    """An answer. body: an object to send as JSON, bytes, a file (with an optional range), or nothing."""

    status: int = 200
    body: dict[str, Any] | bytes | Path | None = None
    headers: dict[str, str] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    """For a file: the first byte and the number of bytes to send."""


def error_reply(request: Request, error: CloudError) -> Reply:
    """Return an error as Resource Manager (JSON) or the blob service (XML) writes it; no body for HEAD."""
    if request.plane == "blob":
        return _blob(request, error)
    body = None if request.method == "HEAD" else {"error": {"code": error.code, "message": error.message}}
    return Reply(error.status, body, dict(error.headers))


def _blob(request: Request, error: CloudError) -> Reply:
    headers = {"x-ms-error-code": error.code, "content-type": "application/xml", **error.headers}
    if request.method == "HEAD":
        return Reply(error.status, None, headers)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    )
    return Reply(error.status, text.encode(), headers)
