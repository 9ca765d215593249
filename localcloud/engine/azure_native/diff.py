"""Compares the inputs of an update, property by property."""

from __future__ import annotations

from typing import Any

from localcloud.engine.azure_native.row import Row
from localcloud.engine.paths import MISSING, Changes, compare
from localcloud.engine.values import Properties


def changes(row: Row, old: Properties, new: Properties, state: Properties) -> Changes:
    """Compare inputs. Properties that the row does not name have no effect and are left out.

    state: the outputs. A new input that equals the output replaces nothing.
    """
    found: Changes = {}
    for name in (*row.parameters, *(name for name, _ in row.inputs)):
        before, after = old.get(name, MISSING), new.get(name, MISSING)
        if name == "location" and _region(before) == _region(after):
            continue
        needed = row.replaces(name) and not (before is MISSING and after == state.get(name))
        for path, kind in compare(name, before, after):
            found[path] = f"{kind}_REPLACE" if needed else kind
    return found


def _region(value: Any) -> Any:
    """`West Europe` and `westeurope` are one region."""
    return value.replace(" ", "").lower() if isinstance(value, str) else value
