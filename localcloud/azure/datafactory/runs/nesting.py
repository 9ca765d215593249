"""The rules for nested activities.

https://learn.microsoft.com/azure/data-factory/concepts-nested-activities
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from localcloud.azure.datafactory.runs import graph
from localcloud.azure.datafactory.runs.graph import Activity

LOOPS, BRANCHES = frozenset({"ForEach", "Until"}), frozenset({"IfCondition", "Switch"})


def problem(activities: Sequence[Activity], inside: tuple[str, ...] = ()) -> str | None:
    """Return what is wrong with a pipeline's activities, at any depth. inside: types of the outer ones."""
    found = graph.problem(activities)
    if found:
        return found
    for activity in activities:
        if found := _misplaced(activity, inside):
            return found
        deeper = (*inside, str(activity.get("type")))
        for inner in _lists(activity):
            if found := problem(inner, deeper):
                return found
    return None


def _misplaced(activity: Activity, inside: tuple[str, ...]) -> str | None:
    for kinds in (LOOPS, BRANCHES):
        outer = next((kind for kind in inside if kind in kinds), None)
        if activity.get("type") in kinds and outer:
            return f"'{activity['name']}', of type {activity['type']}, may not lie inside one of type {outer}"
    return None


def _lists(activity: Activity) -> Iterator[list[Any]]:
    """The lists of activities that an activity holds."""
    properties = activity.get("typeProperties") or {}
    for name in ("activities", "ifTrueActivities", "ifFalseActivities", "defaultActivities"):
        yield properties.get(name) or []
    for case in properties.get("cases") or []:
        yield case.get("activities") or []
