"""A function's code as the engine hands it over, as the bytes of a zip file."""

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
    """Whether a property value is an archive. Its hash says all: the engine may leave out what is in it."""
    return isinstance(value, dict) and value.get(SIGNATURE) == ARCHIVE


def zipped(archive: Any) -> bytes:
    """The zip file of an archive. One that is a zip file goes as it is. Raises ValueError for any other."""
    if not is_archive(archive):
        raise ValueError("code must be an archive")
    if archive.get("path") and not _local(archive["path"]).is_dir():
        return _file(_local(archive["path"]))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted(_entries(archive)):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.external_attr, entry.compress_type = MODE, zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return buffer.getvalue()


def _local(path: str) -> Path:
    """A path of this machine. The engine sends it as the program wrote it, and its folder is not ours."""
    if not Path(path).is_absolute():
        raise ValueError(f"the local provider server is not in the program's folder: {path} must be absolute")
    return Path(path)


def _file(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a zip file")
    return path.read_bytes()


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
    """An asset, or an archive whose files lie in a folder of this name."""
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
