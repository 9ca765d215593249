"""What an update would change, property by property."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from localcloud.engine.row import Row
from localcloud.engine.values import Properties

Kind = Literal["ADD", "DELETE", "UPDATE"]
Changes = dict[str, str]
"""Property path to the name of a `PropertyDiff` kind."""

MISSING = object()


def changes(row: Row, old: Properties, new: Properties, state: Properties) -> Changes:
    """Compare inputs; what the row does not name has no effect and is left out.

    state: the outputs. An input that only now says what the resource already is replaces nothing.
    """
    found: Changes = {}
    for name in (*row.parameters, *(name for name, _ in row.inputs)):
        before, after = old.get(name, MISSING), new.get(name, MISSING)
        if name == "location" and _region(before) == _region(after):
            continue
        needed = row.replaces(name) and not (before is MISSING and after == state.get(name))
        for path, kind in _compare(name, before, after):
            found[path] = f"{kind}_REPLACE" if needed else kind
    return found


def replaced(found: Changes) -> list[str]:
    """The inputs whose change asks for another resource."""
    return sorted({_root(path) for path, kind in found.items() if kind.endswith("_REPLACE")})


def changed(found: Changes) -> list[str]:
    """The inputs that change."""
    return sorted({_root(path) for path in found})


def _compare(path: str, old: Any, new: Any) -> Iterator[tuple[str, Kind]]:
    if old is MISSING and new is MISSING:
        return
    if old is MISSING:
        yield path, "ADD"
    elif new is MISSING:
        yield path, "DELETE"
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _compare(path + _step(key), old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _compare(f"{path}[{index}]", _item(old, index), _item(new, index))
    elif old != new:
        yield path, "UPDATE"


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else MISSING


def _step(key: str) -> str:
    quoted = key.replace('"', '\\"')
    return f".{key}" if re.fullmatch(r"[A-Za-z_$][\w$]*", key) else f'["{quoted}"]'


def _root(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _region(value: Any) -> Any:
    """`West Europe` and `westeurope` are one region."""
    return value.replace(" ", "").lower() if isinstance(value, str) else value
