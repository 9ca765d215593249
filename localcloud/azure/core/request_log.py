"""The request log: one JSON line for each request, written before the answer goes out."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.azure.core.call import Principal, Reply, Request


class RequestLog:
    """Appends to `requests.jsonl` in the state folder."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._file = (folder / "requests.jsonl").open("ab", buffering=0)

    def write(self, request: Request, principal: Principal | None, reply: Reply, *, internal: bool) -> None:
        """Log one request.

        The entry has `bytes` (of the answer's body), `received` (of the request's) and, if the answer asks
        the client to wait, `retry_after` in seconds.
        """
        entry: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "plane": request.plane,
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "principal": principal.name if principal else None,
            "object_id": principal.object_id if principal else None,
            "status": reply.status,
            "bytes": size(reply),
            "received": len(request.body),
            "request_id": reply.headers.get("x-ms-request-id"),
        }
        if "retry-after" in reply.headers:
            entry["retry_after"] = int(reply.headers["retry-after"])
        if internal:
            entry["internal"] = True
        line = json.dumps(entry).encode() + b"\n"
        with self._lock:
            self._file.write(line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def size(reply: Reply) -> int:
    """How many bytes the body of an answer has."""
    if reply.span is not None:
        return reply.span[1]
    if isinstance(reply.body, Path):
        return reply.body.stat().st_size
    if isinstance(reply.body, bytes):
        return len(reply.body)
    return 0 if reply.body is None else len(json.dumps(reply.body))
