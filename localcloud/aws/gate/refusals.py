"""The gate's own answers, in the protocol and with the codes of the requested service."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Refusal:
    """An answer: its status, content type and body."""

    status: int
    content_type: str
    body: str
    request_id: str


def refusal(headers: Mapping[str, str], status: int, code: str, message: str, s3_code: str = "") -> Refusal:
    """A code and message, as JSON, as a query protocol's XML or as S3's.

    s3_code: what S3 calls it, where it has a word of its own.
    """
    request_id = str(uuid.uuid4()).upper()
    kind = headers.get("content-type", "")
    if "json" in kind or "x-amz-target" in headers or service_of(headers) in REST_JSON:
        body = json.dumps({"__type": code, "message": message, "Code": code})
        return Refusal(status, "application/json", body, request_id)
    text = f"<Message>{escape(message)}</Message>"
    if "form-urlencoded" in kind:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code>{text}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return Refusal(status, "text/xml", body, request_id)
    body = f"<Error><Code>{s3_code or code}</Code>{text}<RequestId>{request_id}</RequestId></Error>"
    return Refusal(status, "application/xml", body, request_id)


REST_JSON = ("lambda", "scheduler", "resource-groups")
"""Services whose requests do not show in their content type that they take JSON."""


def unsigned(headers: Mapping[str, str]) -> Refusal:
    """No signature, or one of a kind that no SDK makes with a user's or a session's key."""
    message = "The request must be signed with a valid access key."
    return refusal(headers, 403, "MissingAuthenticationTokenException", message, "AccessDenied")


def unknown_key(headers: Mapping[str, str]) -> Refusal:
    """A key that nobody has."""
    message = "The security token included in the request is invalid."
    return refusal(headers, 403, "InvalidClientTokenId", message, "InvalidAccessKeyId")


def foreign_host(headers: Mapping[str, str]) -> Refusal:
    """A page in a browser that reaches 127.0.0.1 under another name, or an address style we do not serve."""
    return refusal(headers, 501, "NotImplemented", "The local AWS answers at 127.0.0.1 alone.")


def not_served(headers: Mapping[str, str], path: str) -> Refusal:
    """A part of AWS that is not here."""
    return refusal(headers, 501, "NotImplemented", f"The local AWS does not serve {path}.")


def admin() -> Refusal:
    """MiniStack's own routes can read and reset everything."""
    return refusal({}, 403, "AccessDenied", "This route is for the local AWS's own administration.")


async def send(to: Callable[[dict[str, Any]], Awaitable[None]], refused: Refusal) -> None:
    """Answer with it."""
    body = refused.body.encode()
    headers = {
        "content-type": refused.content_type,
        "content-length": str(len(body)),
        "x-amzn-requestid": refused.request_id,
        "x-amz-request-id": refused.request_id,
    }
    if refused.status == 413:
        headers["connection"] = "close"  # What is left of the body is not read.
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await to({"type": "http.response.start", "status": refused.status, "headers": encoded})
    await to({"type": "http.response.body", "body": body})


def service_of(headers: Mapping[str, str]) -> str:
    """The service that a signature's scope names."""
    scope = headers.get("authorization", "").partition("Credential=")[2].split(",")[0].split("/")
    return scope[3] if len(scope) > 3 else ""
