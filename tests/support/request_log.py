"""What the local Azure was asked, by whom, and what it answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


@dataclass
class RequestLog:
    """The requests since `mark` was last called (since the beginning before that)."""

    path: Path
    offset: int = 0

    def mark(self) -> None:
        """Look only at what comes from now on."""
        self.offset = self.path.stat().st_size

    def entries(self, *, method: str | None = None, contains: str = "", name: str | None = None) -> list[Entry]:
        """The requests so far, oldest first, of a method, with a text in the path, by a principal's name."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            found = [json.loads(line) for line in file]
        return [
            entry
            for entry in found
            if (method is None or entry["method"] == method)
            and contains.lower() in entry["path"].lower()
            and (name is None or entry["principal"] == name)
        ]
