"""Fail: end with a message and a code of the pipeline's own."""

from __future__ import annotations

from typing import Any

from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.frame import Step
from localcloud.azure.datafactory.runs.values import text


def run(step: Step) -> dict[str, Any]:
    """Fail with `message` and `errorCode`."""
    message, code = step.required("message"), step.required("errorCode")
    raise ActivityError(text(code), text(message))
