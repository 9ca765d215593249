"""Conditional headers (REST reference: Specifying conditional headers for Blob service operations)."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from localcloud.azure.blob.errors import error
from localcloud.azure.storage import clock


def check_read(headers: Mapping[str, str], ticks: int) -> None:
    """Check a read. Raises 412 when the caller expects another version, 304 when it has this one."""
    if not _precondition(headers, ticks):
        raise error("ConditionNotMet")
    if not _news(headers, ticks):
        raise error("ConditionNotMet", 304)


def check_write(headers: Mapping[str, str], ticks: int | None) -> None:
    """Check a write. ticks: when the blob was last changed, None when there is no blob.

    Raises 409 BlobAlreadyExists when the blob must not exist (If-None-Match: *), else 412.
    """
    if ticks is None:
        if "if-match" in headers:
            raise error("ConditionNotMet")
        return
    if headers.get("if-none-match", "").strip() == "*":
        raise error("BlobAlreadyExists")
    if not _precondition(headers, ticks) or not _news(headers, ticks):
        raise error("ConditionNotMet")


def _precondition(headers: Mapping[str, str], ticks: int) -> bool:
    """Whether If-Match and If-Unmodified-Since hold: the blob is the version that the caller knows."""
    if "if-match" in headers and not _matches(headers["if-match"], ticks):
        return False
    since = _date(headers, "if-unmodified-since")
    return since is None or clock.seconds(ticks) <= since


def _news(headers: Mapping[str, str], ticks: int) -> bool:
    """Whether If-None-Match and If-Modified-Since hold: the blob is not the version that the caller has."""
    if "if-none-match" in headers and _matches(headers["if-none-match"], ticks):
        return False
    since = _date(headers, "if-modified-since")
    return since is None or clock.seconds(ticks) > since


def _matches(wanted: str, ticks: int) -> bool:
    tags = {tag.strip().strip('"') for tag in wanted.split(",")}
    return "*" in tags or clock.etag(ticks).strip('"') in tags


def _date(headers: Mapping[str, str], name: str) -> float | None:
    if name not in headers:
        return None
    try:
        return parsedate_to_datetime(headers[name]).timestamp()
    except ValueError:
        raise error("InvalidHeaderValue", detail=f"HeaderName: {name}.") from None
