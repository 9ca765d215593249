"""SetVariable: give a pipeline's variable another value."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.values import Json, type_name

TYPES = {
    "String": ("String",),
    "Boolean": ("Boolean",),
    "Bool": ("Boolean",),
    "Array": ("Array",),
    "Integer": ("Integer",),
    "Int": ("Integer",),
}


def run(step: Step) -> dict[str, Any]:
    """Set `variableName` to `value`; its type must be the declared one."""
    if step.properties.get("setSystemVariable"):
        raise not_supported("SetVariable of a pipeline return value")
    name, value = step.required("variableName"), step.value("value")
    check(step.flight.definition.get("variables") or {}, name, value)
    with step.flight.lock:
        step.flight.variables[name] = value
    return {"name": name, "value": value}


def check(declared: dict[str, Any], name: str, value: Json) -> None:
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
