"""Converts property values between the engine's messages and Python."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import struct_pb2

Properties = dict[str, Any]


class Unknown:
    """A value that is unknown until another resource is made."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()

UNKNOWN_TOKEN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # noqa: S105  # not a secret
"""The wire's token for an unknown value of unknown type."""

TYPED_UNKNOWN_TOKENS: Final = frozenset(
    {
        UNKNOWN_TOKEN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def decode(struct: struct_pb2.Struct) -> Properties:
    """Return a message's properties without nulls, as the official provider does."""
    values = {name: _decode(value) for name, value in struct.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def encode(properties: Properties) -> struct_pb2.Struct:
    """Return properties as a message without nulls."""
    fields = {name: _encode(value) for name, value in properties.items() if value is not None}
    return struct_pb2.Struct(fields=fields)


def has_unknowns(value: Any) -> bool:
    """Whether anything in this value is unknown."""
    if isinstance(value, dict):
        return any(has_unknowns(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknowns(item) for item in value)
    return value is UNKNOWN


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return decode(value.struct_value)
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in TYPED_UNKNOWN_TOKENS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _encode(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_TOKEN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item) for item in value]))
    raise TypeError(f"not a property value: {value!r}")
