"""Operations that copy bytes from another blob of this service.

In the same account the source is read as the caller. In another account it is read with the token in
`x-ms-copy-source-authorization`. The read is a request of its own, with its own permission and log line.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from localcloud.azure.blob import headers
from localcloud.azure.blob.blob_operations import NO_BODY, write, written
from localcloud.azure.blob.block_operations import stage
from localcloud.azure.blob.bodies import Span
from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blob
from localcloud.azure.blob.visit import Target, Visit, target
from localcloud.azure.core.call import Reply, Request
from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.storage import clock, containers


def copy_blob(visit: Visit) -> Reply:
    """Copy Blob and Copy Blob From URL: copies bytes, headers and metadata before it answers."""
    source = find(visit)
    metadata = headers.metadata(visit.request) or source.metadata
    now = visit.state.clock.tick()
    copy = {
        "id": str(uuid.uuid4()),
        "source": visit.request.headers["x-ms-copy-source"],
        "status": "success",
        "progress": f"{source.size}/{source.size}",
        "completion-time": clock.http_date(now),
    }
    blob = write(visit, [source.span()], source.headers, metadata, copy=copy)
    said = {**headers.changed(blob.changed), "x-ms-copy-id": copy["id"], "x-ms-copy-status": "success"}
    return Reply(202, NO_BODY, said)


def put_blob_from_url(visit: Visit) -> Reply:
    """Put Blob From URL: copies bytes, and content headers that the request does not set."""
    source = find(visit)
    own = headers.content_headers(visit.request, plain=False)
    inherit = visit.request.headers.get("x-ms-copy-source-blob-properties", "true").lower() == "true"
    content = {**(source.headers if inherit else {}), **own}
    blob = write(visit, [source.span()], content, headers.metadata(visit.request), copy={})
    return Reply(201, NO_BODY, written(blob))


def put_block_from_url(visit: Visit) -> Reply:
    """Put Block From URL: makes a block from another blob or a range of it."""
    source = find(visit)
    span = _source_range(visit.request, source)
    body = visit.state.blobs.bodies.join(visit.container().folder, [span])
    stage(visit, Span(body, 0, span.size))
    return Reply(201, NO_BODY, {"x-ms-request-server-encrypted": "true"})


def find(visit: Visit) -> Blob:
    """Return the source blob. Raises CloudError when it is absent, closed, or fails a source condition."""
    visit.container()  # A missing destination is reported before a missing source.
    url = visit.request.headers["x-ms-copy-source"]
    request = _question(visit, url)
    asked = target(request)
    reply = visit.call.cloud.dispatch(request)
    if reply.status in (304, 412):
        raise error("SourceConditionNotMet")
    if reply.status != 200:
        raise _unreadable(reply)
    found = _look_up(visit, asked)
    if found is None or found.changed != int(reply.headers["etag"].strip('"'), 16):
        raise error("SourceConditionNotMet")  # It changed after the question.
    return found


HANDLERS = {
    "Copy Blob": copy_blob,
    "Copy Blob From URL": copy_blob,
    "Put Blob From URL": put_blob_from_url,
    "Put Block From URL": put_block_from_url,
}


def _question(visit: Visit, url: str) -> Request:
    """The request for the source's properties."""
    parts = urlsplit(url)
    if not url.lower().startswith(visit.call.cloud.blob_url.lower() + "/"):
        raise not_implemented("copies from another service")
    path = unquote(parts.path)
    conditions = headers.with_prefix(visit.request.headers, "x-ms-source-")
    return Request(
        "blob",
        "HEAD",
        path,
        {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)},
        {
            **{name: value for name, value in conditions.items() if name.startswith("if-")},
            **_authorization(visit, path),
            "x-ms-version": visit.request.headers["x-ms-version"],
        },
    )


def _authorization(visit: Visit, path: str) -> Mapping[str, str]:
    given = visit.request.headers.get("x-ms-copy-source-authorization")
    if given is None and path.startswith(f"/{visit.target.account}/"):
        given = visit.request.headers["authorization"]
    return {} if given is None else {"authorization": given}


def _look_up(visit: Visit, asked: Target) -> Blob | None:
    account = visit.state.names.owner(asked.account)
    if account is None:
        return None
    container = visit.state.blobs.known(containers.container_id(account, asked.container))
    return visit.state.blobs.get(container, asked.blob) if container else None


def _source_range(request: Request, source: Blob) -> Span:
    text = request.headers.get("x-ms-source-range")
    if text is None:
        return source.span()
    match = re.fullmatch(r"bytes=(\d+)-(\d+)", text)
    if match is None or not int(match[1]) <= int(match[2]) < source.size:
        raise error("InvalidRange")
    return source.span(int(match[1]), int(match[2]) - int(match[1]) + 1)


def _unreadable(reply: Reply) -> CloudError:
    """The error for an unreadable source, with the status and the error code of the source's own answer."""
    why = reply.headers.get("x-ms-error-code", "")
    refusal = error("CannotVerifyCopySource", reply.status, f"The source answered {reply.status} {why}.")
    refusal.headers.update(
        {"x-ms-copy-source-status-code": str(reply.status), "x-ms-copy-source-error-code": why}
    )
    return refusal
