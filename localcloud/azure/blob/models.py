"""The tables of blobs and blocks. Their bytes are in `bodies`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.azure.blob.bodies import Bodies, Span
from localcloud.azure.core.store import Document, Store, key

SCHEMA = """
CREATE TABLE IF NOT EXISTS blob_containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (
    container INTEGER NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
    size INTEGER NOT NULL, body TEXT NOT NULL, headers TEXT NOT NULL, metadata TEXT NOT NULL,
    copy TEXT NOT NULL, blocks TEXT NOT NULL, PRIMARY KEY (container, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob_blocks (
    container INTEGER NOT NULL, name TEXT NOT NULL, block TEXT NOT NULL, added INTEGER NOT NULL,
    size INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (container, name, block)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob_garbage (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, container INTEGER, since REAL NOT NULL);
"""

COLUMNS = "name, created, changed, size, body, headers, metadata, copy"


@dataclass(frozen=True)
class Block:
    """A block of a block list. id: base64, chosen by the client."""

    id: str
    size: int
    body: str = ""


@dataclass(frozen=True)
class Blob:
    """A block blob. created, changed: ticks (`clock`); `changed` is its entity tag and last-modified time.

    headers: the content headers a client set (content-type, content-md5, ...).
    copy: what it was copied from, if it was.
    """

    name: str
    created: int
    changed: int
    size: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    copy: Mapping[str, str] = field(default_factory=dict)

    def span(self, start: int = 0, size: int | None = None) -> Span:
        """Return `size` bytes from `start`; all bytes by default."""
        return Span(self.body, start, self.size - start if size is None else size)


@dataclass(frozen=True)
class Container:
    """A container in the tables. number: never used again."""

    number: int
    account: str

    @property
    def folder(self) -> str:
        """The folder of its bodies."""
        return f"{self.account}/{self.number}"


class Blobs:
    """Blobs by container and name. Each method is one step; hold `lock` over a check and its write."""

    def __init__(self, store: Store, bodies: Bodies) -> None:
        self._store = store
        self.bodies = bodies
        self.lock = threading.RLock()
        store.script(SCHEMA)

    def container(self, document: Document, account: str) -> Container:
        """Return an existing container; its number is assigned at first use."""
        name = key(document["id"])
        rows = self._store.execute("SELECT number FROM blob_containers WHERE key = ?", name)
        if not rows:
            self._store.execute(
                "INSERT OR IGNORE INTO blob_containers (key, account) VALUES (?, ?)", name, account
            )
            rows = self._store.execute("SELECT number FROM blob_containers WHERE key = ?", name)
        return Container(int(rows[0][0]), account)

    def known(self, container_id: str) -> Container | None:
        """Return a container that was used before; None for one that was not, or that was deleted."""
        sql = "SELECT number, account FROM blob_containers WHERE key = ?"
        rows = self._store.execute(sql, key(container_id))
        return Container(int(rows[0][0]), rows[0][1]) if rows else None

    def forget(self, container_id: str) -> None:
        """Forget a deleted container. Its blobs disappear at once and are removed later."""
        sql = "DELETE FROM blob_containers WHERE key = ? RETURNING number, account"
        for number, account in self._store.execute(sql, key(container_id)):
            self._store.execute(
                "INSERT INTO blob_garbage (path, container, since) VALUES (?, ?, 0)",
                f"{account}/{number}",
                number,
            )

    def get(self, container: Container, name: str) -> Blob | None:
        """Return a blob, or None."""
        sql = f"SELECT {COLUMNS} FROM blobs WHERE container = ? AND name = ?"  # noqa: S608 (a constant)
        rows = self._store.execute(sql, container.number, name)
        return _blob(rows[0]) if rows else None

    def put(self, container: Container, blob: Blob, blocks: Sequence[Block] = ()) -> None:
        """Make or replace a blob, and drop its uncommitted blocks. Its old body is removed later."""
        row = (blob.name, blob.created, blob.changed, blob.size, blob.body)
        texts = (json.dumps(dict(part)) if part else "" for part in (blob.headers, blob.metadata, blob.copy))
        listed = json.dumps([[block.id, block.size] for block in blocks]) if blocks else ""
        with self.lock:
            sql = "SELECT body FROM blobs WHERE container = ? AND name = ?"
            for old in self._store.execute(sql, container.number, blob.name):
                self.discard(old[0])
            sql = "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            self._store.execute(sql, container.number, *row, *texts, listed)
            self.drop_blocks(container, blob.name)

    def change(self, container: Container, blob: Blob) -> None:
        """Set a blob's headers, metadata and time; its body and its blocks stay."""
        sql = "UPDATE blobs SET changed = ?, headers = ?, metadata = ? WHERE container = ? AND name = ?"
        headers, metadata = json.dumps(dict(blob.headers)), json.dumps(dict(blob.metadata))
        self._store.execute(sql, blob.changed, headers, metadata, container.number, blob.name)

    def delete(self, container: Container, name: str) -> None:
        """Remove a blob with its uncommitted blocks."""
        with self.lock:
            sql = "DELETE FROM blobs WHERE container = ? AND name = ? RETURNING body"
            for row in self._store.execute(sql, container.number, name):
                self.discard(row[0])
            self.drop_blocks(container, name)

    def scan(self, container: Container, start: str, end: str, limit: int) -> list[Blob]:
        """Blobs with start <= name < end, in order of name (as UTF-8 bytes)."""
        where = "WHERE container = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?"
        sql = f"SELECT {COLUMNS} FROM blobs {where}"  # noqa: S608 (constants)
        return [_blob(row) for row in self._store.execute(sql, container.number, start, end, limit)]

    def stage(self, container: Container, name: str, block: Block, now: int) -> None:
        """Keep an uncommitted block; one with the same id is replaced."""
        with self.lock:
            sql = "SELECT body FROM blob_blocks WHERE container = ? AND name = ? AND block = ?"
            found = self._store.execute(sql, container.number, name, block.id)
            for row in found:
                self.discard(row[0])
            sql = "INSERT OR REPLACE INTO blob_blocks VALUES (?, ?, ?, ?, ?, ?)"
            self._store.execute(sql, container.number, name, block.id, now, block.size, block.body)

    def uncommitted(self, container: Container, name: str) -> list[Block]:
        """Return the uncommitted blocks in the order of their arrival."""
        sql = "SELECT block, size, body FROM blob_blocks WHERE container = ? AND name = ? ORDER BY added"
        return [Block(*row) for row in self._store.execute(sql, container.number, name)]

    def committed(self, container: Container, name: str) -> list[Block]:
        """Return the blob's block list; empty for a blob that was written whole."""
        sql = "SELECT blocks FROM blobs WHERE container = ? AND name = ?"
        rows = self._store.execute(sql, container.number, name)
        return [Block(*block) for block in json.loads(rows[0][0] or "[]")] if rows else []

    def drop_blocks(self, container: Container, name: str) -> None:
        """Remove a blob's uncommitted blocks."""
        sql = "DELETE FROM blob_blocks WHERE container = ? AND name = ? RETURNING body"
        for row in self._store.execute(sql, container.number, name):
            self.discard(row[0])

    def discard(self, body: str) -> None:
        """Mark an unused body for removal. It stays for a while, since an answer may still read it."""
        if body:
            sql = "INSERT INTO blob_garbage (path, container, since) VALUES (?, NULL, ?)"
            self._store.execute(sql, body, time.time())

    def garbage(self, before: float, limit: int) -> list[tuple[int, str, int | None]]:
        """Return garbage from before this time: number, path, and its number if it is a container."""
        sql = "SELECT number, path, container FROM blob_garbage WHERE since < ? LIMIT ?"
        return [(row[0], row[1], row[2]) for row in self._store.execute(sql, before, limit)]

    def collected(self, number: int) -> None:
        """Delete a piece of garbage from the list."""
        self._store.execute("DELETE FROM blob_garbage WHERE number = ?", number)

    def remove_rows(self, container: int, limit: int) -> bool:
        """Remove at most `limit` rows of a deleted container; True when there may be more.

        The limit keeps the lock short.
        """
        gone = 0
        for table, column in (("blobs", "name"), ("blob_blocks", "name")):
            sql = (
                f"DELETE FROM {table} WHERE container = ?1 AND {column} IN "  # noqa: S608 (constants)
                f"(SELECT {column} FROM {table} WHERE container = ?1 LIMIT ?2) RETURNING 1"
            )
            gone += len(self._store.execute(sql, container, limit))
        return gone > 0


def _blob(row: Sequence[Any]) -> Blob:
    headers, metadata, copy = (json.loads(text) if text else {} for text in row[5:8])
    name, created, changed, size, body = row[:5]
    return Blob(name, created, changed, size, body, headers, metadata, copy)
