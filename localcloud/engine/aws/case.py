"""Converts names inside a value: `sseAlgorithm` in a program, `SSEAlgorithm` in the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pascal(value: Any, names: Mapping[str, str] = {}) -> Any:  # never changed
    """Convert a program's value to the service's. names: exceptions from a capital first letter."""
    if isinstance(value, list):
        return [pascal(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {names.get(key) or key[0].upper() + key[1:]: pascal(item, names) for key, item in value.items()}


def camel(value: Any, names: Mapping[str, str] = {}) -> Any:  # never changed
    """Convert a service's value to a program's. names: as for `pascal`."""
    return _camel(value, {there: here for here, there in names.items()})


def _camel(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_camel(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {names.get(key) or key[0].lower() + key[1:]: _camel(item, names) for key, item in value.items()}
