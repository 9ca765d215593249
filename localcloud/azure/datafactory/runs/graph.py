"""Dependencies between activities: which start, which are skipped, and how the list ends.

https://learn.microsoft.com/azure/data-factory/tutorial-pipeline-failure-error-handling
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

Activity = Mapping[str, Any]
Decision = Literal["run", "skip", "wait"]

SUCCEEDED, FAILED, SKIPPED = "Succeeded", "Failed", "Skipped"
_MEETS = {
    SUCCEEDED: frozenset({SUCCEEDED}),
    FAILED: frozenset({FAILED}),
    SKIPPED: frozenset({SKIPPED}),
    "Completed": frozenset({SUCCEEDED, FAILED}),
}


def decide(activity: Activity, statuses: Mapping[str, str]) -> Decision:
    """Decide what to do with an activity. All its dependencies must be met, each by one of its conditions."""
    states = [(condition, statuses.get(condition["activity"])) for condition in _dependencies(activity)]
    if any(status is None for _, status in states):
        return "wait"
    return "run" if all(_met(condition, str(status)) for condition, status in states) else "skip"


def _met(dependency: Mapping[str, Any], status: str) -> bool:
    conditions = dependency.get("dependencyConditions") or [SUCCEEDED]
    return any(status in _MEETS[condition] for condition in conditions)


def failures(activities: Sequence[Activity], statuses: Mapping[str, str]) -> list[str]:
    """Return the activities that make the list fail; none when it succeeds.

    The leaves decide. A skipped leaf counts as the activities that it depends on.
    """
    needed = {dependency["activity"] for activity in activities for dependency in _dependencies(activity)}
    by_name = {activity["name"]: activity for activity in activities}
    leaves = [activity for activity in activities if activity["name"] not in needed]
    counted = dict.fromkeys(name for leaf in leaves for name in _counted(leaf, by_name, statuses))
    return [name for name in counted if statuses.get(name) == FAILED]


def _counted(
    activity: Activity, by_name: Mapping[str, Activity], statuses: Mapping[str, str]
) -> Iterator[str]:
    if statuses.get(activity["name"]) != SKIPPED:
        yield activity["name"]
        return
    for dependency in _dependencies(activity):
        yield from _counted(by_name[dependency["activity"]], by_name, statuses)


def problem(activities: Sequence[Activity]) -> str | None:
    """Return what is wrong with a list of activities: a duplicate or unknown name, a condition, a cycle."""
    names = [activity.get("name") for activity in activities]
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            return "an activity has no name"
        if name in names[:index]:
            return f"there are two activities named '{name}'"
    for activity in activities:
        for dependency in _dependencies(activity):
            if dependency.get("activity") not in names:
                return f"'{activity['name']}' depends on '{dependency.get('activity')}', which is not there"
            unknown = set(dependency.get("dependencyConditions") or ()) - set(_MEETS)
            if unknown:
                return f"'{activity['name']}' has the unknown dependency condition '{min(unknown)}'"
    return _circle(activities)


def _circle(activities: Sequence[Activity]) -> str | None:
    left = {activity["name"]: {d["activity"] for d in _dependencies(activity)} for activity in activities}
    while left:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        if not free:
            return f"the dependencies of '{min(left)}' form a cycle"
        for name in free:
            del left[name]
    return None


def _dependencies(activity: Activity) -> list[dict[str, Any]]:
    return list(activity.get("dependsOn") or [])
