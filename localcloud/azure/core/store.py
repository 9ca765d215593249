"""State on disk: every Resource Manager resource is one row, keyed by its case-insensitive id."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (key TEXT PRIMARY KEY, type TEXT NOT NULL, document TEXT NOT NULL)
WITHOUT ROWID; CREATE INDEX IF NOT EXISTS resources_by_type ON resources (type, key);
"""


class Store:
    """Resources by id. Safe to use from several threads; every write is committed before it returns.

    A document is the resource as Resource Manager answers it: id, name, type, location, tags, properties.
    Services that keep more than resources (blobs, runs) make tables of their own through `execute`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._authorization_changes = 0
        self._db = sqlite3.connect(folder / "azure.sqlite", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(SCHEMA)

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and give all its rows."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def script(self, sql: str) -> None:
        """Run several statements: a service's own schema."""
        with self._lock:
            self._db.executescript(sql)

    def get(self, resource_id: str) -> Document | None:
        """The resource with this id, or None."""
        rows = self.execute("SELECT document FROM resources WHERE key = ?", key(resource_id))
        return json.loads(rows[0][0]) if rows else None

    def put(self, document: Document) -> Document:
        """Make or replace the resource that `document["id"]` names."""
        self.execute(
            "INSERT OR REPLACE INTO resources VALUES (?, ?, ?)",
            key(document["id"]),
            str(document["type"]).lower(),
            json.dumps(document),
        )
        self._note([key(document["id"])])
        return document

    def delete(self, resource_id: str) -> bool:
        """Remove one resource, not what lies below it. True if it was there."""
        gone = self.execute("DELETE FROM resources WHERE key = ? RETURNING key", key(resource_id))
        self._note([row[0] for row in gone])
        return bool(gone)

    def delete_tree(self, resource_id: str) -> list[Document]:
        """Remove a resource and all below it. Returns what was removed, in order of id."""
        low, high = _below(resource_id)
        rows = self.execute(
            "DELETE FROM resources WHERE key = ? OR (key >= ? AND key < ?) RETURNING key, document",
            key(resource_id), low, high,
        )  # fmt: skip
        self._note([row[0] for row in rows])
        return [json.loads(document) for _, document in sorted(rows)]

    def below(
        self, resource_id: str, type: str | None = None, holding: str | None = None
    ) -> Iterator[Document]:
        """All resources whose id lies below this one, in order of id; only those of `type` if given.

        holding: only those that have this text as a value, whatever of; it spares reading the others.
        """
        low, high = _below(resource_id)
        if type is None:
            rows = self.execute(
                "SELECT document FROM resources WHERE key >= ? AND key < ? ORDER BY key", low, high
            )
        else:
            rows = self.execute(
                "SELECT document FROM resources WHERE type = ? AND key >= ? AND key < ? "
                "AND instr(document, ?) > 0 ORDER BY key",
                type.lower(), low, high, "{" if holding is None else json.dumps(holding),
            )  # fmt: skip
        return (json.loads(row[0]) for row in rows)

    def of_type(self, type: str) -> Iterator[Document]:
        """All resources of a type, in order of id."""
        rows = self.execute("SELECT document FROM resources WHERE type = ? ORDER BY key", type.lower())
        return (json.loads(row[0]) for row in rows)

    @property
    def authorization_stamp(self) -> tuple[int, int]:
        """Changes when a role assignment, a lock or a group does, here or in another process."""
        elsewhere = self.execute("PRAGMA data_version")[0][0]
        return self._authorization_changes, int(elsewhere)

    def note_authorization(self) -> None:
        """Called after a write that changes permissions and is not a resource."""
        self._authorization_changes += 1

    def _note(self, keys: list[str]) -> None:
        """Called after a write, so a reader of the stamp and then the rows never keeps old rows."""
        if any("/providers/microsoft.authorization/" in changed for changed in keys):
            self.note_authorization()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def key(resource_id: str) -> str:
    """Ids are case-insensitive; this is the one form they are compared in."""
    return resource_id.rstrip("/").lower()


def _below(resource_id: str) -> tuple[str, str]:
    return key(resource_id) + "/", key(resource_id) + "0"  # "0" is the character after "/"
