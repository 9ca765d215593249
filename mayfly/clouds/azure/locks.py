"""Management locks: what keeps a grant on production from being removed again."""

from __future__ import annotations

from dataclasses import dataclass

from mayfly.clouds.azure.client import Azure
from mayfly.naming.azure import ids

LOCKS = "/providers/microsoft.authorization/locks/"
BLOCKING = frozenset({"cannotdelete", "readonly"})


@dataclass(frozen=True)
class Lock:
    """A lock. level: "CanNotDelete" or "ReadOnly"; ReadOnly refuses deletion too. scope: where it was put."""

    id: str
    name: str
    level: str
    scope: str


def on(cloud: Azure, scope: str) -> list[Lock]:
    """The locks at a scope or above it that refuse deletion there.

    `atScope()` returns locks at and above a scope; without it those below come too. Source: the -AtScope
    switch of Get-AzResourceLock, "gets locks at resource group level or higher".
    """
    id = str(ids.parse(scope))
    found = []
    for document in cloud.list(f"{id}{LOCKS.rstrip('/')}", "atScope()"):
        at = document["id"][: document["id"].lower().rindex(LOCKS)]
        found.append(Lock(document["id"], document["name"], document["properties"]["level"], at))
    return [lock for lock in found if lock.level.lower() in BLOCKING and ids.is_at_or_below(id, lock.scope)]
