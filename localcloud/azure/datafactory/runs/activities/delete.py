"""Delete: remove a blob, or those of a folder."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.datasets import resolve
from localcloud.azure.datafactory.runs.files import chosen
from localcloud.azure.datafactory.runs.frame import Step


def run(step: Step) -> dict[str, Any]:
    """Remove the blobs that `dataset` and `storeSettings` name. Absent is fine."""
    dataset = resolve(step, step.properties.get("dataset") or {})
    settings = step.value("storeSettings", default={})
    blobs = chosen(dataset, settings)
    for blob in blobs:
        dataset.container.delete(blob.name)
    return {"datasetName": dataset.name, "path": dataset.path, "filesDeleted": len(blobs)}
