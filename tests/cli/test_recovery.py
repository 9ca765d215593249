"""What of a state counts as cut short, and what becomes of it."""

from __future__ import annotations

from typing import Any

from mayfly.engine import recovery


def state(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"pending_operations": [*operations]}}


def test_only_creates_count_as_pending() -> None:
    updating = {"resource": {"urn": "1"}, "type": "updating"}
    assert recovery.pending_creates(state(updating)) == []
    assert recovery.pending_creates({"version": 3, "deployment": {}}) == []
