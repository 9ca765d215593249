"""GetMetadata: properties of a blob or a folder.

https://learn.microsoft.com/azure/data-factory/control-flow-get-metadata-activity
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.blobs import Blob
from localcloud.azure.datafactory.runs.datasets import Dataset, resolve
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.files import READ_SETTINGS, modified
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.sources import READERS
from localcloud.azure.datafactory.runs.values import Json

MISSING = "2011"
_OF_FILE: Mapping[str, Callable[[Dataset, Blob, Mapping[str, Json]], Any]] = {
    "itemName": lambda dataset, blob, reading: blob.name.rsplit("/", 1)[-1],
    "itemType": lambda dataset, blob, reading: "File",
    "size": lambda dataset, blob, reading: blob.size,
    "lastModified": lambda dataset, blob, reading: blob.modified,
    "contentMD5": lambda dataset, blob, reading: blob.md5,
    "columnCount": lambda dataset, blob, reading: len(_structure(dataset, blob, reading)),
    "structure": lambda dataset, blob, reading: _structure(dataset, blob, reading),
}
_KNOWN = frozenset({*_OF_FILE, "exists", "childItems"})
_NO_COLUMNS = ("Binary", "Json")
_NOT_HERE = ("wildcardFolderPath", "wildcardFileName", "prefix", "deleteFilesAfterCompletion")


def run(step: Step) -> dict[str, Any]:
    """Return the fields of `fieldList`. Fails for an absent blob unless `exists` is one of the fields."""
    dataset = resolve(step, step.properties.get("dataset") or {})
    fields = [str(field) for field in step.required("fieldList")]
    unknown = [field for field in fields if field not in _KNOWN]
    if unknown:
        raise not_supported(f"the GetMetadata field '{unknown[0]}'")
    storing = step.value("storeSettings", default={})
    settings.check_kind(storing, READ_SETTINGS, READ_SETTINGS[0])
    for name in _NOT_HERE:
        if storing.get(name):
            raise not_supported(f"'{name}' in GetMetadata, which takes no filter but by time")
    reading = step.value("formatSettings", default={})
    if reading and READERS.get(dataset.type):
        settings.check_kind(reading, (READERS[dataset.type],), READERS[dataset.type])
    answer = metadata(dataset, fields, {**reading, "storeSettings": storing})
    if answer is not None:
        return answer
    if "exists" in fields:
        return {"exists": False}
    raise ActivityError(MISSING, f"Cannot get metadata: the required blob '{dataset.path}' is missing.")


def metadata(dataset: Dataset, fields: list[str], reading: Mapping[str, Json]) -> dict[str, Any] | None:
    """Return fields of a file or a folder; None when there is none.

    reading: the format settings, and with them `storeSettings`, whose times choose among a folder's items.
    """
    answer = _of_file(dataset, fields, reading) if dataset.file else _of_folder(dataset, fields, reading)
    if answer is not None and "exists" in fields:
        return {"exists": True, **answer}
    return answer


def _of_file(dataset: Dataset, fields: list[str], reading: Mapping[str, Json]) -> dict[str, Any] | None:
    if "childItems" in fields:
        raise ActivityError(MISSING, "The field 'childItems' is of folders alone.")
    blob = dataset.container.head(dataset.path)
    if blob is None:
        return None
    return {field: _OF_FILE[field](dataset, blob, reading) for field in fields if field != "exists"}


def _of_folder(dataset: Dataset, fields: list[str], reading: Mapping[str, Json]) -> dict[str, Any] | None:
    folders, blobs = dataset.container.children(dataset.folder)
    if not folders and not blobs and dataset.folder:
        return None
    answer: dict[str, Any] = {}
    for field in fields:
        if field == "childItems":
            answer[field] = _children(folders, blobs, reading.get("storeSettings") or {})
        elif field == "itemName":
            answer[field] = dataset.folder.rsplit("/", 1)[-1]
        elif field == "itemType":
            answer[field] = "Folder"
        elif field == "lastModified":
            answer[field] = max((blob.modified for blob in blobs), default=None)
        elif field != "exists":
            raise ActivityError(MISSING, f"The field '{field}' is of files alone.")
    return answer


def _children(folders: list[str], blobs: list[Blob], storing: Mapping[str, Json]) -> list[dict[str, str]]:
    """The items of a folder. A filter by time leaves files alone."""
    filtered = storing.get("modifiedDatetimeStart") or storing.get("modifiedDatetimeEnd")
    named = [] if filtered else [(name.rstrip("/"), "Folder") for name in folders]
    named += [(blob.name, "File") for blob in blobs if modified(blob, storing)]
    return [{"name": name.rsplit("/", 1)[-1], "type": kind} for name, kind in named]


def _structure(dataset: Dataset, blob: Blob, reading: Mapping[str, Json]) -> list[dict[str, str]]:
    from localcloud.azure.datafactory.runs.formats import files  # It imports pyarrow.

    if dataset.type in _NO_COLUMNS:
        raise ActivityError(MISSING, f"The fields of columns are not given of {dataset.type} files.")
    table = files.read(dataset, dataset.container.read(blob.name), reading)
    return [{"name": name, "type": "String"} for name in table.column_names]
