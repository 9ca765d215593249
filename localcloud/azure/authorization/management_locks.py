"""Management locks: CanNotDelete and ReadOnly at any scope. What they stop is decided in core/locks.py."""

from __future__ import annotations

from localcloud.azure.core import paging
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.filters import parse
from localcloud.azure.core.locks import LOCK_TYPE, scope_of
from localcloud.azure.core.store import Document, key

VERSIONS = frozenset({"2016-09-01", "2017-04-01", "2020-05-01"})
LEVELS = ("CanNotDelete", "ReadOnly")


def register(cloud: Cloud) -> None:
    """Add locks."""
    cloud.add(
        ResourceType(
            LOCK_TYPE, VERSIONS, name=r"[^<>%&:\\?/]{0,259}[^<>%&:\\?/ .]", bad_name="InvalidLockName",
            extension=True,
            put=put, get=get, list=list_at,
        )
    )  # fmt: skip


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Set (201) or change (200) a lock."""
    sent = call.request.json().get("properties") or {}
    level = next((level for level in LEVELS if level.lower() == str(sent.get("level", "")).lower()), None)
    if level is None:
        text = f"The lock level '{sent.get('level')}' is not valid. It must be one of {', '.join(LEVELS)}."
        raise CloudError(400, "InvalidLockLevel", text)
    properties = {"level": level} | {name: sent[name] for name in ("notes", "owners") if sent.get(name)}
    document = {
        "id": resource_id, "type": LOCK_TYPE, "name": resource_id.rsplit("/", 1)[1], "properties": properties,
    }  # fmt: skip
    return Reply(200 if existing else 201, call.cloud.store.put(document))


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """One lock, by the scope it is set on and its name."""
    if existing is None:
        raise CloudError(404, "LockNotFound", f"The lock '{resource_id}' could not be found.")
    return Reply(200, existing)


def list_at(call: Call, scope: str) -> Reply:
    """The locks at, above and below a scope; `atScope()` leaves out those below.

    Who may read locks at the scope sees the inherited ones too, as with role assignments.
    """
    terms = parse(call.request.query.get("$filter"), frozenset({"atscope"}))
    wanted = key(scope)
    found = []
    for lock in call.cloud.store.of_type(LOCK_TYPE):
        locked = key(scope_of(lock["id"]))
        above = wanted == locked or wanted.startswith(locked + "/")
        if above or ("atscope" not in terms and locked.startswith(wanted + "/")):
            found.append(lock)
    return paging.page(call, found)
