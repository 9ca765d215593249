"""Lookup: the rows of files, as the activity's output.

https://learn.microsoft.com/azure/data-factory/control-flow-lookup-activity
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.azure.datafactory.runs.datasets import resolve
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.files import chosen
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.sources import check_source, missing
from localcloud.azure.datafactory.runs.values import Json

MOST_ROWS = 5000
MOST_BYTES = 4 << 20
FAILED = "2100"


def run(step: Step) -> dict[str, Any]:
    """Return the first row as `firstRow`, or with `firstRowOnly` false the first MOST_ROWS as `value`.

    Without any row there is no `firstRow`. Fails for an output of more than MOST_BYTES.
    """
    source = step.required("source")
    dataset = resolve(step, step.properties.get("dataset") or {})
    check_source(source, dataset, "Lookup")
    if dataset.type == "Binary":
        raise ActivityError(FAILED, f"Lookup reads rows, and the dataset '{dataset.name}' is a Binary one.")
    first_only = step.value("firstRowOnly", default=True)
    blobs = chosen(dataset, source.get("storeSettings") or {})
    if dataset.file and not dataset.container.head(dataset.path):
        raise missing(dataset, FAILED)
    rows: list[Json] = []
    most = 1 if first_only else MOST_ROWS
    for blob in blobs:
        step.stop.check()
        if len(rows) < most:
            rows += _rows(dataset, dataset.container.read(blob.name), source)
    output = _output(rows[:most], first_only=bool(first_only))
    if len(json.dumps(output, ensure_ascii=False).encode()) > MOST_BYTES:
        raise ActivityError(
            FAILED,
            "ErrorCode=UserErrorComputePluginFailure, "
            f"The size of lookup activity result exceeds the limitation {MOST_BYTES}.",
        )
    return {**output, "effectiveIntegrationRuntime": "AutoResolveIntegrationRuntime (local)"}


def _rows(dataset: Any, content: bytes, source: dict[str, Json]) -> list[Json]:
    from localcloud.azure.datafactory.runs.formats import files  # It imports pyarrow.

    return files.objects(files.read(dataset, content, source.get("formatSettings") or {}))


def _output(rows: list[Json], *, first_only: bool) -> dict[str, Any]:
    if first_only:
        return {"firstRow": rows[0]} if rows else {}
    return {"count": len(rows), "value": rows}
