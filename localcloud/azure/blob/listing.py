"""Listing: pages of blobs by prefix and delimiter. It uses the index and never reads all names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blob, Blobs, Container

LAST = "\U0010ffff"
"""Sorts after every name: it is not a character."""
LIMIT = 5000
"""Entries on a page: the maximum and the default (List Blobs)."""
BATCH = 1000


@dataclass
class Page:
    """A page of blobs and common prefixes, in order of name. next: the marker of the next page."""

    entries: list[Blob | str] = field(default_factory=list)
    next: str = ""


def page(blobs: Blobs, container: Container, prefix: str, delimiter: str, marker: str, limit: int) -> Page:
    """Return up to `limit` entries from `marker` on: the `next` of the page before, or empty."""
    found = Page()
    for entry in _entries(blobs, container, prefix, delimiter, decode(marker) or prefix, limit + 1):
        if len(found.entries) == limit:
            found.next = encode(entry if isinstance(entry, str) else entry.name)
            break
        found.entries.append(entry)
    return found


def encode(name: str) -> str:
    """Return the marker of a name. It is opaque, since clients must not read it."""
    return base64.urlsafe_b64encode(name.encode()).decode() if name else ""


def decode(marker: str) -> str:
    """Return the name in a marker. Raises 400 for a foreign marker."""
    try:
        return base64.urlsafe_b64decode(marker.encode()).decode()
    except (binascii.Error, ValueError):
        raise error("OutOfRangeInput", detail="The marker is not one that this service gave.") from None


def limit(text: str | None) -> int:
    """Return the `maxresults` of a request, at most 5,000. Raises 400 below 1."""
    if text is None:
        return LIMIT
    if not text.isdecimal() or int(text) < 1:
        raise error("OutOfRangeQueryParameterValue", detail=f"maxresults: {text}.")
    return min(int(text), LIMIT)


def _entries(
    blobs: Blobs, container: Container, prefix: str, delimiter: str, start: str, wanted: int
) -> Iterator[Blob | str]:
    while True:
        batch = blobs.scan(container, start, prefix + LAST, min(wanted, BATCH))
        for blob in batch:
            folder = _folder(blob.name, prefix, delimiter)
            if folder is None:
                yield blob
                start = blob.name + "\0"
            elif folder + LAST != start:
                yield folder
                start = folder + LAST  # The next query begins after everything in the folder.
        if len(batch) < min(wanted, BATCH):
            return


def _folder(name: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter:
        return None
    end = name.find(delimiter, len(prefix))
    return None if end < 0 else name[: end + len(delimiter)]
