"""Copy: files from one container to another, as bytes, or as a table from one format to another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.blobs import Blob
from localcloud.azure.datafactory.runs.datasets import Dataset, resolve
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.files import chosen
from localcloud.azure.datafactory.runs.formats import compression
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.sources import check_fits, check_source, missing
from localcloud.azure.datafactory.runs.values import Json, text

SINKS = {
    "BinarySink": "Binary",
    "DelimitedTextSink": "DelimitedText",
    "JsonSink": "Json",
    "ParquetSink": "Parquet",
}
"""Type of a sink → type of its dataset."""
WRITERS = {
    "DelimitedText": "DelimitedTextWriteSettings",
    "Json": "JsonWriteSettings",
    "Parquet": "ParquetWriteSettings",
}
"""Type of a dataset → type of the format settings of its sink."""
_WRITE_SETTINGS = ("AzureBlobStorageWriteSettings", "AzureBlobFSWriteSettings")
_BEHAVIOURS = ("PreserveHierarchy", "FlattenHierarchy", "MergeFiles")
LAST_MODIFIED = "$$LASTMODIFIED"


@dataclass
class Tally:
    """The bytes, files and rows so far. rows: None for a copy of bytes."""

    data_read: int = 0
    data_written: int = 0
    files_read: int = 0
    files_written: int = 0
    rows: int | None = None


@dataclass(frozen=True)
class Work:
    """One copy, with all its expressions evaluated."""

    source: Dataset
    sink: Dataset
    reading: dict[str, Json]
    writing: dict[str, Json]
    translator: dict[str, Json] | None

    @property
    def binary(self) -> bool:
        """Whether bytes are copied, not rows."""
        return self.source.type == "Binary"

    def read_setting(self, name: str) -> Json:
        """One of the source's store settings."""
        return (self.reading.get("storeSettings") or {}).get(name)

    def write_setting(self, name: str) -> Json:
        """One of the sink's store settings."""
        return (self.writing.get("storeSettings") or {}).get(name)

    @property
    def source_format(self) -> dict[str, Json]:
        """The source's format settings."""
        return self.reading.get("formatSettings") or {}

    @property
    def sink_format(self) -> dict[str, Json]:
        """The sink's format settings."""
        return self.writing.get("formatSettings") or {}


def run(step: Step) -> dict[str, Any]:
    """Copy what `inputs` names to what `outputs` names."""
    begun = time.monotonic()
    work = _work(step)
    with _blamed("Source"):
        blobs = chosen(work.source, work.reading.get("storeSettings") or {})
        if work.source.file and not blobs and not work.source.container.head(work.source.path):
            raise missing(work.source, "2200")
    tally = Tally(rows=None if work.binary else 0)
    (_merge if _merging(work, blobs) else _one_by_one)(step, work, blobs, tally)
    if work.read_setting("deleteFilesAfterCompletion"):
        with _blamed("Source"):
            for blob in blobs:
                work.source.container.delete(blob.name)
    return _output(tally, time.monotonic() - begun)


def _work(step: Step) -> Work:
    reading, writing = step.required("source"), step.required("sink")
    work = Work(
        _dataset(step, "inputs"), _dataset(step, "outputs"), reading, writing, step.value("translator")
    )
    check_source(reading, work.source, "Copy")
    _check_sink(work)
    if work.binary is not (work.sink.type == "Binary"):
        raise ActivityError(
            "2200", "ErrorCode=UserErrorBinaryToOther, Binary data can be copied to Binary alone."
        )
    if work.read_setting("deleteFilesAfterCompletion") and not work.binary:
        raise ActivityError("2200", "'deleteFilesAfterCompletion' is for copies of Binary data alone.")
    return work


def _dataset(step: Step, side: str) -> Dataset:
    references = step.activity.get(side) or []
    if len(references) != 1:
        raise ActivityError(
            "2104", f"The Copy activity takes one dataset in '{side}', not {len(references)}."
        )
    return resolve(step, references[0])


def _check_sink(work: Work) -> None:
    check_fits(work.writing, work.sink, SINKS, "Copy")
    settings.check(str(work.writing["type"]), work.writing)
    settings.check_kind(work.writing.get("storeSettings") or {}, _WRITE_SETTINGS, _WRITE_SETTINGS[0])
    if work.sink.type in WRITERS:
        settings.check_kind(work.sink_format, (WRITERS[work.sink.type],), WRITERS[work.sink.type])
    for item in work.write_setting("metadata") or []:
        settings.check("MetadataItem", item)
        if item.get("value") == LAST_MODIFIED and not work.binary:
            raise ActivityError("2200", f"The metadata {LAST_MODIFIED} is for copies of Binary data alone.")


def _merging(work: Work, blobs: list[Blob]) -> bool:
    behaviour = work.write_setting("copyBehavior") or _BEHAVIOURS[0]
    if behaviour not in _BEHAVIOURS:
        raise not_supported(f"the copy behaviour '{behaviour}'")
    if work.sink.file and len(blobs) > 1 and behaviour != "MergeFiles":
        raise ActivityError(
            "2200",
            "ErrorCode=UserErrorInvalidCopyBehavior, Several files go to one by MergeFiles alone.",
        )
    return bool(behaviour == "MergeFiles")


