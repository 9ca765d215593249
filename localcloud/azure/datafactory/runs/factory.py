"""The factory of a run: name, global parameters, documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.azure.core.store import Store
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.values import Json, text, type_name


class Factory:
    """A factory. Documents are read when they are needed, so that a run sees their current state."""

    def __init__(self, store: Store, document: Mapping[str, Any]) -> None:
        self._store = store
        self._document = document
        self.id: str = document["id"]
        self.name: str = document["name"]

    def global_parameters(self) -> dict[str, Json]:
        """Name to value."""
        declared = self._document["properties"].get("globalParameters") or {}
        return {name: typed(name, entry.get("type"), entry.get("value")) for name, entry in declared.items()}

    def properties(self, kind: str, name: str) -> dict[str, Any]:
        """The properties of one document. kind: the segment of its ids, such as "datasets"."""
        document = self._store.get(f"{self.id}/{kind}/{name}")
        if document is None:
            raise ActivityError(
                "BadRequest", f"The document '{name}' of '{kind}' was not found in '{self.name}'."
            )
        return dict(document["properties"])


def parameter_values(
    declared: Mapping[str, Any] | None, given: Mapping[str, Json] | None, whose: str
) -> dict[str, Json]:
    """Return the values of declared parameters: the given ones, or the defaults.

    Raises ActivityError for a parameter that is undeclared, has no value, or has a value of another type.
    """
    known, values = declared or {}, given or {}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ActivityError("InvalidTemplate", f"The parameter '{unknown[0]}' is not declared by {whose}.")
    return {name: _parameter(name, entry, values, whose) for name, entry in known.items()}


def _parameter(name: str, entry: Mapping[str, Any], values: Mapping[str, Json], whose: str) -> Json:
    if name in values:
        return typed(name, entry.get("type"), values[name])
    if entry.get("defaultValue") is not None:
        return typed(name, entry.get("type"), entry["defaultValue"])
    raise ActivityError(
        "InvalidTemplate", f"The value for the parameter '{name}' of {whose} is not provided."
    )


_TYPES: dict[str, tuple[str, ...]] = {
    "string": ("String",),
    "int": ("Integer",),
    "float": ("Float", "Integer"),
    "bool": ("Boolean",),
    "array": ("Array",),
    "object": ("Object", "Array", "String", "Integer", "Float", "Boolean"),
}


def typed(name: str, declared: str | None, value: Json) -> Json:
    """Return a parameter's value in its declared type. Texts are converted to numbers and booleans."""
    kind = (declared or "string").lower()
    if kind not in _TYPES:
        raise ActivityError(
            "NotImplemented", f"The local Azure does not implement parameters of type '{declared}'."
        )
    converted = _converted(kind, value)
    if type_name(converted) not in _TYPES[kind]:
        raise ActivityError(
            "InvalidTemplate", f"The parameter '{name}' is of type '{declared}', not '{type_name(value)}'."
        )
    return converted


def _converted(kind: str, value: Json) -> Json:
    if kind == "string":
        return text(value) if isinstance(value, int | float) else value
    if isinstance(value, str) and kind in ("int", "float"):
        try:
            return int(value) if kind == "int" else float(value)
        except ValueError:
            return value
    if isinstance(value, str) and kind == "bool" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value
