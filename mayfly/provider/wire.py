"""Values as the engine sends them and as we use them.

pulumi.provider.experimental has a PropertyValue for this, but in 3.258 it cannot carry an unknown in either
direction, nor tell the engine of a half-made resource; so the provider speaks the protocol itself, and this
is all that it needs of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc


class Unknown:
    """A value that a preview does not know yet."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that is kept encrypted in the state and never printed."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


def decode(message: struct_pb2.Struct) -> dict[str, Any]:
    """A struct of the engine as a dict; secrets as Secret, unknowns as UNKNOWN."""
    return {key: _decode(value) for key, value in message.fields.items()}


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dict as a struct for the engine."""
    return struct_pb2.Struct(fields={key: _encode(value) for key, value in values.items()})


def _decode(value: struct_pb2.Value) -> Any:
    which = value.WhichOneof("kind")
    if which == "struct_value":
        return _decode_struct(value.struct_value)
    if which == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if which == "string_value" and value.string_value == rpc.UNKNOWN:
        return UNKNOWN
    return None if which in (None, "null_value") else getattr(value, which)


def _decode_struct(message: struct_pb2.Struct) -> Any:
    fields = message.fields
    signature = fields[rpc._special_sig_key].string_value if rpc._special_sig_key in fields else None
    if signature is None:
        return decode(message)
    if signature == rpc._special_secret_sig:
        return Secret(_decode(fields["value"]))
    if signature == rpc._special_output_value_sig:
        value = _decode(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value) if "secret" in fields and fields["secret"].bool_value else value
    raise ValueError("assets, archives and resource references are not used here")


def _encode(value: Any) -> struct_pb2.Value:
    if isinstance(value, Secret):
        signature = struct_pb2.Value(string_value=rpc._special_secret_sig)
        wrapped = {rpc._special_sig_key: signature, "value": _encode(value.value)}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=wrapped))
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, list | tuple):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item) for item in value]))
    return _encode_scalar(value)


def _encode_scalar(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=rpc.UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    return struct_pb2.Value(string_value=str(value))
