"""IfCondition: one of two lists of activities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Activity, Failure, Frame, Step
from localcloud.azure.datafactory.runs.values import type_name


def run(step: Step) -> dict[str, Any]:
    """Run `ifTrueActivities` or `ifFalseActivities`, whichever `expression` says."""
    condition = step.required("expression")
    if not isinstance(condition, bool):
        raise ActivityError(
            "ExpressionResultNotBoolean", f"The expression must give a boolean, not '{type_name(condition)}'."
        )
    branch = "ifTrueActivities" if condition else "ifFalseActivities"
    run_inner(step, step.frame.branch(), step.properties.get(branch) or [])
    return {}


def run_inner(step: Step, frame: Frame, activities: Sequence[Activity]) -> None:
    """Run activities inside another; it fails when they do."""
    raise_inner(step.flight.engine.run_activities(frame, activities))


def raise_inner(failures: Sequence[Failure]) -> None:
    """Fail because of the first of these, if any."""
    for failure in failures:
        raise ActivityError(
            "ActionFailed",
            "Activity failed because an inner activity failed; "
            f"Inner activity name: {failure.activity}, Error: {failure.message}",
        )
