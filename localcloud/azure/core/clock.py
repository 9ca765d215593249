"""The time of the local Azure, as triggers and expressions see it: the machine's, until a test moves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from localcloud.azure.core.store import Store

SCHEMA = "CREATE TABLE IF NOT EXISTS clock (ahead REAL NOT NULL);"


class Clock:
    """Another process may move it as well (`localcloud.azure.admin.move_clock`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._on_move: list[Callable[[], None]] = []
        store.script(SCHEMA)

    def ahead(self) -> timedelta:
        """How far it was moved."""
        rows = self._store.execute("SELECT ahead FROM clock")
        return timedelta(seconds=rows[0][0] if rows else 0.0)

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self.ahead()

    def move(self, by: timedelta) -> None:
        """Let time pass, forward alone, and tell those that wait for it."""
        further = self.ahead() + by
        self._store.execute("DELETE FROM clock")
        self._store.execute("INSERT INTO clock VALUES (?)", further.total_seconds())
        for callback in self._on_move:
            callback()

    def on_move(self, callback: Callable[[], None]) -> None:
        """Call back after each move in this process."""
        self._on_move.append(callback)
