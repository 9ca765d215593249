"""Errors of activities: the code, message and type that Data Factory shows in `error`."""

from __future__ import annotations

from typing import Any


class ActivityError(Exception):
    """An activity failed.

    code: Data Factory's own number or word ("2200", "InvalidTemplate"). failure_type: "UserError" or
    "SystemError". output: what the activity gives in spite of it, such as the answer to a failed web call.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        failure_type: str = "UserError",
        output: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.failure_type = failure_type
        self.output = output


class ExpressionError(ActivityError):
    """An expression that cannot be parsed or evaluated (Data Factory's InvalidTemplate)."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidTemplate", message)


class RunCancelled(Exception):
    """The run was cancelled."""


def not_supported(what: str) -> ActivityError:
    """Return the error for a feature of Data Factory that the local cloud does not have."""
    return ActivityError("NotImplemented", f"The local Azure does not implement {what}.")
