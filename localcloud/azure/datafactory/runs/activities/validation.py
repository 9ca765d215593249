"""Validation: waits until a file or a folder is there, and is as it should be."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.activities.get_metadata import metadata
from localcloud.azure.datafactory.runs.datasets import Dataset, resolve
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.stop import seconds

USUAL_TIMEOUT, USUAL_SLEEP = "0.12:00:00", 10


def run(step: Step) -> dict[str, Any]:
    """Wait until `dataset` exists. Fails when `timeout` passes.

    A file has at least `minimumSize` bytes. A folder has items, or with `childItems` false none;
    without `childItems` it need only be there.
    """
    dataset = resolve(step, step.properties.get("dataset") or {})
    children, least = step.value("childItems"), step.value("minimumSize", default=0)
    pause = step.value("sleep", default=USUAL_SLEEP)
    if isinstance(pause, bool) or not isinstance(pause, int) or pause < 1:
        raise ActivityError("2104", f"The sleep must be a positive number of seconds, not '{pause}'.")
    stop = step.stop.within(seconds(step.value("timeout", default=USUAL_TIMEOUT)))
    while (found := _found(dataset, children, least)) is None:
        stop.wait(pause)
    return found


def _found(dataset: Dataset, children: bool | None, least: int) -> dict[str, Any] | None:
    if dataset.file:
        told = metadata(dataset, ["exists", "itemName", "itemType", "lastModified", "size"], {})
        return told if told is not None and told["size"] >= least else None
    told = metadata(dataset, ["exists", "itemName", "itemType", "childItems"], {})
    if told is None or (children is not None and bool(told["childItems"]) is not children):
        return None
    return told
