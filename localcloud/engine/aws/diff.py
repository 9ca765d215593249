"""Compares the inputs of an update, as the official provider does."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.aws.archives import is_archive
from localcloud.engine.aws.documents import equivalent
from localcloud.engine.aws.row import Row
from localcloud.engine.paths import MISSING, Changes, compare
from localcloud.engine.values import Properties, has_unknowns


def changes(row: Row, old: Properties, new: Properties, state: Properties) -> Changes:
    """Compare inputs. Properties that the row does not name have no effect and are left out.

    state: the outputs. A new input that equals the output changes nothing. A computed input that is dropped
    changes nothing either.
    """
    found: Changes = {}
    for name in sorted(row.inputs):
        before, after = old.get(name, MISSING), new.get(name, MISSING)
        if before is MISSING and name in state:
            before = state[name] if same(row, name, state[name], after) else MISSING
        if (after is MISSING and name in row.computed) or same(row, name, before, after):
            continue
        for path, kind in compare(name, before, after) or [(name, "UPDATE")]:
            found[path] = f"{kind}_REPLACE" if name in row.replaces else kind
    return found


def same(row: Row, name: str, one: Any, other: Any) -> bool:
    """Whether two values of a property mean the same. A missing and an empty value do."""
    if has_unknowns(one) or has_unknowns(other):
        return False
    if _empty(one) and _empty(other):
        return True
    if is_archive(one) and is_archive(other):
        return bool(one["hash"] == other["hash"])
    if name in row.documents:
        return equivalent(one, other)
    if name in row.sets and isinstance(one, list) and isinstance(other, list):
        return sorted(map(_text, one)) == sorted(map(_text, other))
    return bool(one == other)


def _empty(value: Any) -> bool:
    return value is MISSING or value in (None, "", False, 0, [], {})


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
