"""Compares policy documents and other JSON texts by their meaning."""

from __future__ import annotations

import json
from typing import Any

UNORDERED = frozenset({"Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"})
"""Fields of a policy that take a text, or a list in any order."""


def text(document: Any) -> str:
    """Return a policy as JSON. document: IAM returns it parsed or as a text."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def equivalent(one: Any, other: Any) -> bool:
    """Whether two texts differ only in layout, or in different spellings of the same policy."""
    if one == other or not (isinstance(one, str) and isinstance(other, str)):
        return bool(one == other)
    try:
        return bool(_canonical(json.loads(one)) == _canonical(json.loads(other)))
    except ValueError:
        return False


def _canonical(value: Any, key: str = "") -> Any:
    if key in UNORDERED and not isinstance(value, dict):
        return sorted(str(item) for item in (value if isinstance(value, list) else [value]))
    if key == "Statement" and isinstance(value, dict):
        return [_canonical(value)]
    if key == "Condition" and isinstance(value, dict):
        return {operator: _operands(keys) for operator, keys in value.items()}
    if isinstance(value, dict):
        return {name: _canonical(item, name) for name, item in value.items()}
    return [_canonical(item) for item in value] if isinstance(value, list) else value


def _operands(keys: Any) -> Any:
    if not isinstance(keys, dict):
        return keys
    return {
        key: sorted(str(item) for item in (values if isinstance(values, list) else [values]))
        for key, values in keys.items()
    }
