"""Counts the Python processes that a command starts, itself included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOTE = """import os, sys
with open(os.environ["TEST_INTERPRETERS"], "a") as notes:
    notes.write(" ".join(sys.orig_argv) + "\\n")
"""


class Interpreters:
    """environ: variables with which each interpreter notes its command line when it starts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(NOTE)
        self._notes = folder / "interpreters"
        self.environ: dict[str, Any] = {"PYTHONPATH": str(folder), "TEST_INTERPRETERS": str(self._notes)}

    def started(self) -> list[str]:
        """Their command lines since the last time."""
        found = self._notes.read_text().splitlines() if self._notes.exists() else []
        self._notes.unlink(missing_ok=True)
        return found
