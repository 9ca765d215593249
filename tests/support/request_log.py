"""What the local Azure was asked, by whom, and what it answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


@dataclass
class RequestLog:
    """The requests since `mark` was last called, or since the beginning, up to `freeze`, or to the end."""

    path: Path
    offset: int = 0
    end: int | None = None

    def mark(self) -> None:
        """Look only at what comes from now on."""
        self.offset = self.path.stat().st_size

    def freeze(self) -> None:
        """Look at nothing that comes from now on."""
        self.end = self.path.stat().st_size

    def count(self) -> int:
        """How many requests there are so far."""
        return self._text().count(b"\n")

    def entries(
        self, *, method: str | None = None, contains: str = "", name: str | None = None
    ) -> list[Entry]:
        """The requests so far, oldest first, of a method, with a text in the path, by a principal's name."""
        found = [json.loads(line) for line in self._text().splitlines()]
        return [
            entry
            for entry in found
            if (method is None or entry["method"] == method)
            and contains.lower() in entry["path"].lower()
            and (name is None or entry["principal"] == name)
        ]

    def _text(self) -> bytes:
        """Whole lines alone: one may just be being written."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            text = file.read(-1 if self.end is None else self.end - self.offset)
        return text[: text.rfind(b"\n") + 1]
