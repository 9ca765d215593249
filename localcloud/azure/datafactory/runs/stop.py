"""Early ends of work: the run was cancelled, or an activity timed out."""

from __future__ import annotations

import threading
import time

from localcloud.azure.datafactory.runs.errors import ActivityError, RunCancelled


class Stop:
    """Checked by all long work. `cancel` may come from another thread.

    deadline: a moment of `time.monotonic()` after which `check` fails the activity.
    """

    def __init__(self, cancelled: threading.Event | None = None, deadline: float | None = None) -> None:
        self._cancelled = cancelled or threading.Event()
        self._deadline = deadline

    def within(self, seconds: float) -> Stop:
        """Return the stop of one activity of this run, with a deadline of its own."""
        return Stop(self._cancelled, time.monotonic() + seconds)

    def cancel(self) -> None:
        """Cancel the run and everything that waits in it."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise RunCancelled, or ActivityError after the deadline."""
        if self._cancelled.is_set():
            raise RunCancelled
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise ActivityError("ActivityTimedOut", "The activity did not end within its timeout.")

    def wait(self, seconds: float) -> None:
        """Sleep, at most until the run is cancelled or the deadline passes. Raises as `check` does."""
        left = seconds if self._deadline is None else min(seconds, self._deadline - time.monotonic())
        self._cancelled.wait(max(0.0, left))
        self.check()
