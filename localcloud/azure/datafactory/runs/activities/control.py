"""Activities that control a pipeline: they run others, wait, fail or set a variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.frame import Activity, Failure, Frame, Step
from localcloud.azure.datafactory.runs.threads import each
from localcloud.azure.datafactory.runs.values import Json, text, type_name

MOST_ITEMS = 100_000
MOST_AT_ONCE, USUAL_AT_ONCE = 50, 20

TYPES = {
    "String": ("String",),
    "Boolean": ("Boolean",),
    "Bool": ("Boolean",),
    "Array": ("Array",),
    "Integer": ("Integer",),
    "Int": ("Integer",),
}
"""Type of a variable → types of its values."""


def if_condition(step: Step) -> dict[str, Any]:
    """Run `ifTrueActivities` or `ifFalseActivities`, as `expression` says."""
    condition = step.required("expression")
    if not isinstance(condition, bool):
        raise ActivityError(
            "ExpressionResultNotBoolean", f"The expression must give a boolean, not '{type_name(condition)}'."
        )
    branch = "ifTrueActivities" if condition else "ifFalseActivities"
    run_inner(step, step.frame.branch(), step.properties.get(branch) or [])
    return {}


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


def set_variable(step: Step) -> dict[str, Any]:
    """Set `variableName` to `value`; its type must be the declared one."""
    if step.properties.get("setSystemVariable"):
        raise not_supported("SetVariable of a pipeline return value")
    name, value = step.required("variableName"), step.value("value")
    check_variable(step.flight.definition.get("variables") or {}, name, value)
    with step.flight.lock:
        step.flight.variables[name] = value
    return {"name": name, "value": value}


def check_variable(declared: dict[str, Any], name: str, value: Json) -> None:
    """Raise ActivityError unless a variable of this name is declared with the value's type."""
    if name not in declared:
        raise ActivityError("BadRequest", f"The variable '{name}' is not declared by the pipeline.")
    kind = declared[name].get("type", "String")
    if kind not in TYPES:
        raise not_supported(f"variables of type '{kind}'")
    if value is not None and type_name(value) not in TYPES[kind]:
        raise ActivityError(
            "InvalidVariableType",
            f"The variable '{name}' of type '{kind}' cannot be initialized or updated with value of type "
            f"'{type_name(value)}'. The variable '{name}' only supports values of types '{kind}'.",
        )


def wait(step: Step) -> dict[str, Any]:
    """Wait `waitTimeInSeconds`."""
    seconds = step.required("waitTimeInSeconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        raise ActivityError("2104", f"The waitTimeInSeconds must be a positive integer, not '{seconds}'.")
    step.stop.wait(seconds)
    return {}


def fail(step: Step) -> dict[str, Any]:
    """Fail with `message` and `errorCode`."""
    message, code = step.required("message"), step.required("errorCode")
    raise ActivityError(text(code), text(message))
