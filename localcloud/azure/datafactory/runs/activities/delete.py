"""Delete: remove a blob, or those of a folder.

https://learn.microsoft.com/azure/data-factory/delete-activity
"""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.blobs import Container
from localcloud.azure.datafactory.runs.datasets import resolve, storage
from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.files import READ_SETTINGS, chosen
from localcloud.azure.datafactory.runs.frame import Step

FAILED = "2104"


def run(step: Step) -> dict[str, Any]:
    """Remove the blobs that `dataset` and `storeSettings` name. Absent is fine."""
    dataset = resolve(step, step.properties.get("dataset") or {})
    storing = step.value("storeSettings", default={})
    settings.check_kind(storing, READ_SETTINGS, READ_SETTINGS[0])
    if storing.get("deleteFilesAfterCompletion"):
        raise not_supported("'deleteFilesAfterCompletion' in Delete")
    recursive = storing.get("recursive", step.value("recursive", default=False))
    log = _log(step) if step.value("enableLogging", default=False) else None
    told = {"datasetName": dataset.name, "path": dataset.path, "recursive": recursive}
    gone: list[str] = []
    try:
        for blob in chosen(dataset, {**storing, "recursive": recursive}):
            step.stop.check()
            dataset.container.delete(blob.name)
            gone.append(blob.name)
    finally:
        if log:
            log[0].write(log[1], _table(gone))
            told["logPath"] = f"{log[0].url}/{log[1]}"
    return {**told, "filesDeleted": len(gone)}


def _log(step: Step) -> tuple[Container, str]:
    """The container and the name of the log, `<path>/<a new id>`."""
    given = step.value("logStorageSettings", default={})
    settings.check("LogStorageSettings", given)
    container, _, folder = str(given.get("path") or "").strip("/").partition("/")
    if not given.get("linkedServiceName"):
        raise ActivityError(FAILED, "The logging of Delete needs 'logStorageSettings' with a linked service.")
    if not container:
        raise not_supported("a log of Delete without a path, for which Azure makes a container")
    name = "/".join(part for part in (folder, str(uuid.uuid4())) if part)
    return storage(step, given["linkedServiceName"], container), name


def _table(names: list[str]) -> bytes:
    shown = io.StringIO(newline="")
    writer = csv.writer(shown)
    writer.writerow(("Name", "Category", "Status", "Error"))
    writer.writerows((name, "File", "Deleted", "") for name in names)
    return shown.getvalue().encode()
