"""Compression of whole files: what a dataset's `compression` (or `compressionCodec`) says.

https://learn.microsoft.com/azure/data-factory/format-binary
"""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.values import Json

NONE = ("", "none")


def _inflate(content: bytes) -> bytes:
    return zlib.decompress(content, wbits=-zlib.MAX_WBITS)  # .NET's DeflateStream has no header.


def _deflate(content: bytes) -> bytes:
    squeezed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezed.compress(content) + squeezed.flush()


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


_STREAMS: Mapping[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes], str]] = {
    "gzip": (gzip.decompress, _gzip, ".gz"),
    "bzip2": (bz2.decompress, bz2.compress, ".bz2"),
    "deflate": (_inflate, _deflate, ".deflate"),
}
_ARCHIVES = {
    "zipdeflate": ("ZipDeflateReadSettings", "preserveZipFileNameAsFolder"),
    "tar": ("TarReadSettings", "preserveCompressionFileNameAsFolder"),
    "targzip": ("TarGZipReadSettings", "preserveCompressionFileNameAsFolder"),
}


def codec(properties: Mapping[str, Json]) -> str:
    """The codec of a dataset in lower case; "" for none. Raises ActivityError for one that is unknown."""
    said = (properties.get("compression") or {}).get("type") or properties.get("compressionCodec") or ""
    name = str(said).lower()
    if name in NONE:
        return ""
    if name not in _STREAMS and name not in _ARCHIVES:
        raise not_supported(f"the compression '{said}'")
    return name


def unpacked(
    name: str, content: bytes, properties: Mapping[str, Json], reading: Mapping[str, Json]
) -> list[tuple[str, bytes]]:
    """Return the files in a file of a dataset: itself, decompressed, or those of an archive, below its name.

    reading: the source's format settings; its `compressionProperties` can leave out the archive's name.
    """
    codec_name = codec(properties)
    asked = reading.get("compressionProperties") or {}
    try:
        if not codec_name:
            return [(name, content)]
        if codec_name in _STREAMS:
            unpack, _, extension = _STREAMS[codec_name]
            return [(name.removesuffix(extension), unpack(content))]
        model, option = _ARCHIVES[codec_name]
        settings.check_kind(asked, (model,), model)
        folder = name.rsplit(".", 1)[0] if asked.get(option, True) else name.rpartition("/")[0]
        return [(_below(folder, inner), data) for inner, data in _members(codec_name, content)]
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ActivityError(
            "2200",
            f"ErrorCode=UserErrorUnzipInvalidFile, The file '{name}' is not valid {codec_name}: {error}",
        ) from None


def packed(content: bytes, properties: Mapping[str, Json]) -> bytes:
    """Compress a file of a dataset."""
    name = codec(properties)
    if name in _ARCHIVES:
        raise not_supported(f"writing files with the compression '{name}'")
    return _STREAMS[name][1](content) if name else content


def extension(properties: Mapping[str, Json]) -> str:
    """What a file of this dataset has at the end of its name, when it gets its name from the source's."""
    name = codec(properties)
    return _STREAMS[name][2] if name in _STREAMS else ""


def _below(folder: str, inner: str) -> str:
    if inner.startswith("/") or ".." in inner.split("/"):
        raise ActivityError("2200", f"ErrorCode=UserErrorUnzipInvalidFile, The path '{inner}' leads outside.")
    return f"{folder}/{inner}".lstrip("/")


def _members(codec_name: str, content: bytes) -> list[tuple[str, bytes]]:
    if codec_name == "zipdeflate":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [(one.filename, archive.read(one)) for one in archive.infolist() if not one.is_dir()]
    mode: Any = "r:gz" if codec_name == "targzip" else "r:"
    with tarfile.open(fileobj=io.BytesIO(content), mode=mode) as archive:
        files = ((one.name, archive.extractfile(one)) for one in archive if one.isfile())
        return [(name, file.read()) for name, file in files if file is not None]
