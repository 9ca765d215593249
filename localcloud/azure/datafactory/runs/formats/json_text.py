"""JSON files: one object, JSON lines, objects one after the other, or one array of objects.

https://learn.microsoft.com/azure/data-factory/format-json
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.values import Json

PATTERNS = ("setOfObjects", "arrayOfObjects")
_ENCODINGS = ("UTF-8", "UTF-8 WITHOUT BOM", "US-ASCII")
_BLANK = " \t\r\n"


def read(content: bytes, properties: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Read the objects of a file."""
    _check(properties)
    try:
        values = _values(content.decode("utf-8-sig"))
    except ValueError as error:
        raise ActivityError(
            "2200", f"ErrorCode=UserErrorInvalidJson, The file is not valid JSON: {error}"
        ) from None
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    for value in values:
        if not isinstance(value, dict):
            raise ActivityError(
                "2200", f"ErrorCode=UserErrorInvalidJson, '{value}' is not an object, as each row must be."
            )
    return values


def _values(source: str) -> list[Json]:
    decoder, values, position = json.JSONDecoder(), [], 0
    while position < len(source):
        if source[position] in _BLANK:
            position += 1
            continue
        value, position = decoder.raw_decode(source, position)
        values.append(value)
    return values


def write(
    rows: Sequence[Mapping[str, Json]], properties: Mapping[str, Json], settings: Mapping[str, Any]
) -> bytes:
    """Write objects in the pattern of the sink's `formatSettings`; JSON lines by default."""
    _check(properties)
    pattern = settings.get("filePattern") or PATTERNS[0]
    if pattern not in PATTERNS:
        raise not_supported(f"JSON with the file pattern '{pattern}'")
    lines = [json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows]
    if pattern == "arrayOfObjects":
        return f"[{','.join(lines)}]".encode()
    return "".join(f"{line}\r\n" for line in lines).encode()


def _check(properties: Mapping[str, Json]) -> None:
    if str(properties.get("encodingName") or "UTF-8").upper() not in _ENCODINGS:
        raise not_supported(f"JSON in the encoding '{properties['encodingName']}'")
