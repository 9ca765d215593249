"""A function's folder as a zip file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path


def zipped(folder: Path) -> bytes:
    """Its Python files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes())
    return packed.getvalue()
