"""Reads a document's JSON text strictly: a duplicate key, for example, is a problem."""

from __future__ import annotations

import json
from typing import Any

from mayfly.errors import Problem

DEEPEST = 200
"""Levels of a document's nesting: activities in containers have a few dozen."""


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_constant)


def read(text: str, file: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Return the object that a text holds, or None and what is wrong with it.

    file: its name for messages.
    """
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}:{error.colno}"
        return None, [Problem(where, f"is not JSON: {error.msg}", "mend it there, or just before")]
    except _Twice as twice:
        return None, [Problem(file, f"the key {twice.key!r} is twice in one object", "keep one of the two")]
    except ValueError as error:
        return None, [Problem(file, f"is not JSON: {error}", "write a number, or a text in quotes")]
    except RecursionError:
        return None, [_nested(file)]
    if _is_deep(document):
        return None, [_nested(file)]
    if not isinstance(document, dict):
        return None, [Problem(file, "is not an object", '{"name": …, "properties": {…}}')]
    return document, []


def _is_deep(document: Any) -> bool:
    """Whether a document is nested deeper than our own recursion can follow."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _nested(file: str) -> Problem:
    return Problem(file, "is nested too deeply", "no factory document is")
