"""Packs a function's sources: the same sources give the same bytes, on every machine."""

from __future__ import annotations

import io
import zipfile

from mayfly.workload.functions.models import Function

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that the format can hold
_UNIX = 3
_READABLE = 0o100644 << 16  # Lambda runs it as another user than the one who packed it


def zipped(function: Function) -> bytes:
    """Return a function's sources as a zip archive, in the order of their paths, all with one time and mode.

    They are stored, not compressed: what a compressor makes of the same bytes differs between its versions.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(function.sources.items()):
            entry = zipfile.ZipInfo(path, _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, content)
    return packed.getvalue()
