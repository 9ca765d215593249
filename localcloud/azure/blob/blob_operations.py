"""Operations on whole blobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from localcloud.azure.blob import conditions, headers
from localcloud.azure.blob.bodies import Span
from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blob, Block
from localcloud.azure.blob.visit import Visit
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import BlobEvent
from localcloud.azure.core.errors import not_implemented

IN_MEMORY = 1 << 20
"""Bytes. A smaller answer is read into memory, a larger one is sent from its file."""
MD5_LIMIT = 4 << 20
"""Bytes of the largest range that Get Blob returns an MD5 for."""
NO_BODY = b""


def put_blob(visit: Visit) -> Reply:
    """Put Blob."""
    md5 = headers.check_md5(visit.request, visit.request.body)
    content = {"content-md5": md5, **headers.content_headers(visit.request, plain=True)}
    blob = write(visit, [visit.keep(visit.request.body)], content, headers.metadata(visit.request))
    return Reply(201, NO_BODY, {**written(blob), "content-md5": md5})


def get_blob(visit: Visit) -> Reply:
    """Get Blob: the whole blob, or a range with status 206."""
    blob = read(visit)
    said = headers.described(blob)
    span = headers.span(visit.request, blob.size)
    if span is None:
        return _bytes(visit, 200, blob.span(), said)
    said["content-range"] = f"bytes {span[0]}-{span[0] + span[1] - 1}/{blob.size}"
    if "content-md5" in said:
        said["x-ms-blob-content-md5"] = said.pop("content-md5")
    part = blob.span(*span)
    if visit.request.headers.get("x-ms-range-get-content-md5", "").lower() == "true":
        if part.size > MD5_LIMIT:
            raise error("OutOfRangeInput", detail="The MD5 of a range of more than 4 MiB is not given.")
        said["content-md5"] = headers.md5(visit.state.blobs.bodies.read(part))
    return _bytes(visit, 206, part, said)


def get_properties(visit: Visit) -> Reply:
    """Get Blob Properties: the headers of Get Blob, without a body."""
    blob = read(visit)
    tier = {"x-ms-access-tier": "Hot", "x-ms-access-tier-inferred": "true"}
    return Reply(200, None, {**headers.described(blob), **tier, "content-length": str(blob.size)})


def get_metadata(visit: Visit) -> Reply:
    """Get Blob Metadata."""
    blob = read(visit)
    said = {name: value for name, value in headers.described(blob).items() if name.startswith("x-ms-meta-")}
    return Reply(200, NO_BODY, {**said, **headers.changed(blob.changed)})


def set_metadata(visit: Visit) -> Reply:
    """Set Blob Metadata: replaces all metadata."""
    metadata = headers.metadata(visit.request)
    blob = _change(visit, lambda blob: dataclasses.replace(blob, metadata=metadata))
    return Reply(200, NO_BODY, {**headers.changed(blob.changed), "x-ms-request-server-encrypted": "true"})


def set_properties(visit: Visit) -> Reply:
    """Set Blob Properties: replaces all content headers. A header that is left out is cleared."""
    content = headers.content_headers(visit.request, plain=False)
    blob = _change(visit, lambda blob: dataclasses.replace(blob, headers=content))
    return Reply(200, NO_BODY, headers.changed(blob.changed))


def delete_blob(visit: Visit) -> Reply:
    """Delete Blob."""
    if visit.request.headers.get("x-ms-delete-snapshots", "include").lower() != "include":
        raise not_implemented("Delete Blob of snapshots only")
    with visit.state.blobs.lock:
        blob = visit.blob()
        check_write(visit, blob)
        visit.state.blobs.delete(visit.container(), blob.name)
    _tell(visit, "deleted", blob)
    return Reply(202, NO_BODY, {"x-ms-delete-type-permanent": "true"})


def read(visit: Visit) -> Blob:
    """Return the blob of a read. Raises CloudError when a condition of the request does not hold."""
    blob = visit.blob()
    _no_lease(visit)
    conditions.check_read(visit.request.headers, blob.changed)
    return blob


def check_write(visit: Visit, existing: Blob | None) -> None:
    """Raise CloudError when a condition of the request forbids to change `existing`."""
    _no_lease(visit)
    conditions.check_write(visit.request.headers, existing.changed if existing else None)


def write(
    visit: Visit, parts: Sequence[Span], content: Mapping[str, str], metadata: Mapping[str, str], *,
    blocks: Sequence[Block] = (), copy: Mapping[str, str] | None = None,
) -> Blob:  # fmt: skip
    """Make or replace the blob from parts on disk, if the request's conditions hold."""
    blobs, container = visit.state.blobs, visit.container()
    body = (
        parts[0].body
        if len(parts) == 1 and not blocks and copy is None
        else blobs.bodies.join(container.folder, parts)
    )
    try:
        with blobs.lock:
            existing = visit.existing()
            check_write(visit, existing)
            now = visit.state.clock.tick()
            size = sum(part.size for part in parts)
            created = existing.created if existing else now
            blob = Blob(visit.target.blob, created, now, size, body, content, metadata, copy or {})
            blobs.put(container, blob, blocks)
    except BaseException:
        blobs.discard(body)
        raise
    _tell(visit, "created", blob)
    return blob


def written(blob: Blob) -> dict[str, str]:
    """The headers of every answer to a write."""
    return {**headers.changed(blob.changed), "x-ms-request-server-encrypted": "true"}


HANDLERS = {
    "Put Blob": put_blob,
    "Get Blob": get_blob,
    "Get Blob Properties": get_properties,
    "Get Blob Metadata": get_metadata,
    "Set Blob Metadata": set_metadata,
    "Set Blob Properties": set_properties,
    "Delete Blob": delete_blob,
}


def _tell(visit: Visit, kind: str, blob: Blob) -> None:
    account, container = str(visit.account["id"]), visit.target.container
    visit.call.cloud.blob_changed(BlobEvent(kind, account, container, blob.name, blob.size))


def _change(visit: Visit, change: Callable[[Blob], Blob]) -> Blob:
    with visit.state.blobs.lock:
        blob = visit.blob()
        check_write(visit, blob)
        changed = dataclasses.replace(change(blob), changed=visit.state.clock.tick())
        visit.state.blobs.change(visit.container(), changed)
    return changed


def _bytes(visit: Visit, status: int, span: Span, said: dict[str, str]) -> Reply:
    bodies = visit.state.blobs.bodies
    if span.size <= IN_MEMORY:
        return Reply(status, bodies.read(span), said)
    return Reply(status, bodies.path(span.body), said, (span.start, span.size))


def _no_lease(visit: Visit) -> None:
    # No blob has a lease here, so a request that names one does not hold it.
    if "x-ms-lease-id" in visit.request.headers:
        raise error("LeaseNotPresentWithBlobOperation")
