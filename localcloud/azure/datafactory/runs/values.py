"""JSON values as the expression language sees them."""

from __future__ import annotations

import json
from typing import Any

Json = Any
"""null, a boolean, a number, a string, an array or an object."""


def type_name(value: Json) -> str:
    """The language's name for a value's type, as its error messages use it."""
    if isinstance(value, bool):  # first: a Python bool is an int as well
        return "Boolean"
    names = {int: "Integer", float: "Float", str: "String", list: "Array", dict: "Object", type(None): "Null"}
    return names.get(type(value), type(value).__name__)


def text(value: Json) -> str:
    """A value as `string()` and string interpolation write it: objects as compact JSON, null as nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)  # True and False, as .NET writes them
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def find(container: dict[str, Json], name: str) -> str | None:
    """The key an object holds this property under: names are compared without case, an exact one first."""
    if name in container:
        return name
    return next((key for key in container if key.lower() == name.lower()), None)
