"""Deletion of resource groups: a group stays in `Deleting` for a while, then goes with all its resources.

Due times are on disk, so a restart neither loses nor repeats a deletion. Nothing runs in the background: the
next request carries out what is due.
"""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable

from localcloud.azure.core.store import Document, Store, key

SCHEMA = """
CREATE TABLE IF NOT EXISTS deletions (operation TEXT PRIMARY KEY, group_key TEXT NOT NULL, due REAL)
WITHOUT ROWID;
"""
LONGEST_RETRY = 15
"""Seconds: what Resource Manager asks a client to wait between polls."""


class Deletions:
    """Operations by their token. An operation with no due time is finished."""

    def __init__(self, store: Store, delete_tree: Callable[[str], object], delay: float) -> None:
        """delete_tree: removes a group and all below it. delay: seconds that a group stays in `Deleting`."""
        self._store = store
        self._delete_tree = delete_tree
        self.delay = delay
        self._lock = threading.Lock()
        store.script(SCHEMA)
        self._due: dict[str, float] = {}
        for group, due in store.execute("SELECT group_key, due FROM deletions WHERE due IS NOT NULL"):
            self._due[group] = max(due, self._due.get(group, 0.0))

    def begin(self, group: Document) -> str:
        """Put a group into `Deleting` and return the operation's token.

        A second call while the group is there *extends* the deletion, as on Azure
        (crossplane provider-azure#141).
        """
        operation, due = uuid.uuid4().hex, time.time() + self.delay
        with self._lock:
            group["properties"]["provisioningState"] = "Deleting"
            self._store.put(group)
            self._store.execute("INSERT INTO deletions VALUES (?, ?, ?)", operation, key(group["id"]), due)
            self._due[key(group["id"])] = due
        return operation

    def settle(self) -> None:
        """Remove each group that is due.

        Other requests go on meanwhile, since a service's callback may wait for a thread that makes requests
        itself. The group counts as being deleted until every callback has run.
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
            self._delete_tree(group)
        finally:
            self._store.execute("UPDATE deletions SET due = NULL WHERE group_key = ?", group)
            del self._due[group]

    def pending(self, resource_id: str) -> bool:
        """Whether this group is being deleted."""
        return key(resource_id) in self._due

    def known(self, operation: str) -> bool:
        """Whether there ever was an operation with this token."""
        return bool(self._store.execute("SELECT 1 FROM deletions WHERE operation = ?", operation))

    def remaining(self, operation: str) -> float | None:
        """Seconds until the operation's group goes; None when it is gone."""
        rows = self._store.execute("SELECT group_key FROM deletions WHERE operation = ?", operation)
        due = self._due.get(rows[0][0]) if rows else None
        return None if due is None else max(0.0, due - time.time())


def retry_after(remaining: float) -> int:
    """Whole seconds until a client should poll again: from 1 to Resource Manager's own 15."""
    return max(1, min(LONGEST_RETRY, math.ceil(remaining)))
