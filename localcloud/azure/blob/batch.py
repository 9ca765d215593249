"""Blob Batch: many requests in one. Each is authorized and logged on its own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from localcloud.azure.blob.errors import error
from localcloud.azure.blob.visit import Visit, target
from localcloud.azure.core.call import Reply, Request
from localcloud.azure.core.errors import CloudError, not_implemented

MOST_PARTS = 256
BREAK = b"\r\n"


def submit(visit: Visit) -> Reply:
    """Blob Batch of at most 256 deletions. Batches of Set Blob Tier are not implemented."""
    boundary = _boundary(visit.request.headers.get("content-type", ""))
    parts = _parts(visit.request.body, boundary)
    if not 0 < len(parts) <= MOST_PARTS:
        raise _invalid()
    requests = [_request(visit, part) for part in parts]
    answers = [
        _answered(number, visit.call.cloud.dispatch(request)) for number, request in enumerate(requests)
    ]
    name = f"batchresponse_{uuid.uuid4()}"
    body = (
        b"".join(b"--" + name.encode() + BREAK + answer for answer in answers) + b"--" + name.encode() + b"--"
    )
    return Reply(202, body, {"content-type": f"multipart/mixed; boundary={name}"})


HANDLERS: dict[str, Callable[[Visit], Reply]] = {"Blob Batch": submit}


def _boundary(content_type: str) -> bytes:
    match = re.fullmatch(r'multipart/mixed;\s*boundary="?([^";]+)"?', content_type.strip())
    if match is None:
        raise error("InvalidHeaderValue", detail="HeaderName: Content-Type.")
    return match[1].encode()


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    pieces = body.split(b"--" + boundary)
    return [piece.strip(BREAK) for piece in pieces[1:] if not piece.startswith(b"--")]


def _request(visit: Visit, part: bytes) -> Request:
    """The HTTP request in a part: it follows the part's own headers and an empty line."""
    _, _, text = part.decode(errors="replace").partition("\r\n\r\n")
    first, *lines = text.split("\r\n")
    match = re.fullmatch(r"([A-Z]+) (\S+) HTTP/1\.1", first)
    if match is None:
        raise _invalid()
    url = urlsplit(match[2])
    query = {name.lower(): value for name, value in parse_qsl(url.query, keep_blank_values=True)}
    sent = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in sent}
    headers.setdefault("x-ms-version", visit.request.headers["x-ms-version"])
    request = Request("blob", match[1], unquote(url.path), query, headers)
    _check(visit, request)
    return request


def _check(visit: Visit, request: Request) -> None:
    named = target(request)
    if request.method != "DELETE" or "comp" in request.query:
        raise not_implemented("Blob Batch of anything but Delete Blob")
    if named.account != visit.target.account or visit.target.container not in ("", named.container):
        raise _invalid()


def _answered(number: int, reply: Reply) -> bytes:
    body = reply.body if isinstance(reply.body, bytes) else b""
    headers = {**reply.headers, "content-length": str(len(body))}
    lines = [
        "Content-Type: application/http",
        f"Content-ID: {number}",
        "",
        f"HTTP/1.1 {reply.status} {'Accepted' if reply.status == 202 else 'Refused'}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
    ]
    return "\r\n".join(lines).encode() + BREAK + body + BREAK


def _invalid() -> CloudError:
    text = "One of the request inputs is not valid: the body of the batch."
    return CloudError(400, "InvalidInput", text)
