"""Removes what nobody can see any more: rows and files of containers that are gone, replaced bodies.

A container, an account or a group goes in no time whatever lies in it; this follows in the background, a
little at a time. What is left at the end of the process is on disk, and is taken up by the next one.
"""

from __future__ import annotations

import threading
import time

from localcloud.azure.blob.models import Blobs

GRACE = 30.0
"""Seconds that a replaced or deleted body stays, for answers that are still reading it."""
BATCH = 500


class Sweeper:
    """One thread, from the first `wake` to `stop`. It collects every `GRACE` seconds."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._wake = threading.Event()
        self._stopping = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Start the thread, or tell it that there is something to remove."""
        with self._lock:
            self._wake.set()
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name="blob-sweeper", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._lock:
            self._stopping = True
            thread = self._thread
        self._wake.set()
        if thread:
            thread.join()

    def sweep(self, before: float) -> None:
        """Remove everything that was discarded before this time (seconds since 1970)."""
        while not self._stopping and (found := self._blobs.garbage(before, BATCH)):
            for number, path, container in found:
                self._remove(number, path, container)

    def _remove(self, number: int, path: str, container: int | None) -> None:
        while container is not None and self._blobs.remove_rows(container, BATCH):
            if self._stopping:
                return
        self._blobs.bodies.remove(path)
        self._blobs.collected(number)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            self.sweep(time.time() - GRACE)
            self._wake.wait(GRACE)
