"""The directory: service principals that sign in with a secret, managed identities, and groups."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid

from localcloud.azure.core.call import Principal
from localcloud.azure.core.store import Store, key

SCHEMA = """
CREATE TABLE IF NOT EXISTS principals (
    object_id TEXT PRIMARY KEY, client_id TEXT UNIQUE NOT NULL, name TEXT NOT NULL, secret_hash TEXT, resource
    TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (object_id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    group_id TEXT, member_id TEXT, PRIMARY KEY (member_id, group_id)
) WITHOUT ROWID;
"""
COLUMNS = "object_id, client_id, name"


class Principals:
    """Who exists. Whoever signs in is of type ServicePrincipal, as managed identities are in Azure too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.script(SCHEMA)

    def create(self, name: str) -> tuple[Principal, str]:
        """Make a service principal; gives it and its secret, which is kept nowhere but hashed."""
        principal = Principal(str(uuid.uuid4()), str(uuid.uuid4()), name)
        secret = secrets.token_urlsafe(32)
        self._insert(principal, _hash(secret), None)
        return principal, secret

    def create_identity(self, resource_id: str) -> Principal:
        """The system-assigned identity of a resource: made on the first call, the same afterwards."""
        existing = self.of_resource(resource_id)
        if existing:
            return existing
        principal = Principal(str(uuid.uuid4()), str(uuid.uuid4()), resource_id.rsplit("/", 1)[-1])
        self._insert(principal, None, key(resource_id))
        return principal

    def get(self, object_id: str) -> Principal | None:
        """The principal with this object id, or None."""
        return self._one("object_id", object_id.lower())

    def by_client(self, client_id: str) -> Principal | None:
        """The principal that signs in with this client id, or None."""
        return self._one("client_id", client_id.lower())

    def by_name(self, name: str) -> Principal | None:
        """A principal with this display name, or None."""
        return self._one("name", name)

    def of_resource(self, resource_id: str) -> Principal | None:
        """The system-assigned identity of a resource, or None."""
        return self._one("resource", key(resource_id))

    def create_group(self, name: str, *members: str) -> str:
        """Make a group of principals and groups, by their object ids; gives its own."""
        group = str(uuid.uuid4())
        self._store.execute("INSERT INTO groups VALUES (?, ?)", group, name)
        for member in members:
            self._store.execute("INSERT INTO members VALUES (?, ?)", group, member.lower())
        self._store.note_authorization()
        return group

    def groups_of(self, object_id: str) -> list[str]:
        """The groups that a principal is in, and those that these are in."""
        rows = self._store.execute(
            "WITH RECURSIVE found(id) AS (SELECT group_id FROM members WHERE member_id = ? "
            "UNION SELECT group_id FROM members JOIN found ON member_id = found.id) SELECT id FROM found",
            object_id.lower(),
        )
        return [row[0] for row in rows]

    def type_of(self, object_id: str) -> str | None:
        """ServicePrincipal or Group; None for what the directory does not know."""
        if self._store.execute("SELECT 1 FROM groups WHERE object_id = ?", object_id.lower()):
            return "Group"
        return "ServicePrincipal" if self.get(object_id) else None

    def resource_of(self, object_id: str) -> str | None:
        """The key of the resource whose identity this is, or None."""
        rows = self._store.execute("SELECT resource FROM principals WHERE object_id = ?", object_id.lower())
        return rows[0][0] if rows else None

    def delete(self, object_id: str) -> None:
        """Remove a principal. Its role assignments stay, as in the real cloud."""
        self._store.execute("DELETE FROM principals WHERE object_id = ?", object_id.lower())

    def delete_identity(self, resource_id: str) -> None:
        """Remove the identity of a resource; nothing happens when it has none."""
        self._store.execute("DELETE FROM principals WHERE resource = ?", key(resource_id))

    def secret_matches(self, client_id: str, secret: str) -> bool:
        """Whether this is the secret of the principal that signs in with `client_id`."""
        rows = self._store.execute(
            "SELECT secret_hash FROM principals WHERE client_id = ?", client_id.lower()
        )
        return bool(rows and rows[0][0]) and hmac.compare_digest(str(rows[0][0]), _hash(secret))

    def _insert(self, principal: Principal, secret_hash: str | None, resource: str | None) -> None:
        values = (principal.object_id, principal.client_id, principal.name, secret_hash, resource)
        self._store.execute("INSERT INTO principals VALUES (?, ?, ?, ?, ?)", *values)

    def _one(self, column: str, value: str) -> Principal | None:
        statement = f"SELECT {COLUMNS} FROM principals WHERE {column} = ?"  # noqa: S608 - our own column names
        rows = self._store.execute(statement, value)
        return Principal(*rows[0]) if rows else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
