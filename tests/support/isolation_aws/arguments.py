"""The arguments of an operation, from the model's shapes: what each name stands for in a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.support.isolation_aws.documents import STRUCTURES
from tests.support.isolation_aws.names import BY_NAME, IN_SERVICE
from tests.support.isolation_aws.options import OPTIONS
from tests.support.isolation_aws.places import PROBE, Place

WHEN = "2030-01-01T00:00:00Z"


def arguments(key: str, shape: StructureShape | None, place: Place) -> dict[str, Any]:
    """What an operation such as "s3.PutObject" is sent: all it requires, and what `OPTIONS` has of it.

    Raises LookupError for a shape that nothing is known about: it has to be added here.
    """
    options = OPTIONS.get(key, _none)(place)
    if shape is None:
        return options
    required = [name for name in shape.required_members if name not in options]
    return {**{name: _named(key, name, shape.members[name], place) for name in required}, **options}


def _none(place: Place) -> dict[str, Any]:
    return {}


def _named(key: str, name: str, shape: Shape, place: Place) -> Any:
    service = key.partition(".")[0]
    known = IN_SERVICE.get(service, {}).get(name) or BY_NAME.get(name)
    if known is None:
        return _value(key, shape, place)
    value = known(place)
    return [value] if shape.type_name == "list" and not isinstance(value, list) else value


def _value(key: str, shape: Shape, place: Place) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(key, shape, place)
    if isinstance(shape, ListShape):
        return [_value(key, shape.member, place)] * max(1, shape.metadata.get("min", 1))
    if isinstance(shape, MapShape):
        return {_value(key, shape.key, place): _value(key, shape.value, place)}
    return SCALARS[shape.type_name](shape)


def _structure(key: str, shape: StructureShape, place: Place) -> dict[str, Any]:
    """What it requires; where it requires nothing, its first member."""
    if shape.name in STRUCTURES:
        return STRUCTURES[shape.name](place)
    wanted = shape.required_members or list(shape.members)[:1]
    return {name: _named(key, name, shape.members[name], place) for name in wanted}


def _string(shape: Shape) -> str:
    if shape.metadata.get("enum"):
        return str(shape.metadata["enum"][0])
    return PROBE.ljust(shape.metadata.get("min", 0), "-")[: shape.metadata.get("max", 1000)]


def _number(shape: Shape) -> int:
    return int(shape.metadata.get("min", 1))


SCALARS: Mapping[str, Callable[[Shape], Any]] = {
    "string": _string,
    "character": _string,
    "blob": lambda _: PROBE,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "boolean": lambda _: True,
    "timestamp": lambda _: WHEN,
}
