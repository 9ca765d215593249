"""Early ends of work: the run was cancelled, or an activity timed out."""

from __future__ import annotations

import re
import threading
import time

from localcloud.azure.datafactory.runs.errors import ActivityError, RunCancelled

_TIMEOUT = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")


def seconds(timeout: object) -> int:
    """The length of a timeout in the form d.hh:mm:ss. Raises ActivityError."""
    written = _TIMEOUT.fullmatch(str(timeout))
    if written is None:
        raise ActivityError("2104", f"The timeout '{timeout}' is not of the form d.hh:mm:ss.")
    days, hours, minutes, rest = (int(part or 0) for part in written.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


class Stop:
    """Checked by all long work. `cancel` may come from another thread.

    deadline: a moment of `time.monotonic()` after which `check` fails the activity.
    """

    def __init__(self, cancelled: threading.Event | None = None, deadline: float | None = None) -> None:
        self._cancelled = cancelled or threading.Event()
        self._deadline = deadline

    def within(self, seconds: float) -> Stop:
        """Return the stop of one activity of this run: with its own deadline, unless this one's is nearer."""
        deadline = time.monotonic() + seconds
        return Stop(self._cancelled, deadline if self._deadline is None else min(deadline, self._deadline))

    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    def cancel(self) -> None:
        """Cancel the run and everything that waits in it."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise RunCancelled, or ActivityError after the deadline."""
        if self._cancelled.is_set():
            raise RunCancelled
        if self.expired():
            raise ActivityError("ActivityTimedOut", "The activity did not end within its timeout.")

    def wait(self, seconds: float) -> None:
        """Sleep, at most until the run is cancelled or the deadline passes. Raises as `check` does."""
        left = seconds if self._deadline is None else min(seconds, self._deadline - time.monotonic())
        self._cancelled.wait(max(0.0, left))
        self.check()
