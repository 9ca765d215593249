"""The rules for nested activities.

https://learn.microsoft.com/azure/data-factory/concepts-nested-activities, but for a Switch inside an
IfCondition: published factories hold it, so the service takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from localcloud.azure.datafactory.runs import graph
from localcloud.azure.datafactory.runs.graph import Activity

MOST_CASES = 25
_LOOPS = frozenset({"ForEach", "Until"})
_OUTER: dict[str, frozenset[str]] = {
    "ForEach": _LOOPS,
    "Until": _LOOPS,
    "IfCondition": frozenset({"IfCondition", "Switch"}),
    "Switch": frozenset({"Switch"}),
    "Validation": frozenset({"ForEach", "Until", "IfCondition", "Switch"}),
}
"""Type of activity → types of those that it may not lie in, at any depth."""


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
    kind = str(activity.get("type"))
    outer = next((one for one in inside if one in _OUTER.get(kind, ())), None)
    if outer:
        return f"'{activity['name']}', of type {kind}, may not lie inside one of type {outer}"
    cases = (activity.get("typeProperties") or {}).get("cases") or []
    if len(cases) > MOST_CASES:
        return f"'{activity['name']}' has {len(cases)} cases, and a Switch takes {MOST_CASES} at most"
    return None


def _lists(activity: Activity) -> Iterator[list[Any]]:
    """The lists of activities that an activity holds."""
    properties = activity.get("typeProperties") or {}
    for name in ("activities", "ifTrueActivities", "ifFalseActivities", "defaultActivities"):
        yield properties.get(name) or []
    for case in properties.get("cases") or []:
        yield case.get("activities") or []
