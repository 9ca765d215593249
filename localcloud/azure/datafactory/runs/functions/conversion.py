"""Conversions between types."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from urllib.parse import quote, unquote

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import string, wrong
from localcloud.azure.datafactory.runs.functions.xml import xml_to_json
from localcloud.azure.datafactory.runs.values import Json, is_xml, text


def to_int(value: Json) -> int:
    """An integer from a number or its text."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return int(value)
        except ValueError:
            raise _unreadable("int", value) from None
    raise wrong("int", "a number or the text of one", value)


def to_float(value: Json) -> float:
    """A decimal number from a number or its text."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            raise _unreadable("float", value) from None
    raise wrong("float", "a number or the text of one", value)


def to_bool(value: Json) -> bool:
    """A boolean from "true" or "false" in any case, or from a number: 0 is false."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool | int | float):
        return bool(value)
    raise _unreadable("bool", value)


def to_json(value: Json) -> Json:
    """Parse a JSON text, or turn XML to JSON."""
    if is_xml(value):
        return xml_to_json(value)
    try:
        return json.loads(string("json", value))
    except ValueError as error:
        raise ExpressionError(
            f"The template language function 'json' parameter is not valid. The provided value '{value}' "
            f"cannot be parsed: {error}."
        ) from None


def from_base64(value: Json) -> str:
    """Decode base64 to a text."""
    try:
        return base64.b64decode(string("base64ToString", value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise _unreadable("base64ToString", value) from None


def bits(value: Json) -> str:
    """The bits of a text, as the reference shows binary values."""
    return "".join(f"{octet:08b}" for octet in string("binary", value).encode())


def base64_to_bits(value: Json) -> str:
    """The bits of a base64 text."""
    from_base64(value)  # It must be one.
    return bits(value)


def data_uri(value: Json) -> str:
    """A data URI of a text."""
    encoded = base64.b64encode(string("dataUri", value).encode()).decode()
    return f"data:text/plain;charset=utf-8;base64,{encoded}"


def from_data_uri(value: Json) -> str:
    """The text of a data URI."""
    head, comma, body = string("dataUriToString", value).partition(",")
    if not head.lower().startswith("data:") or not comma:
        raise _unreadable("dataUriToString", value)
    return from_base64(body) if head.lower().endswith(";base64") else unquote(body)


def data_uri_to_bits(value: Json) -> str:
    """The bits of a data URI."""
    from_data_uri(value)  # It must be one.
    return bits(value)


def coalesce(*values: Json) -> Json:
    """The first argument that is not null."""
    return next((value for value in values if value is not None), None)


def _unreadable(function: str, value: Json) -> ExpressionError:
    return ExpressionError(
        f"The template language function '{function}' was invoked with a parameter that is not valid. "
        f"The value '{text(value)}' cannot be converted to the target type."
    )


FUNCTIONS: dict[str, Callable[..., Json]] = {
    "string": text,
    "int": to_int,
    "float": to_float,
    "bool": to_bool,
    "json": to_json,
    "array": lambda value: [value],
    "createarray": lambda first, *more: [first, *more],
    "coalesce": coalesce,
    "base64": lambda value: base64.b64encode(string("base64", value).encode()).decode(),
    "base64tostring": from_base64,
    "decodebase64": from_base64,
    "base64tobinary": base64_to_bits,
    "binary": bits,
    "datauri": data_uri,
    "datauritostring": from_data_uri,
    "datauritobinary": data_uri_to_bits,
    "decodedatauri": data_uri_to_bits,
    "uricomponenttobinary": lambda value: bits(string("uriComponentToBinary", value)),
    "uricomponent": lambda value: quote(string("uriComponent", value), safe=""),
    "encodeuricomponent": lambda value: quote(string("encodeUriComponent", value), safe=""),
    "decodeuricomponent": lambda value: unquote(string("decodeUriComponent", value)),
    "uricomponenttostring": lambda value: unquote(string("uriComponentToString", value)),
}
