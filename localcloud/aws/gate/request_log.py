"""The request log: one JSON line for each request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class RequestLog:
    """Appends to `requests.jsonl` in the state folder. The event loop's thread alone writes it."""

    def __init__(self, folder: str) -> None:
        self._file = (Path(folder) / "requests.jsonl").open("ab", buffering=0)

    def write(self, entry: dict[str, Any]) -> None:
        """Note one request; the time is its end."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._file.write(json.dumps({"time": time, **entry}).encode() + b"\n")
