"""The headers of the blob service: reads those of requests, writes those of answers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blob
from localcloud.azure.core.call import Request
from localcloud.azure.core.errors import not_implemented
from localcloud.azure.storage import clock

CONTENT = (
    "content-type",
    "content-encoding",
    "content-language",
    "content-md5",
    "cache-control",
    "content-disposition",
)
"""Headers that a client may set on a blob: as `x-ms-blob-<name>`, or plain where the body is the blob."""

OLDEST_VERSION = "2017-11-09"
"""The first service version that takes bearer tokens (Versioning for the Azure Storage services)."""
NEWEST_VERSION = "2026-12-31"

UNSUPPORTED = (
    "x-ms-tags", "x-ms-if-tags", "x-ms-source-if-tags", "x-ms-access-tier", "x-ms-encryption-",
    "x-ms-source-encryption-", "x-ms-immutability-policy-", "x-ms-legal-hold", "x-ms-content-crc64",
    "x-ms-source-content-crc64", "x-ms-structured-", "x-ms-rehydrate-priority",
    "x-ms-default-encryption-scope", "x-ms-deny-encryption-scope-override", "x-ms-seal-blob", "x-ms-expiry-",
    "x-ms-copy-source-tag-option", "x-ms-undelete-source",
)  # fmt: skip
"""Headers that would change what an operation does. They are answered with 501 and never ignored."""
UNSUPPORTED_QUERY = ("snapshot", "versionid", "deletetype", "startfrom", "endbefore", "showonly")

METADATA_LIMIT = 8192
"""Bytes of names and values together."""


def version(request: Request) -> str:
    """Return the service version of a request.

    Raises CloudError when it is missing, malformed, or too old for bearer tokens.
    """
    asked = request.headers.get("x-ms-version")
    if asked is None:
        raise error(
            "AuthenticationFailed", detail="Authentication scheme Bearer is not supported in this version."
        )
    if not re.fullmatch(r"20\d\d-\d\d-\d\d", asked) or not OLDEST_VERSION <= asked <= NEWEST_VERSION:
        raise error("InvalidHeaderValue", detail=f"HeaderName: x-ms-version. HeaderValue: {asked}.")
    return asked


def check_supported(request: Request) -> None:
    """Raise 501 for a header or parameter that this service would have to ignore."""
    for name in request.headers:
        if name.startswith(UNSUPPORTED):
            raise not_implemented(f"the header {name} of blob requests")
    for name in UNSUPPORTED_QUERY:
        if name in request.query:
            raise not_implemented(f"the query parameter {name} of blob requests")


def metadata(request: Request) -> dict[str, str]:
    """The `x-ms-meta-*` headers. Names are C# identifiers; HTTP servers fold them to lower case."""
    found = {}
    for name, value in request.headers.items():
        if name.startswith("x-ms-meta-"):
            found[name.removeprefix("x-ms-meta-")] = value
    for name in found:
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise error("InvalidMetadata")
    if sum(len(name) + len(value) for name, value in found.items()) > METADATA_LIMIT:
        raise error("MetadataTooLarge")
    return found


def content_headers(request: Request, *, plain: bool) -> dict[str, str]:
    """Return the content headers of a blob. plain: `Content-Type` and such of the request count too."""
    found = {}
    for name in CONTENT:
        value = request.headers.get(f"x-ms-blob-{name}")
        if value is None and plain and name not in ("content-md5", "content-disposition"):
            value = request.headers.get(name)
        if value:
            found[name] = value
    if "content-md5" in found:
        _digest(found["content-md5"])
    return found


def check_md5(request: Request, content: bytes) -> str:
    """Return the MD5 of a body in base64. Raises 400 when the client sent another MD5."""
    actual = md5(content)
    sent = request.headers.get("content-md5")
    if sent is not None and _digest(sent) != base64.b64decode(actual):
        raise error("Md5Mismatch")
    return actual


def md5(content: bytes) -> str:
    """The MD5 in base64, as headers carry it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def span(request: Request, size: int) -> tuple[int, int] | None:
    """Return the first byte and the length of the requested range; None for the whole blob.

    Raises 416 when the range begins past the end.
    """
    text = request.headers.get("x-ms-range") or request.headers.get("range")
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", text.strip()) if text else None
    if match is None:
        return None  # HTTP ignores ranges of other forms.
    start = int(match[1])
    end = min(int(match[2]), size - 1) if match[2] else size - 1
    if start >= size or end < start:
        raise error("InvalidRange")
    return start, end - start + 1


def described(blob: Blob) -> dict[str, str]:
    """Return the headers of every answer about a blob: type, times, content, metadata, copy source."""
    return {
        "content-type": "application/octet-stream",
        **blob.headers,
        **changed(blob.changed),
        "accept-ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": clock.http_date(blob.created),
        "x-ms-server-encrypted": "true",
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        **{f"x-ms-copy-{name}": value for name, value in blob.copy.items()},
        **{f"x-ms-meta-{name}": value for name, value in blob.metadata.items()},
    }


def changed(ticks: int) -> dict[str, str]:
    """The entity tag and the last-modified time."""
    return {"etag": clock.etag(ticks), "last-modified": clock.http_date(ticks)}


def with_prefix(headers: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The headers whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix)}


def _digest(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise error("InvalidMd5") from None
    if len(digest) != 16:
        raise error("InvalidMd5")
    return digest
