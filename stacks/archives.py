"""Zip files on disk, as the engine takes a function's code."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(".mayfly", "functions")
"""Where they are kept, below the project's folder: one a version of the sources."""


@dataclass(frozen=True)
class Archive:
    """A zip file that is on disk.

    path: where. source_hash: its SHA-256 in base64, as Lambda tells it.
    """

    path: Path
    source_hash: str


def write(root: Path, name: str, content: bytes) -> Archive:
    """Put a function's zip file into the project's folder, under a name made of its content and its own.

    It is there whole or not at all, and never changes: another `up` may be reading it.
    """
    digest = hashlib.sha256(content)
    path = root / FOLDER / f"{digest.hexdigest()[:12]}-{name}.zip"
    if not path.exists():
        _place(path, content)
    return Archive(path, base64.b64encode(digest.digest()).decode())


def _place(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
