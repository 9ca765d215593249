"""Converts inputs, and the cloud's answers, to the outputs that the engine keeps."""

from __future__ import annotations

from typing import Any

from localcloud.engine.aws.diff import same
from localcloud.engine.aws.row import Row
from localcloud.engine.paths import MISSING
from localcloud.engine.values import UNKNOWN, Properties

HALF_MADE = "__halfMade"
"""Kept with the outputs. The engine does not show it."""


def outputs(row: Row, given: Properties, found: Properties) -> Properties:
    """Return the outputs of a resource. given: inputs or earlier outputs, whose spelling is kept."""
    seen = {name: given[name] for name in row.kept if name in given}
    for name, value in found.items():
        kept = given.get(name, MISSING)
        if name in row.echoed and kept is MISSING:
            continue
        seen[name] = kept if kept is not MISSING and same(row, name, kept, value) else value
    if "tagsAll" in row.outputs:
        seen["tagsAll"] = dict(found.get("tags") or {})
    return {name: value for name, value in seen.items() if value is not None}


def half_made(row: Row, inputs: Properties) -> Properties:
    """Return the outputs of a half-made resource. The next update finishes it."""
    return {**{name: inputs[name] for name in row.inputs if name in inputs}, HALF_MADE: True}


def preview(row: Row, inputs: Properties) -> Properties:
    """Return the outputs of a preview: the inputs, and unknowns for the rest."""
    found: Properties = {
        name: inputs.get(name, UNKNOWN) for name in row.properties - row.optional if name not in row.refused
    }
    found |= {name: inputs[name] for name in row.optional if name in inputs}
    if "tagsAll" in row.outputs:
        found["tagsAll"] = inputs.get("tags", {})
    return found


def preview_update(row: Row, old: Properties, inputs: Properties, state: Properties) -> Properties:
    """Return the outputs of an update's preview: what does not change is known."""
    dropped = {name for name in old if name not in inputs and name not in row.computed}
    found = {name: value for name, value in state.items() if name not in dropped}
    found |= {name: value for name, value in inputs.items() if name in row.inputs}
    found |= dict.fromkeys(row.volatile, UNKNOWN)
    if "tagsAll" in row.outputs:
        found["tagsAll"] = inputs.get("tags", {})
    return found


def imported(row: Row, outputs: Properties) -> Properties:
    """Return the inputs that would make the resource."""
    return {**row.defaults, **{name: outputs[name] for name in row.inputs if name in outputs}}


def refreshed(row: Row, inputs: Properties, before: Properties, now: Properties) -> Properties:
    """Return the inputs with changes in the cloud since the last update. before, now: outputs.

    Only changes are taken over; of computed inputs, only those that the program had set.
    """
    result = dict(inputs)
    for name in row.inputs:
        old, new = before.get(name, MISSING), now.get(name, MISSING)
        if same(row, name, old, new) or (name in row.computed and name not in inputs):
            continue
        merged = _merged(inputs.get(name, MISSING), old, new)
        if merged is MISSING:
            result.pop(name, None)
        else:
            result[name] = merged
    return result


def _merged(given: Any, old: Any, new: Any) -> Any:
    """Return a value with the changes inside it, without the cloud's defaults."""
    if old == new:
        return given
    if isinstance(given, dict) and isinstance(old, dict) and isinstance(new, dict):
        sides = given, old, new
        keys = {key for side in sides for key in side}
        items = {key: _merged(*(side.get(key, MISSING) for side in sides)) for key in keys}
        return {key: item for key, item in items.items() if item is not MISSING}
    lists = [value for value in (given, old, new) if isinstance(value, list)]
    if len(lists) == 3 and len({len(value) for value in lists}) == 1:
        return [_merged(*items) for items in zip(*lists, strict=True)]
    return new
