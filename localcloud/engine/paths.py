"""Compares two values, and returns the paths of a detailed diff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

Kind = Literal["ADD", "DELETE", "UPDATE"]
Changes = dict[str, str]
"""Property path to the name of a `PropertyDiff` kind."""

MISSING = object()


def compare(path: str, old: Any, new: Any) -> Iterator[tuple[str, Kind]]:
    """Yield the paths below `path` at which two values differ. MISSING: there is no value."""
    if old is MISSING and new is MISSING:
        return
    if old is MISSING:
        yield path, "ADD"
    elif new is MISSING:
        yield path, "DELETE"
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from compare(path + _step(key), old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from compare(f"{path}[{index}]", _item(old, index), _item(new, index))
    elif old != new:
        yield path, "UPDATE"


def replaced(found: Changes) -> list[str]:
    """Return the inputs whose change needs a replacement."""
    return sorted({_root(path) for path, kind in found.items() if kind.endswith("_REPLACE")})


def changed(found: Changes) -> list[str]:
    """Return the inputs that change."""
    return sorted({_root(path) for path in found})


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else MISSING


def _step(key: str) -> str:
    quoted = key.replace('"', '\\"')
    return f".{key}" if re.fullmatch(r"[A-Za-z_$][\w$]*", key) else f'["{quoted}"]'


def _root(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]
