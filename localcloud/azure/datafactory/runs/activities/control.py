"""Activities that control a pipeline: they run others, wait or fail."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.expressions import evaluate
from localcloud.azure.datafactory.runs.frame import Activity, Failure, Frame, Step
from localcloud.azure.datafactory.runs.stop import seconds
from localcloud.azure.datafactory.runs.threads import each
from localcloud.azure.datafactory.runs.values import Json, text, type_name

MOST_ITEMS = 100_000
MOST_AT_ONCE, USUAL_AT_ONCE = 50, 20


def if_condition(step: Step) -> dict[str, Any]:
    """Run `ifTrueActivities` or `ifFalseActivities`, as `expression` says."""
    branch = "ifTrueActivities" if truth(step.required("expression")) else "ifFalseActivities"
    run_inner(step, step.frame.branch(), step.properties.get(branch) or [])
    return {}


def switch(step: Step) -> dict[str, Any]:
    """Run the activities of the case whose value is what `on` gives, or `defaultActivities`."""
    value = step.required("on")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ActivityError(
            "2104", f"The expression of a Switch must give a string or an integer, not '{type_name(value)}'."
        )
    cases = {str(case.get("value")): case.get("activities") for case in step.properties.get("cases") or []}
    chosen = cases.get(text(value), step.properties.get("defaultActivities"))
    run_inner(step, step.frame.branch(), chosen or [])
    return {}


def truth(condition: Json) -> bool:
    """The value of a condition. Raises ActivityError when it is no boolean."""
    if not isinstance(condition, bool):
        raise ActivityError(
            "ExpressionResultNotBoolean", f"The expression must give a boolean, not '{type_name(condition)}'."
        )
    return condition


def run_inner(step: Step, frame: Frame, activities: Sequence[Activity]) -> None:
    """Run inner activities. Raises ActivityError when they fail."""
    raise_inner(step.flight.engine.run_activities(frame, activities))


def raise_inner(failures: Sequence[Failure]) -> None:
    """Raise ActivityError for the first failure, if any."""
    for failure in failures:
        raise ActivityError(
            "ActionFailed",
            "Activity failed because an inner activity failed; "
            f"Inner activity name: {failure.activity}, Error: {failure.message}",
        )


def for_each(step: Step) -> dict[str, Any]:
    """Run `activities` for each of `items`, also after a failure. Fails when one of them failed."""
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


def until(step: Step) -> dict[str, Any]:
    """Run `activities` again and again until `expression`, which sees their results, gives true.

    A failure inside does not end the loop. Fails when the `timeout` (7 days) passes, or when an activity of
    the last round failed.
    """
    stop = step.stop.within(seconds(step.value("timeout", default="7.00:00:00")))
    for number in count():
        frame = step.frame.for_round(f"{step.frame.iteration}{step.activity['name']}/{number};", stop)
        failures = step.flight.engine.run_activities(frame, step.properties.get("activities") or [])
        stop.check()
        if truth(evaluate(step.properties.get("expression"), frame.scope())):
            raise_inner(failures)
            break
    return {}


def filter_items(step: Step) -> dict[str, Any]:
    """Give those of `items` for which `condition` gives true."""
    items = step.required("items")
    if not isinstance(items, list):
        raise ActivityError("InvalidTemplate", f"Filter takes an array of items, not '{type_name(items)}'.")
    condition = step.properties.get("condition")
    kept = [
        item
        for item in items
        if truth(evaluate(condition, step.frame.for_item(item, step.frame.iteration).scope()))
    ]
    return {"ItemsCount": len(items), "FilteredItemsCount": len(kept), "Value": kept}


def execute_pipeline(step: Step) -> dict[str, Any]:
    """Start `pipeline` with `parameters`. With `waitOnCompletion`, the default, take over that run's end."""
    name = step.properties["pipeline"]["referenceName"]
    parameters = step.value("parameters", default={})
    wait = step.value("waitOnCompletion", default=True)
    step.input = {"pipeline": {"referenceName": name}, "parameters": parameters, "waitOnCompletion": wait}
    record = step.flight.engine.run_child(step.flight, name, parameters, wait=bool(wait))
    output = {"pipelineName": record["pipelineName"], "pipelineRunId": record["runId"]}
    if wait and record["status"] != "Succeeded":
        step.stop.check()  # A cancelled run ends as cancelled, not as failed.
        message = record["message"] or f"The pipeline '{name}' was cancelled."
        raise ActivityError("BadRequest", message, output=output)
    return output


def wait(step: Step) -> dict[str, Any]:
    """Wait `waitTimeInSeconds`."""
    length = step.required("waitTimeInSeconds")
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise ActivityError("2104", f"The waitTimeInSeconds must be a positive integer, not '{length}'.")
    step.stop.wait(length)
    return {}


def fail(step: Step) -> dict[str, Any]:
    """Fail with `message` and `errorCode`."""
    message, code = step.required("message"), step.required("errorCode")
    raise ActivityError(text(code), text(message))
