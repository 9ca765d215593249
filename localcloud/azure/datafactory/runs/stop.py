"""Why work ends early: the run was cancelled, or an activity's time is up."""

from __future__ import annotations

import threading
import time

from localcloud.azure.datafactory.runs.errors import ActivityError, RunCancelled


class Stop:
    """Asked by everything that takes long. `cancel` may come from another thread.

    deadline: a moment of `time.monotonic()` after which `check` fails the activity.
    """

    def __init__(self, cancelled: threading.Event | None = None, deadline: float | None = None) -> None:
        self._cancelled = cancelled or threading.Event()
        self._deadline = deadline

    def within(self, seconds: float) -> Stop:
        """The same run's stop, with an end of its own for one activity."""
        return Stop(self._cancelled, time.monotonic() + seconds)

    def cancel(self) -> None:
        """Ask the run, and all that waits in it, to end."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether the run was asked to end."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise RunCancelled, or ActivityError when the time is up."""
        if self._cancelled.is_set():
            raise RunCancelled
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise ActivityError("ActivityTimedOut", "The activity did not end within its timeout.")

    def wait(self, seconds: float) -> None:
        """Sleep, but end as soon as there is a reason to."""
        left = seconds if self._deadline is None else min(seconds, self._deadline - time.monotonic())
        self._cancelled.wait(max(0.0, left))
        self.check()
