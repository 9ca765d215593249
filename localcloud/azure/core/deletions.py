"""Resource groups on their way out: they stay in `Deleting` for a while, then all inside goes at once.

Due times are on disk, so a restart neither loses nor repeats a deletion. Nothing runs in the background: what
is due is settled by the next request.
"""

from __future__ import annotations

import math
import threading
import time
import uuid
from typing import TYPE_CHECKING

from localcloud.azure.core.store import Document, key

if TYPE_CHECKING:
    from localcloud.azure.core.cloud import Cloud

SCHEMA = """
CREATE TABLE IF NOT EXISTS deletions (operation TEXT PRIMARY KEY, group_key TEXT NOT NULL, due REAL) WITHOUT
ROWID;
"""
LONGEST_RETRY = 15
"""Seconds: what Resource Manager asks a client to wait between polls."""


class Deletions:
    """Operations by their token. An operation with no due time is finished."""

    def __init__(self, cloud: Cloud, delay: float) -> None:
        self._cloud = cloud
        self.delay = delay
        self._lock = threading.Lock()
        cloud.store.script(SCHEMA)
        self._due: dict[str, float] = {}
        for group, due in cloud.store.execute("SELECT group_key, due FROM deletions WHERE due IS NOT NULL"):
            self._due[group] = max(due, self._due.get(group, 0.0))

    def begin(self, group: Document) -> str:
        """Put a group into `Deleting`; gives the operation's token.

        A second call while the group is still there *extends* it, as the real one does
        (crossplane provider-azure#141).
        """
        operation, due = uuid.uuid4().hex, time.time() + self.delay
        with self._lock:
            group["properties"]["provisioningState"] = "Deleting"
            self._cloud.store.put(group)
            self._cloud.store.execute(
                "INSERT INTO deletions VALUES (?, ?, ?)", operation, key(group["id"]), due
            )
            self._due[key(group["id"])] = due
        return operation

    def settle(self) -> None:
        """Remove each group whose time has come.

        While one request does it the others go on: a service that is told of a deletion may wait for a thread
        that makes requests itself. Until all is told, the group still counts as being deleted.
        """
        if not self._due or not self._lock.acquire(blocking=False):
            return
        try:
            now = time.time()
            for group in [group for group, due in self._due.items() if due <= now]:
                self._finish(group)
        finally:
            self._lock.release()

    def _finish(self, group: str) -> None:
        try:
            self._cloud.delete_tree(group)
        finally:
            self._cloud.store.execute("UPDATE deletions SET due = NULL WHERE group_key = ?", group)
            del self._due[group]

    def pending(self, resource_id: str) -> bool:
        """Whether this group is being deleted."""
        return key(resource_id) in self._due

    def known(self, operation: str) -> bool:
        """Whether there ever was an operation with this token."""
        return bool(self._cloud.store.execute("SELECT 1 FROM deletions WHERE operation = ?", operation))

    def remaining(self, operation: str) -> float | None:
        """Seconds until the operation's group goes; None when it is gone."""
        rows = self._cloud.store.execute("SELECT group_key FROM deletions WHERE operation = ?", operation)
        due = self._due.get(rows[0][0]) if rows else None
        return None if due is None else max(0.0, due - time.time())


def retry_after(remaining: float) -> int:
    """Whole seconds a client should wait before it asks again: at least 1, at most Resource Manager's own
    15.
    """
    return max(1, min(LONGEST_RETRY, math.ceil(remaining)))
