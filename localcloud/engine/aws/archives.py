"""Turns a function's code, as the engine sends it, into a zip file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
"""Pulumi's marks of an archive among property values."""

MOMENT = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16


def is_archive(value: Any) -> bool:
    """Whether a property value is an archive. The engine may leave out its content and send the hash only."""
    return isinstance(value, dict) and value.get(SIGNATURE) == ARCHIVE


def zipped(archive: Any) -> bytes:
    """Return the zip file of an archive; a zip file is taken as it is. Raises ValueError."""
    if not is_archive(archive):
        raise ValueError("code must be an archive")
    if archive.get("path") and not _local(archive["path"]).is_dir():
        path = _local(archive["path"])
        if not zipfile.is_zipfile(path):
            raise ValueError(f"{path} is not a zip file")
        return path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted(_entries(archive)):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.external_attr, entry.compress_type = MODE, zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return buffer.getvalue()


def _local(path: str) -> Path:
    """Return an absolute path. Raises ValueError for a relative one: the program's folder is not known."""
    if not Path(path).is_absolute():
        raise ValueError(f"the local provider server is not in the program's folder: {path} must be absolute")
    return Path(path)


def _entries(archive: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    if archive.get("path"):
        root = _local(archive["path"])
        for path in root.rglob("*"):
            if path.is_file():
                yield path.relative_to(root).as_posix(), path.read_bytes()
    elif archive.get("assets"):
        for name, item in archive["assets"].items():
            yield from _item(name, item)
    else:
        raise ValueError("code must be a file, a folder or assets: the local provider server fetches nothing")


def _item(name: str, item: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield an asset, or the files of an archive below a folder of this name."""
    if is_archive(item):
        with zipfile.ZipFile(io.BytesIO(zipped(item))) as inner:
            for member in inner.namelist():
                yield f"{name}/{member}", inner.read(member)
    elif "text" in item:
        yield name, str(item["text"]).encode()
    elif item.get("path"):
        yield name, _local(item["path"]).read_bytes()
    else:
        raise ValueError(f"{name} must be a text or a file: the local provider server fetches nothing")
