"""Operations on the blocks of a blob."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from localcloud.azure.blob import headers, xml
from localcloud.azure.blob.blob_operations import NO_BODY, check_write, write, written
from localcloud.azure.blob.bodies import Span
from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Block
from localcloud.azure.blob.visit import Visit
from localcloud.azure.core.call import Reply

LONGEST_ID = 64
"""Bytes, before base64 (Put Block)."""
MOST_BLOCKS = 50_000


def put_block(visit: Visit) -> Reply:
    """Put Block: keeps an uncommitted block."""
    md5 = headers.check_md5(visit.request, visit.request.body)
    stage(visit, visit.keep(visit.request.body))
    return Reply(201, NO_BODY, {"content-md5": md5, "x-ms-request-server-encrypted": "true"})


def stage(visit: Visit, span: Span) -> None:
    """Keep a body as an uncommitted block. The request gives its id."""
    block = Block(_block_id(visit), span.size, span.body)
    blobs, container = visit.state.blobs, visit.container()
    with blobs.lock:
        _same_length(visit, block.id)
        blobs.stage(container, visit.target.blob, block, visit.state.clock.tick())


def put_block_list(visit: Visit) -> Reply:
    """Put Block List: makes the blob from these blocks in this order, and drops other uncommitted ones."""
    headers.check_md5(visit.request, visit.request.body)
    asked = xml.read_block_list(visit.request.body)
    if len(asked) > MOST_BLOCKS:
        raise error("BlockListTooLong")
    content = headers.content_headers(visit.request, plain=False)
    with visit.state.blobs.lock:
        check_write(visit, visit.existing())
        spans = _chosen(visit, asked)
        blocks = [Block(id, span.size) for (_, id), span in zip(asked, spans, strict=True)]
        blob = write(visit, spans, content, headers.metadata(visit.request), blocks=blocks)
    return Reply(201, NO_BODY, written(blob))


def get_block_list(visit: Visit) -> Reply:
    """Get Block List: committed blocks by default, else uncommitted blocks, or all."""
    kind = visit.request.query.get("blocklisttype", "committed").lower()
    if kind not in ("committed", "uncommitted", "all"):
        raise error("InvalidQueryParameterValue", detail=f"blocklisttype: {kind}.")
    blobs, container, name = visit.state.blobs, visit.container(), visit.target.blob
    blob, waiting = blobs.get(container, name), blobs.uncommitted(container, name)
    if blob is None and not waiting:
        raise error("BlobNotFound")
    committed = None if kind == "uncommitted" else blobs.committed(container, name)
    body = xml.block_list(committed, None if kind == "committed" else waiting)
    said = {**headers.changed(blob.changed), "x-ms-blob-content-length": str(blob.size)} if blob else {}
    return Reply(200, body, {**said, "content-type": "application/xml"})


HANDLERS: dict[str, Callable[[Visit], Reply]] = {
    "Put Block": put_block,
    "Put Block List": put_block_list,
    "Get Block List": get_block_list,
}


def _chosen(visit: Visit, asked: list[tuple[str, str]]) -> list[Span]:
    waiting, committed = _waiting(visit), _committed(visit)
    places = {"Uncommitted": (waiting,), "Committed": (committed,), "Latest": (waiting, committed)}
    chosen = []
    for place, block in asked:
        found = next((known[block] for known in places[place] if block in known), None)
        if found is None:
            raise error("InvalidBlockList")
        chosen.append(found)
    return chosen


def _waiting(visit: Visit) -> dict[str, Span]:
    blocks = visit.state.blobs.uncommitted(visit.container(), visit.target.blob)
    return {block.id: Span(block.body, 0, block.size) for block in blocks}


def _committed(visit: Visit) -> dict[str, Span]:
    blob = visit.existing()
    found: dict[str, Span] = {}
    if blob is None:
        return found
    start = 0
    for block in visit.state.blobs.committed(visit.container(), blob.name):
        found[block.id] = blob.span(start, block.size)
        start += block.size
    return found


def _block_id(visit: Visit) -> str:
    given = visit.request.query.get("blockid", "")
    if not given:
        raise error("MissingRequiredQueryParameter", detail="blockid.")
    try:
        decoded = base64.b64decode(given, validate=True)
    except binascii.Error:
        raise error("InvalidQueryParameterValue", detail="blockid is not base64.") from None
    if not 0 < len(decoded) <= LONGEST_ID:
        raise error("OutOfRangeInput", detail="blockid.")
    return given


def _same_length(visit: Visit, block: str) -> None:
    """Raise CloudError unless the id is as long as those of the blob's other blocks (Put Block)."""
    waiting = visit.state.blobs.uncommitted(visit.container(), visit.target.blob)
    if any(len(other.id) != len(block) for other in waiting[:1]):
        raise error("InvalidBlobOrBlock")
