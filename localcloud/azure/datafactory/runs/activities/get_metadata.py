"""GetMetadata: properties of a blob or a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.azure.datafactory.runs.blobs import Blob
from localcloud.azure.datafactory.runs.datasets import Dataset, resolve
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.frame import Step

_OF_FILE: Mapping[str, Callable[[Dataset, Blob], Any]] = {
    "itemName": lambda dataset, blob: blob.name.rsplit("/", 1)[-1],
    "itemType": lambda dataset, blob: "File",
    "size": lambda dataset, blob: blob.size,
    "lastModified": lambda dataset, blob: blob.modified,
    "contentMD5": lambda dataset, blob: blob.md5,
    "columnCount": lambda dataset, blob: len(_structure(dataset, blob)),
    "structure": lambda dataset, blob: _structure(dataset, blob),
}
_KNOWN = frozenset({*_OF_FILE, "exists", "childItems"})


def run(step: Step) -> dict[str, Any]:
    """Return the fields of `fieldList`. Fails for an absent blob unless `exists` is one of the fields."""
    dataset = resolve(step, step.properties.get("dataset") or {})
    fields = [str(field) for field in step.required("fieldList")]
    unknown = [field for field in fields if field not in _KNOWN]
    if unknown:
        raise not_supported(f"the GetMetadata field '{unknown[0]}'")
    answer = _of_file(dataset, fields) if dataset.file else _of_folder(dataset, fields)
    if answer is not None:
        return {"exists": True, **answer} if "exists" in fields else answer
    if "exists" in fields:
        return {"exists": False}
    raise ActivityError("2011", f"Cannot get metadata: the required blob '{dataset.path}' is missing.")


def _of_file(dataset: Dataset, fields: list[str]) -> dict[str, Any] | None:
    if "childItems" in fields:
        raise ActivityError("2011", "The field 'childItems' is of folders alone.")
    blob = dataset.container.head(dataset.path)
    if blob is None:
        return None
    return {field: _OF_FILE[field](dataset, blob) for field in fields if field != "exists"}


def _of_folder(dataset: Dataset, fields: list[str]) -> dict[str, Any] | None:
    folders, blobs = dataset.container.children(dataset.folder)
    if not folders and not blobs and dataset.folder:
        return None
    answer: dict[str, Any] = {}
    for field in fields:
        if field == "childItems":
            answer[field] = [
                {"name": name.rstrip("/").rsplit("/", 1)[-1], "type": "Folder"} for name in folders
            ]
            answer[field] += [{"name": blob.name.rsplit("/", 1)[-1], "type": "File"} for blob in blobs]
        elif field == "itemName":
            answer[field] = dataset.folder.rsplit("/", 1)[-1]
        elif field == "itemType":
            answer[field] = "Folder"
        elif field == "lastModified":
            answer[field] = max((blob.modified for blob in blobs), default=None)
        elif field != "exists":
            raise ActivityError("2011", f"The field '{field}' is of files alone.")
    return answer


def _structure(dataset: Dataset, blob: Blob) -> list[dict[str, str]]:
    from localcloud.azure.datafactory.runs.formats.files import read_table  # It imports pyarrow.

    table = read_table(dataset, dataset.container.read(blob.name))
    return [{"name": name, "type": "String"} for name in table.column_names]
