"""What triggers leave on disk: their runs, and which windows were begun."""

from __future__ import annotations

import json

from localcloud.azure.core.store import Store, key
from localcloud.azure.datafactory.runs.store import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS trigger_runs (
    run_id TEXT PRIMARY KEY, factory TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS trigger_runs_by_factory ON trigger_runs (factory, number);
CREATE TABLE IF NOT EXISTS trigger_windows (trigger_key TEXT PRIMARY KEY, series TEXT NOT NULL, next INTEGER)
WITHOUT ROWID;
"""


class TriggerStore:
    """The tables of trigger runs and of windows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.script(SCHEMA)

    def save(self, factory: str, record: Record) -> None:
        """Add or replace a trigger run."""
        number = "(SELECT COALESCE(MAX(number), 0) + 1 FROM trigger_runs WHERE factory = ?)"
        self._store.execute(
            f"INSERT INTO trigger_runs VALUES (?, ?, {number}, ?) "  # noqa: S608
            "ON CONFLICT DO UPDATE SET document = excluded.document",
            record["triggerRunId"], key(factory), key(factory), json.dumps(record),
        )  # fmt: skip

    def runs(self, factory: str) -> list[Record]:
        """The trigger runs of a factory, in their order."""
        rows = self._store.execute(
            "SELECT document FROM trigger_runs WHERE factory = ? ORDER BY number", key(factory)
        )
        return [json.loads(row[0]) for row in rows]

    def next_window(self, trigger: str, series: str) -> int:
        """The number of the first window that was not begun. series: start and length, which begin anew."""
        rows = self._store.execute(
            "SELECT next FROM trigger_windows WHERE trigger_key = ? AND series = ?", key(trigger), series
        )
        return int(rows[0][0]) if rows else 0

    def begun(self, trigger: str, series: str, number: int) -> None:
        """Note that a window was begun."""
        self._store.execute(
            "INSERT OR REPLACE INTO trigger_windows VALUES (?, ?, ?)", key(trigger), series, number + 1
        )

    def forget(self, trigger: str) -> None:
        """Drop what is kept of a deleted trigger."""
        self._store.execute("DELETE FROM trigger_windows WHERE trigger_key = ?", key(trigger))

    def forget_factory(self, factory: str) -> None:
        """Drop the runs of a deleted factory's triggers."""
        self._store.execute("DELETE FROM trigger_runs WHERE factory = ?", key(factory))
