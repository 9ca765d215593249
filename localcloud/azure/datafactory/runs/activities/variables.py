"""SetVariable and AppendVariable: change a variable of the run."""

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
"""Type of a variable → types of its values."""


def set_variable(step: Step) -> dict[str, Any]:
    """Set `variableName` to `value`; its type must be the declared one."""
    name, value = step.required("variableName"), step.value("value")
    check(step.flight.definition.get("variables") or {}, name, value)
    with step.flight.lock:
        step.flight.variables[name] = value
    return {"name": name, "value": value}


def append_variable(step: Step) -> dict[str, Any]:
    """Add `value` at the end of the array `variableName`, which is empty while it has no value."""
    name, value = step.required("variableName"), step.required("value")
    declared = step.flight.definition.get("variables") or {}
    check(declared, name, None)
    kind = declared[name].get("type", "String")
    if kind != "Array":
        raise ActivityError(
            "InvalidVariableType",
            f"The variable '{name}' of type '{kind}' cannot be appended to: AppendVariable takes an Array.",
        )
    with step.flight.lock:
        step.flight.variables[name] = [*(step.flight.variables[name] or []), value]
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
