"""Delete: remove a blob, or those of a folder."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.datasets import resolve
from localcloud.azure.datafactory.runs.files import chosen
from localcloud.azure.datafactory.runs.frame import Step


def run(step: Step) -> dict[str, Any]:
    """Remove what `dataset` and `storeSettings` name; what is absent is no failure."""
    dataset = resolve(step, step.properties.get("dataset") or {})
    settings = step.value("storeSettings", default={})
    blobs = chosen(dataset, settings)
    for blob in blobs:
        dataset.container.delete(blob.name)
    return {"datasetName": dataset.name, "path": dataset.path, "filesDeleted": len(blobs)}
