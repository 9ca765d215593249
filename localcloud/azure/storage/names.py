"""Account names: unique in the world, that is, over all subscriptions of the local Azure."""

from __future__ import annotations

import re

from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document, Store, key
from localcloud.azure.storage import accounts

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS storage_accounts (name TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;"
)

RULE = (
    "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in "
    "length and use numbers and lower-case letters only."
)


class Names:
    """Which account has which name: the index by which the blob service finds them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.script(SCHEMA)

    def claim(self, name: str, account_id: str) -> None:
        """Take a name for an account that is being made or changed; 409 when another account has it.

        Another subscription's account gives StorageAccountAlreadyTaken; one in another group of the same
        subscription StorageAccountAlreadyExists (error codes of the storage resource provider).
        """
        self._store.execute("INSERT OR IGNORE INTO storage_accounts VALUES (?, ?)", name, account_id)
        owner = self.owner(name)
        if owner is None or key(owner) == key(account_id):
            return
        if _subscription(owner) == _subscription(account_id):
            text = f"The storage account named {name} already exists under the subscription."
            raise CloudError(409, "StorageAccountAlreadyExists", text)
        raise CloudError(
            409, "StorageAccountAlreadyTaken", f"The storage account named {name} is already taken."
        )

    def release(self, name: str) -> None:
        """Free the name of an account that is gone."""
        self._store.execute("DELETE FROM storage_accounts WHERE name = ?", name)

    def owner(self, name: str) -> str | None:
        """The id of the account with this name, if any."""
        rows = self._store.execute("SELECT id FROM storage_accounts WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def availability(self, name: str) -> Document:
        """The answer of checkNameAvailability."""
        if not re.fullmatch(accounts.NAME, name):
            return {"nameAvailable": False, "reason": "AccountNameInvalid", "message": RULE.format(name=name)}
        if self.owner(name):
            text = f"The storage account named {name} is already taken."
            return {"nameAvailable": False, "reason": "AlreadyExists", "message": text}
        return {"nameAvailable": True}


def _subscription(resource_id: str) -> str:
    return resource_id.lower().split("/")[2]
