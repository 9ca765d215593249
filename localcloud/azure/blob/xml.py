"""The XML that the blob service reads and writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blob, Block
from localcloud.azure.core.store import Document
from localcloud.azure.storage import clock, containers

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 excludes. A name with one of them is percent-encoded."""
SHOWN = {
    "content-type": "Content-Type",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "content-md5": "Content-MD5",
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
}
COPY = {
    "id": "CopyId", "source": "CopySource", "status": "CopyStatus", "progress": "CopyProgress",
    "completion-time": "CopyCompletionTime",
}  # fmt: skip


def element(name: str, text: str | int) -> str:
    """Return an element with text."""
    return f"<{name}>{escape(str(text))}</{name}>"


def enumeration(
    attributes: Mapping[str, str], asked: Mapping[str, str | int], body: str, next_marker: str
) -> bytes:
    """Return the frame of a listing. asked: parameters of the request, repeated unless they are empty."""
    heads = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    said = "".join(element(name, value) for name, value in asked.items() if value != "")
    end = element("NextMarker", next_marker) if next_marker else "<NextMarker />"
    return f"{DECLARATION}<EnumerationResults{heads}>{said}{body}{end}</EnumerationResults>".encode()


def blobs(entries: Iterable[Blob | str], include: frozenset[str]) -> str:
    """Return the blobs and prefixes of a listing."""
    listed = (
        f"<BlobPrefix>{_name(found)}</BlobPrefix>" if isinstance(found, str) else _blob(found, include)
        for found in entries
    )
    return f"<Blobs>{''.join(listed)}</Blobs>"


def container_list(documents: Iterable[Document], include: frozenset[str]) -> str:
    """The containers of a listing."""
    return "<Containers>" + "".join(_container(document, include) for document in documents) + "</Containers>"


def block_list(committed: Iterable[Block] | None, uncommitted: Iterable[Block] | None) -> bytes:
    """Return the answer of Get Block List. None: a part that was not asked for."""
    parts = (("CommittedBlocks", committed), ("UncommittedBlocks", uncommitted))
    return f"{DECLARATION}<BlockList>{''.join(_blocks(*part) for part in parts)}</BlockList>".encode()


def read_block_list(body: bytes) -> list[tuple[str, str]]:
    """Read the body of Put Block List: each block's place (Committed, Latest, ...) and id."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise error("InvalidXmlDocument")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 (no document type, so no entities)
    except ElementTree.ParseError as problem:
        raise error("InvalidXmlDocument", detail=str(problem)) from None
    if root.tag != "BlockList" or any(
        item.tag not in ("Committed", "Uncommitted", "Latest") for item in root
    ):
        raise error("InvalidXmlDocument")
    return [(item.tag, (item.text or "").strip()) for item in root]


def _blocks(name: str, blocks: Iterable[Block] | None) -> str:
    if blocks is None:
        return ""
    items = "".join(
        f"<Block>{element('Name', block.id)}{element('Size', block.size)}</Block>" for block in blocks
    )
    return f"<{name}>{items}</{name}>"


def _name(name: str) -> str:
    if UNWRITABLE.search(name):
        return f'<Name Encoded="true">{quote(name)}</Name>'
    return element("Name", name)


def _blob(blob: Blob, include: frozenset[str]) -> str:
    properties = {
        "Creation-Time": clock.http_date(blob.created),
        "Last-Modified": clock.http_date(blob.changed),
        "Etag": clock.etag(blob.changed).strip('"'),
        "Content-Length": str(blob.size),
        "Content-Type": "application/octet-stream",
        **{SHOWN[name]: value for name, value in blob.headers.items()},
        "BlobType": "BlockBlob",
        "AccessTier": "Hot",
        "AccessTierInferred": "true",
        "LeaseStatus": "unlocked",
        "LeaseState": "available",
        "ServerEncrypted": "true",
        **(
            {COPY[name]: value for name, value in blob.copy.items() if name in COPY}
            if "copy" in include
            else {}
        ),
    }
    metadata = _metadata(blob.metadata) if "metadata" in include else ""
    return f"<Blob>{_name(blob.name)}{_properties(properties)}{metadata}<OrMetadata /></Blob>"


def _container(document: Document, include: frozenset[str]) -> str:
    ticks = containers.ticks(document)
    properties = {
        "Last-Modified": clock.http_date(ticks),
        "Etag": clock.etag(ticks),
        "LeaseStatus": "unlocked",
        "LeaseState": "available",
        "DefaultEncryptionScope": "$account-encryption-key",
        "DenyEncryptionScopeOverride": "false",
        "HasImmutabilityPolicy": "false",
        "HasLegalHold": "false",
        "ImmutableStorageWithVersioningEnabled": "false",
    }
    metadata = _metadata(document["properties"].get("metadata") or {}) if "metadata" in include else ""
    return f"<Container>{element('Name', document['name'])}{_properties(properties)}{metadata}</Container>"


def _properties(values: Mapping[str, str]) -> str:
    return f"<Properties>{''.join(element(name, value) for name, value in values.items())}</Properties>"


def _metadata(values: Mapping[str, str]) -> str:
    return f"<Metadata>{''.join(element(name, value) for name, value in values.items())}</Metadata>"
