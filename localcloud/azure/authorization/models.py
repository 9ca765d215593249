"""Role assignments as they are kept: found by principal and by name without reading all of them.

A subscription may have thousands, and every request asks for its caller's.
"""

from __future__ import annotations

import json

from localcloud.azure.core.store import Document, Store, key

ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments"
_THESE = "type = 'microsoft.authorization/roleassignments'"
_PRINCIPAL = "json_extract(document, '$.properties.principalId')"
_NAME = "json_extract(document, '$.name')"
SCHEMA = f"""
CREATE INDEX IF NOT EXISTS assignments_by_principal ON resources ({_PRINCIPAL}) WHERE {_THESE};
CREATE INDEX IF NOT EXISTS assignments_by_name ON resources ({_NAME} COLLATE NOCASE) WHERE {_THESE};
"""


def prepare(store: Store) -> None:
    """Make the indexes; nothing happens where they are."""
    store.script(SCHEMA)


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

    def count(self, subscription_id: str) -> int:
        """How many are in a subscription, at any scope."""
        low, high = f"{key(subscription_id)}/", f"{key(subscription_id)}0"
        statement = f"SELECT count(*) FROM resources WHERE {_THESE} AND key >= ? AND key < ?"  # noqa: S608
        return int(self._store.execute(statement, low, high)[0][0])

    def _where(self, condition: str, value: str) -> list[Document]:
        statement = f"SELECT document FROM resources WHERE {_THESE} AND {condition} ORDER BY key"  # noqa: S608
        return [json.loads(row[0]) for row in self._store.execute(statement, value)]
