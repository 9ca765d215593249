"""How much of something a subscription may have. Source: "Azure subscription and service limits, quotas"."""

from __future__ import annotations

from enum import StrEnum

from localcloud.azure.core.store import Store, key

SCHEMA = "CREATE TABLE IF NOT EXISTS quotas (name TEXT PRIMARY KEY, most INTEGER NOT NULL) WITHOUT ROWID;"


class Quota(StrEnum):
    """What is counted: the type of a resource. Accounts are counted by region."""

    ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
    ACCOUNTS = "Microsoft.Storage/storageAccounts"
    GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"


DEFAULTS = {Quota.ASSIGNMENTS: 4000, Quota.ACCOUNTS: 250, Quota.GROUPS: 980}


def prepare(store: Store) -> None:
    """Make the table; nothing happens where it is."""
    store.script(SCHEMA)


def change(store: Store, quota: Quota, most: int) -> None:
    """Raise or lower one, as Azure's support does with those that can be raised."""
    prepare(store)
    store.execute("INSERT OR REPLACE INTO quotas VALUES (?, ?)", str(quota), most)


def limit(store: Store, quota: Quota) -> int:
    """The most of it that a subscription may have."""
    rows = store.execute("SELECT most FROM quotas WHERE name = ?", str(quota))
    return int(rows[0][0]) if rows else DEFAULTS[quota]


def used(store: Store, quota: Quota, subscription_id: str, location: str = "") -> int:
    """How many a subscription has, at any depth. location: only those there; "" for all."""
    low, high = f"{key(subscription_id)}/", f"{key(subscription_id)}0"
    where = "type = ? AND key >= ? AND key < ?"
    values: list[object] = [quota.lower(), low, high]
    if location:
        where += " AND json_extract(document, '$.location') = ?"
        values.append(location)
    return int(store.execute(f"SELECT count(*) FROM resources WHERE {where}", *values)[0][0])  # noqa: S608


def is_full(store: Store, quota: Quota, subscription_id: str, location: str = "") -> bool:
    """Whether one more is one too many."""
    return used(store, quota, subscription_id, location) >= limit(store, quota)
