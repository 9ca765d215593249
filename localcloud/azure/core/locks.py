"""Management locks and what they stop."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Store, key

LOCK_TYPE = "Microsoft.Authorization/locks"
_MARK = "/providers/microsoft.authorization/locks/"


@dataclass(frozen=True)
class Lock:
    """scope: the key of what is locked; shown: the same as it was written. read_only: else CanNotDelete."""

    scope: str
    shown: str
    read_only: bool


class Locks:
    """The locks that are set, read again when one changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stamp: tuple[int, int] | None = None
        self._locks: tuple[Lock, ...] = ()

    def check(self, resource_id: str, verb: str) -> None:
        """Raise 409 ScopeLocked when `verb` ("write", "delete" or "action") may not be done.

        A lock counts for all below it. A delete is also stopped by a lock on something inside, since that
        would go too.
        """
        target = key(resource_id)
        locked = [lock.shown for lock in self._all() if _stops(lock, target, verb)]
        if locked:
            shown = "write" if verb == "action" else verb
            raise CloudError(
                409,
                "ScopeLocked",
                f"The scope '{resource_id}' cannot perform {shown} operation because following scope(s) "
                "are locked: "
                f"'{','.join(locked)}'. Please remove the lock and try again.",
            )

    def _all(self) -> tuple[Lock, ...]:
        stamp = self._store.authorization_stamp
        if stamp != self._stamp:
            self._locks = tuple(
                Lock(
                    key(scope_of(found["id"])),
                    scope_of(found["id"]),
                    found["properties"]["level"] == "ReadOnly",
                )
                for found in self._store.of_type(LOCK_TYPE)
            )
            self._stamp = stamp
        return self._locks


def scope_of(lock_id: str) -> str:
    """What a lock is set on."""
    return lock_id[: lock_id.lower().rindex(_MARK)]


def _stops(lock: Lock, target: str, verb: str) -> bool:
    if verb == "delete":
        return _within(target, lock.scope) or _within(lock.scope, target)
    return lock.read_only and _within(target, lock.scope)


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(outer + "/")
