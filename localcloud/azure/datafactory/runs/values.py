"""JSON values of the expression language."""

from __future__ import annotations

import base64
import json
from typing import Any

Json = Any
"""A null, boolean, number, string, array or object."""

XML_TYPE = "application/xml;charset=utf-8"


def type_name(value: Json) -> str:
    """Return the language's name for a value's type, for error messages."""
    if isinstance(value, bool):  # first: a Python bool is an int as well
        return "Boolean"
    names = {int: "Integer", float: "Float", str: "String", list: "Array", dict: "Object", type(None): "Null"}
    return names.get(type(value), type(value).__name__)


def text(value: Json) -> str:
    """Return a value as `string()` and interpolation write it: objects as compact JSON, null as nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)  # True and False, as .NET writes them
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if is_xml(value):
        return base64.b64decode(value["$content"]).decode()
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_xml(value: Json) -> bool:
    """Whether a value is XML, as `xml()` makes it."""
    return isinstance(value, dict) and value.get("$content-type") == XML_TYPE and "$content" in value


def find(container: dict[str, Json], name: str) -> str | None:
    """Return an object's key of this name: an exact one, else one that differs only in case; None."""
    if name in container:
        return name
    return next((key for key in container if key.lower() == name.lower()), None)
