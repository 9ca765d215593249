"""The bytes of blobs, in files with random names. A file is written once and never changed."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PIECE = 1 << 20
"""Bytes that are in memory at a time while bodies are joined."""


@dataclass(frozen=True)
class Span:
    """A part of a body: which file, where it begins, how many bytes."""

    body: str
    start: int
    size: int


class Bodies:
    """Files below `blobs/<account>/<container's number>/`. A body is named by its path relative to `blobs/`.

    A number is never used twice, so a container's folder can be removed long after the container.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, body: str) -> Path:
        """The file of a body."""
        return self._root / body

    def write(self, folder: str, content: bytes) -> str:
        """Write a body and return its path; "" for empty content, which has no file."""
        if not content:
            return ""
        body = self._new(folder)
        try:
            self.path(body).write_bytes(content)
        except FileNotFoundError:
            self.path(body).parent.mkdir(parents=True, exist_ok=True)
            self.path(body).write_bytes(content)
        return body

    def join(self, folder: str, spans: Iterable[Span]) -> str:
        """Join parts of bodies into a new body, for a block list or a copy."""
        parts = [part for part in spans if part.size]
        if not parts:
            return ""
        body = self._new(folder)
        self.path(body).parent.mkdir(parents=True, exist_ok=True)
        if len(parts) == 1 and self.path(parts[0].body).stat().st_size == parts[0].size:
            os.link(
                self.path(parts[0].body), self.path(body)
            )  # A body never changes, so it may have two names.
            return body
        with self.path(body).open("wb") as target:
            for part in parts:
                for start in range(part.start, part.start + part.size, PIECE):
                    size = min(PIECE, part.start + part.size - start)
                    target.write(self.read(Span(part.body, start, size)))
        return body

    def read(self, span: Span) -> bytes:
        """The bytes of a span."""
        if not span.size:
            return b""
        with self.path(span.body).open("rb") as file:
            file.seek(span.start)
            return file.read(span.size)

    def remove(self, path: str) -> None:
        """Remove a body, or a container's folder. The last container takes the account's folder along.

        Absent is fine.
        """
        target = self.path(path)
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            with contextlib.suppress(OSError):
                target.parent.rmdir()
        else:
            target.unlink(missing_ok=True)

    def _new(self, folder: str) -> str:
        name = uuid.uuid4().hex
        return f"{folder}/{name[:2]}/{name[2:]}"
