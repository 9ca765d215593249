"""From what a program gives and the cloud answers to what the engine keeps of a resource."""

from __future__ import annotations

from typing import Any

from localcloud.engine.aws.diff import same
from localcloud.engine.aws.row import Row
from localcloud.engine.paths import MISSING
from localcloud.engine.values import UNKNOWN, Properties

HALF_MADE = "__halfMade"
"""Kept with the outputs. The engine does not show it."""


def outputs(row: Row, given: Properties, found: Properties) -> Properties:
    """What a program sees of a resource. given: inputs or earlier outputs, whose wording is kept."""
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
    """What is known of a resource that was made, but not to the end: the next update begins with the rest."""
    return {**{name: inputs[name] for name in row.inputs if name in inputs}, HALF_MADE: True}


def preview(row: Row, inputs: Properties) -> Properties:
    """What a program sees before the resource is there: its inputs, and unknowns for the rest."""
    found: Properties = {
        name: inputs.get(name, UNKNOWN) for name in row.properties - row.optional if name not in row.refused
    }
    found |= {name: inputs[name] for name in row.optional if name in inputs}
    if "tagsAll" in row.outputs:
        found["tagsAll"] = inputs.get("tags", {})
    return found


def preview_update(row: Row, old: Properties, inputs: Properties, state: Properties) -> Properties:
    """What a program sees before an update: what does not change is known."""
    dropped = {name for name in old if name not in inputs and name not in row.computed}
    found = {name: value for name, value in state.items() if name not in dropped}
    found |= {name: value for name, value in inputs.items() if name in row.inputs}
    found |= dict.fromkeys(row.volatile, UNKNOWN)
    if "tagsAll" in row.outputs:
        found["tagsAll"] = inputs.get("tags", {})
    return found


def imported(row: Row, outputs: Properties) -> Properties:
    """The inputs that would make what is there."""
    return {**row.defaults, **{name: outputs[name] for name in row.inputs if name in outputs}}


def refreshed(row: Row, inputs: Properties, before: Properties, now: Properties) -> Properties:
    """Inputs with what has changed in the cloud since the last update; `before` and `now` are outputs.

    Only what changed is taken over, and of what the cloud may decide only what the program had set.
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
    """A value with what has changed inside it, without the defaults that the cloud has filled in."""
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
