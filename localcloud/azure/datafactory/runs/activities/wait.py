"""Wait: let some seconds pass."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Step


def run(step: Step) -> dict[str, Any]:
    """Wait `waitTimeInSeconds`."""
    seconds = step.required("waitTimeInSeconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        raise ActivityError("2104", f"The waitTimeInSeconds must be a positive integer, not '{seconds}'.")
    step.stop.wait(seconds)
    return {}
