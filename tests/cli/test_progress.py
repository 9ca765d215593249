"""What the verbs show of an engine's events."""

from __future__ import annotations

from typing import Any

import pytest

from mayfly.engine.progress import Progress
from mayfly.engine.pulumi import Update

WHO = "as o1 of tenant t1, by OIDC"


@pytest.mark.parametrize(
    ("severity", "message", "errors"),
    [
        ("info", f"mayfly: {WHO}", []),
        ("info#err", f"info: mayfly: {WHO}\n\n", []),
        ("info#err", f"info: mayfly: {WHO}\nTraceback", ["Traceback"]),
    ],
)
def test_what_the_program_says_is_shown_and_is_no_error(
    severity: str, message: str, errors: list[str]
) -> None:
    """Through the engine, and where the language host has none, on its standard error beside all else."""
    shown: list[str] = []
    event: dict[str, Any] = {"diagnosticEvent": {"severity": severity, "message": message, "urn": ""}}
    update = Update()
    Progress(shown.append, lambda text: None)(event)
    update.take(event)
    assert (shown, update.errors) == ([f"  {WHO}"], errors)


def test_what_others_say_at_that_severity_is_not_shown() -> None:
    shown: list[str] = []
    said = {"severity": "info", "message": "the mayfly: flew", "urn": ""}
    Progress(shown.append, lambda text: None)({"diagnosticEvent": said})
    assert shown == []
