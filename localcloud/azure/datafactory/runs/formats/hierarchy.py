"""Values inside objects by JSON path, and objects as a table.

https://learn.microsoft.com/azure/data-factory/copy-activity-schema-and-type-mapping
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.values import Json

_STEP = re.compile(r"\.?([^.\[\]'$]+)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]")


@dataclass(frozen=True)
class Element:
    """An object to map. root: the object of the file. inner: the item of its collection, or the root."""

    root: Json
    inner: Json


def elements(rows: Sequence[Json], collection: str | None) -> list[Element]:
    """Return what becomes a row: each object, or each item of an array in it (a cross apply)."""
    if not collection:
        return [Element(row, row) for row in rows]
    return [Element(row, item) for row in rows for item in _found(row, collection) or []]


def value(element: Element, source: Mapping[str, Any], *, as_text: bool) -> Json:
    """Return a source's value: by `path`, from the root if that begins with $, else by `name`; null for none.

    as_text: objects and arrays become their JSON text.
    """
    path = source.get("path")
    if path is None:
        found = element.inner.get(source.get("name")) if isinstance(element.inner, dict) else None
    else:
        found = _found(element.root if str(path).startswith("$") else element.inner, str(path))
    return _text(found) if as_text and isinstance(found, dict | list) else found


def placed(row: Mapping[str, Json], paths: Mapping[str, str | None]) -> dict[str, Json]:
    """Return an object with each value at its path. Raises ActivityError for a path into an array."""
    whole: dict[str, Json] = {}
    for name, found in row.items():
        path = paths.get(name)
        steps = _steps(path) if path else [name]
        place = whole
        for step in steps[:-1]:
            place = place.setdefault(_key(step), {})
        place[_key(steps[-1])] = found
    return whole


def table(
    rows: Sequence[Mapping[str, Json]], *, as_text: bool, names: Sequence[str] | None = None
) -> pa.Table:
    """Return objects as a table. names: its columns; by default the fields of the first object.

    Raises ActivityError for what cannot be a column: a field that the first object has not (Data
    Factory looks at the first ones alone), and a value that nests, unless `as_text`.
    """
    columns = list(names if names is not None else rows[0] if rows else [])
    for row in rows:
        further = [name for name in row if name not in columns]
        if further:
            raise not_supported(
                f"JSON whose first object has no '{further[0]}' and a later one has: map the columns"
            )
    return pa.table(
        [_column(name, [row.get(name) for row in rows], as_text) for name in columns], names=columns
    )


def _column(name: str, values: list[Json], as_text: bool) -> pa.Array:
    if as_text:
        values = [_text(one) if isinstance(one, dict | list) else one for one in values]
    kinds = {type(one) for one in values if one is not None}
    if kinds & {dict, list}:
        raise ActivityError(
            "2200",
            f"ErrorCode=UserErrorUnsupportedComplexType, The column '{name}' holds objects or arrays: "
            "map what is in them, or set 'mapComplexValuesToString'.",
        )
    if kinds <= {int, float}:
        return pa.array(values, pa.float64() if float in kinds else pa.int64() if kinds else pa.string())
    if len(kinds) == 1:
        return pa.array(values)
    return pa.array(
        [one if one is None or isinstance(one, str) else _text(one) for one in values], pa.string()
    )


def _text(found: Json) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def _found(container: Json, path: str) -> Json:
    for step in _steps(path):
        if isinstance(step, int):
            container = container[step] if isinstance(container, list) and step < len(container) else None
        else:
            container = container.get(step) if isinstance(container, dict) else None
    return container


def _steps(path: str) -> list[str | int]:
    rest = path.removeprefix("$")
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None:
            raise not_supported(f"the JSON path '{path}'")
        plain, quoted, index = match.groups()
        steps.append(int(index) if index is not None else plain or quoted.replace("\\'", "'"))
        position = match.end()
    return steps


def _key(step: str | int) -> str:
    if isinstance(step, int):
        raise not_supported("a sink path into an array")
    return step
