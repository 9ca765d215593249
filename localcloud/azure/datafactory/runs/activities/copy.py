"""Copy: files from one container to another, as bytes, or as a table from one format to another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localcloud.azure.datafactory.runs.blobs import Blob
from localcloud.azure.datafactory.runs.datasets import Dataset, resolve
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.files import chosen
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.values import Json

KINDS = {
    "BinarySource": "Binary", "DelimitedTextSource": "DelimitedText", "ParquetSource": "Parquet",
    "BinarySink": "Binary", "DelimitedTextSink": "DelimitedText", "ParquetSink": "Parquet",
}  # fmt: skip
_READ_SETTINGS = ("AzureBlobStorageReadSettings", "AzureBlobFSReadSettings")
_WRITE_SETTINGS = ("AzureBlobStorageWriteSettings", "AzureBlobFSWriteSettings")
# Properties that change the speed of a copy, not its result.
_TUNING = frozenset({"parallelCopies", "dataIntegrationUnits"})
_USED = frozenset({"source", "sink", "translator"})


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


def run(step: Step) -> dict[str, Any]:
    """Copy what `inputs` names to what `outputs` names."""
    begun = time.monotonic()
    work = _work(step)
    with _blamed("Source"):
        blobs = chosen(work.source, work.reading.get("storeSettings") or {})
        if work.source.file and not blobs:
            raise ActivityError(
                "2200",
                "ErrorCode=UserErrorSourceBlobNotExist, The required Blob is missing. "
                f"Path: {work.source.path}.",
            )
    tally = Tally(rows=None if work.source.type == "Binary" else 0)
    (_merge if _merging(work, blobs) else _one_by_one)(step, work, blobs, tally)
    return _output(tally, time.monotonic() - begun)


def _work(step: Step) -> Work:
    for name in step.properties:
        if name not in _USED | _TUNING and step.value(name):
            raise not_supported(f"'{name}' of the Copy activity")
    reading, writing = step.required("source"), step.required("sink")
    source, sink = _dataset(step, "inputs", reading), _dataset(step, "outputs", writing)
    if (source.type == "Binary") is not (sink.type == "Binary"):
        raise ActivityError(
            "2200", "ErrorCode=UserErrorBinaryToOther, Binary data can be copied to Binary alone."
        )
    _check_settings(reading, _READ_SETTINGS, ("type", "storeSettings", "formatSettings"))
    _check_settings(writing, _WRITE_SETTINGS, ("type", "storeSettings", "formatSettings"))
    return Work(source, sink, reading, writing, step.value("translator"))


def _dataset(step: Step, side: str, settings: dict[str, Json]) -> Dataset:
    references = step.activity.get(side) or []
    if len(references) != 1:
        raise ActivityError(
            "2104", f"The Copy activity takes one dataset in '{side}', not {len(references)}."
        )
    dataset = resolve(step, references[0])
    kind = KINDS.get(str(settings.get("type")))
    if kind is None:
        raise not_supported(f"'{settings.get('type')}' in the Copy activity")
    if kind != dataset.type:
        raise ActivityError(
            "2200", f"A '{settings['type']}' does not fit dataset '{dataset.name}', a '{dataset.type}'."
        )
    return dataset


def _check_settings(settings: dict[str, Json], stores: tuple[str, ...], used: tuple[str, ...]) -> None:
    for name, value in settings.items():
        if (
            value
            and name not in used
            and name not in ("maxConcurrentConnections", "disableMetricsCollection")
        ):
            raise not_supported(f"'{name}' of '{settings['type']}'")
    store = (settings.get("storeSettings") or {}).get("type", stores[0])
    if store not in stores:
        raise not_supported(f"store settings of type '{store}'")


def _merging(work: Work, blobs: list[Blob]) -> bool:
    behaviour = (work.writing.get("storeSettings") or {}).get("copyBehavior") or "PreserveHierarchy"
    if behaviour not in ("PreserveHierarchy", "FlattenHierarchy", "MergeFiles"):
        raise not_supported(f"the copy behaviour '{behaviour}'")
    if work.sink.file and len(blobs) > 1 and behaviour != "MergeFiles":
        raise ActivityError(
            "2200",
            "ErrorCode=UserErrorInvalidCopyBehavior, Several files go to one by MergeFiles alone.",
        )
    return behaviour == "MergeFiles"


def _one_by_one(step: Step, work: Work, blobs: list[Blob], tally: Tally) -> None:
    for blob in blobs:
        step.stop.check()
        content = _read(work, blob, tally)
        if work.source.type != "Binary":
            content = _write_table(work, _table(work, content, tally))
        _write(work, _target(work, blob), content, tally)


def _merge(step: Step, work: Work, blobs: list[Blob], tally: Tally) -> None:
    from pyarrow import concat_tables  # It is slow to import, and most processes copy no table.

    parts = []
    for blob in blobs:
        step.stop.check()
        parts.append(_read(work, blob, tally))
    name = work.sink.path if work.sink.file else f"{work.sink.folder}/merged".lstrip("/")
    if work.source.type == "Binary":
        _write(work, name, b"".join(parts), tally)
    elif parts:
        _write(
            work,
            name,
            _write_table(work, concat_tables([_table(work, part, tally) for part in parts])),
            tally,
        )


def _read(work: Work, blob: Blob, tally: Tally) -> bytes:
    with _blamed("Source"):
        content = work.source.container.read(blob.name)
    tally.files_read += 1
    tally.data_read += len(content)
    return content


def _write(work: Work, name: str, content: bytes, tally: Tally) -> None:
    with _blamed("Sink"):
        work.sink.container.write(name, content)
    tally.files_written += 1
    tally.data_written += len(content)


def _table(work: Work, content: bytes, tally: Tally) -> Any:
    from localcloud.azure.datafactory.runs.formats import files, translator

    with _blamed("Source"):
        table = files.read_table(work.source, content)
    tally.rows = (tally.rows or 0) + table.num_rows
    return translator.translate(table, work.translator)


def _write_table(work: Work, table: Any) -> bytes:
    from localcloud.azure.datafactory.runs.formats import files

    with _blamed("Sink"):
        return files.write_table(work.sink, table, work.writing.get("formatSettings") or {})


def _target(work: Work, blob: Blob) -> str:
    """Return the sink's path: its own file, else the source's file, in its folders unless flattened."""
    if work.sink.file:
        return work.sink.path
    behaviour = (work.writing.get("storeSettings") or {}).get("copyBehavior")
    below = (
        blob.name.rsplit("/", 1)[-1]
        if behaviour == "FlattenHierarchy"
        else _below(work.source.folder, blob.name)
    )
    extension = (work.writing.get("formatSettings") or {}).get("fileExtension")
    if work.source.type != work.sink.type or extension:
        from localcloud.azure.datafactory.runs.formats.files import EXTENSIONS

        below = below.rsplit(".", 1)[0] + str(extension or EXTENSIONS[work.sink.type])
    return "/".join(part for part in (work.sink.folder, below) if part)


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
