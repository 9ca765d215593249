"""Waits for a moment in the life of a process."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

LOOK_SECONDS = 0.01


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until it comes to pass, or the process has ended."""
    while not condition():
        try:
            process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return
