"""Role assignments as they are kept: found by principal and by name without reading all of them.

A subscription may have thousands, and every request asks for its caller's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.azure.core.store import Document, Store

ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments"
_THESE = "type = 'microsoft.authorization/roleassignments'"
_PRINCIPAL = "json_extract(document, '$.properties.principalId')"
_NAME = "json_extract(document, '$.name')"
SCHEMA = f"""
CREATE INDEX IF NOT EXISTS assignments_by_principal ON resources ({_PRINCIPAL}) WHERE {_THESE};
CREATE INDEX IF NOT EXISTS assignments_by_name ON resources ({_NAME} COLLATE NOCASE) WHERE {_THESE};
CREATE TABLE IF NOT EXISTS grant_delay (seconds REAL NOT NULL, since TEXT NOT NULL);
"""


def prepare(store: Store) -> None:
    """Make the indexes and the table; nothing happens where they are."""
    store.script(SCHEMA)


@dataclass(frozen=True)
class GrantDelay:
    """How long it takes until an assignment is effective. seconds: for those made at `since` or later.

    Source: "Troubleshoot Azure RBAC", changes of role assignments can take up to 10 minutes.
    """

    seconds: float
    since: datetime

    def is_over(self, made: datetime) -> bool:
        """Whether an assignment that was made then is effective."""
        return made < self.since or (datetime.now(UTC) - made).total_seconds() >= self.seconds


def grant_delay(store: Store) -> GrantDelay | None:
    """None unless somebody has set one."""
    rows = store.execute("SELECT seconds, since FROM grant_delay")
    return GrantDelay(float(rows[0][0]), datetime.fromisoformat(rows[0][1])) if rows else None


def set_grant_delay(store: Store, seconds: float) -> None:
    """For what is assigned from now on."""
    store.execute("DELETE FROM grant_delay")
    store.execute("INSERT INTO grant_delay VALUES (?, ?)", seconds, datetime.now(UTC).isoformat())


class Assignments:
    """The role assignments in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, principal_id: str) -> list[Document]:
        """Those that name this principal."""
        return self._where(f"{_PRINCIPAL} = ?", principal_id.lower())

    def named(self, name: str) -> list[Document]:
        """Those with this name, at whatever scope."""
        return self._where(f"{_NAME} = ? COLLATE NOCASE", name)

    def all(self) -> list[Document]:
        """All of them, in order of id."""
        return list(self._store.of_type(ASSIGNMENT_TYPE))

    def _where(self, condition: str, value: str) -> list[Document]:
        statement = f"SELECT document FROM resources WHERE {_THESE} AND {condition} ORDER BY key"  # noqa: S608
        return [json.loads(row[0]) for row in self._store.execute(statement, value)]
