"""ForEach: the same activities for every item, one after the other or side by side."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.activities.if_condition import raise_inner
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Failure, Step
from localcloud.azure.datafactory.runs.threads import each
from localcloud.azure.datafactory.runs.values import Json, type_name

MOST_ITEMS = 100_000
MOST_AT_ONCE, USUAL_AT_ONCE = 50, 20


def run(step: Step) -> dict[str, Any]:
    """Run `activities` for each of `items`: all of them, even after one failed; then it fails."""
    items = step.required("items")
    if not isinstance(items, list):
        raise ActivityError(
            "InvalidTemplate",
            "The function 'length' expects its parameter to be an array or a string. "
            f"The provided value is of type '{type_name(items)}'.",
        )
    if len(items) > MOST_ITEMS:
        raise ActivityError("2104", f"ForEach takes {MOST_ITEMS} items at most, not {len(items)}.")
    step.input = {"items": items, "itemsCount": len(items)}

    def one(entry: tuple[int, Json]) -> list[Failure]:
        index, item = entry
        frame = step.frame.for_item(item, f"{step.frame.iteration}{step.activity['name']}/{index};")
        return step.flight.engine.run_activities(frame, step.properties.get("activities") or [])

    for failures in each(one, list(enumerate(items)), _width(step)):
        raise_inner(failures)
    return {}


def _width(step: Step) -> int:
    if step.value("isSequential", default=False):
        return 1
    count = step.value("batchCount", default=USUAL_AT_ONCE)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_AT_ONCE:
        raise ActivityError(
            "2104", f"The batchCount must be an integer from 1 to {MOST_AT_ONCE}, not '{count}'."
        )
    return count