def _one_by_one(step: Step, work: Work, blobs: list[Blob], tally: Tally) -> None:
    for blob in blobs:
        step.stop.check()
        content = _read(work, blob, tally)
        if not work.binary:
            _write(
                work, _target(work, blob.name), _write_rows(work, _rows(work, content, tally)), tally, blob
            )
            continue
        parts = _unpacked(work, blob.name, content)
        if work.sink.file and len(parts) > 1:
            raise not_supported("an archive of several files that is copied to one file")
        for name, part in parts:
            _write(work, _target(work, name), _packed(work, part), tally, blob)


def _merge(step: Step, work: Work, blobs: list[Blob], tally: Tally) -> None:
    parts = []
    for blob in blobs:
        step.stop.check()
        parts.append((blob, _read(work, blob, tally)))
    name = work.sink.path if work.sink.file else f"{work.sink.folder}/merged".lstrip("/")
    if work.binary:
        whole = [part for blob, content in parts for _, part in _unpacked(work, blob.name, content)]
        _write(work, name, _packed(work, b"".join(whole)), tally)
    elif parts:
        from localcloud.azure.datafactory.runs.formats import files  # It imports pyarrow.

        rows = files.joined([_rows(work, content, tally) for _, content in parts])
        _write(work, name, _write_rows(work, rows), tally)


def _unpacked(work: Work, name: str, content: bytes) -> list[tuple[str, bytes]]:
    with _blamed("Source"):
        return compression.unpacked(name, content, work.source.properties, work.source_format)


def _packed(work: Work, content: bytes) -> bytes:
    with _blamed("Sink"):
        return compression.packed(content, work.sink.properties)


def _read(work: Work, blob: Blob, tally: Tally) -> bytes:
    with _blamed("Source"):
        content = work.source.container.read(blob.name)
    tally.files_read += 1
    tally.data_read += len(content)
    return content


def _write(work: Work, name: str, content: bytes, tally: Tally, source: Blob | None = None) -> None:
    metadata = {
        str(item["name"]): source.modified
        if item["value"] == LAST_MODIFIED and source
        else text(item["value"])
        for item in work.write_setting("metadata") or []
    }
    with _blamed("Sink"):
        work.sink.container.write(name, content, metadata)
    tally.files_written += 1
    tally.data_written += len(content)


def _rows(work: Work, content: bytes, tally: Tally) -> Any:
    from localcloud.azure.datafactory.runs.formats import files, translator

    with _blamed("Source"):
        rows = files.read(work.source, content, work.source_format)
    tally.rows = (tally.rows or 0) + files.count(rows)
    return translator.translate(rows, work.translator, to_objects=work.sink.type == "Json")


def _write_rows(work: Work, rows: Any) -> bytes:
    from localcloud.azure.datafactory.runs.formats import files

    with _blamed("Sink"):
        return files.write(work.sink, rows, work.sink_format)


def _target(work: Work, name: str) -> str:
    """Return the sink's path: its own file, else the source's file, in its folders unless flattened."""
    if work.sink.file:
        return work.sink.path
    flat = work.write_setting("copyBehavior") == "FlattenHierarchy"
    below = name.rsplit("/", 1)[-1] if flat else _below(work.source.folder, name)
    if not work.binary:
        below = below.removesuffix(_packing(work.source))
        wanted = work.sink_format.get("fileExtension")
        if work.source.type != work.sink.type or wanted:
            from localcloud.azure.datafactory.runs.formats.files import EXTENSIONS

            below = below.rsplit(".", 1)[0] + str(wanted or EXTENSIONS[work.sink.type])
    return "/".join(part for part in (work.sink.folder, below + _packing(work.sink)) if part)


def _packing(dataset: Dataset) -> str:
    return "" if dataset.type == "Parquet" else compression.extension(dataset.properties)


def _below(folder: str, name: str) -> str:
    return name[len(folder) + 1 :] if folder and name.startswith(f"{folder}/") else name


@contextmanager
def _blamed(side: str) -> Iterator[None]:
    try:
        yield
    except ActivityError as error:
        if error.code != "2200":
            raise
        raise ActivityError("2200", f"Failure happened on '{side}' side. {error.message}") from error


def _output(tally: Tally, seconds: float) -> dict[str, Any]:
    rows = {} if tally.rows is None else {"rowsRead": tally.rows, "rowsCopied": tally.rows}
    return {
        "dataRead": tally.data_read,
        "dataWritten": tally.data_written,
        "filesRead": tally.files_read,
        "filesWritten": tally.files_written,
        **rows,
        "copyDuration": round(seconds),
        "throughput": round(tally.data_read / 1024 / max(seconds, 0.001), 3),
        "errors": [],
        "effectiveIntegrationRuntime": "AutoResolveIntegrationRuntime (local)",
    }
