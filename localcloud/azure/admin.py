"""Administration by the owner of the state folder, without HTTP. It works beside a running server.

This is what a tenant's administrator does before anything else can be done: subscriptions, and service
principals with a secret. Everything further goes through Resource Manager, as somebody.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from localcloud.azure.authorization.definitions import DEFINITION_TYPE
from localcloud.azure.authorization.models import ASSIGNMENT_TYPE, set_grant_delay
from localcloud.azure.core import quotas
from localcloud.azure.core.call import Principal
from localcloud.azure.core.clock import Clock
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from localcloud.azure.core.principals import Principals
from localcloud.azure.core.quotas import Quota
from localcloud.azure.core.store import Store
from localcloud.azure.core.tokens import Tokens
from localcloud.azure.resources import subscriptions
from localcloud.azure.resources.listing import FROZEN

OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
NAMES = ("owner", "deployer", "janitor")
SUBSCRIPTIONS = {PRODUCTION: "production", NONPRODUCTION: "nonproduction"}


def prepare(store: Store) -> dict[str, dict[str, str]]:
    """Fill a new state folder: both subscriptions, an owner of both, and who may do nothing yet.

    Gives the credentials, which are also in `principals.json`. A folder that is filled already is left alone.
    """
    path = store.folder / "principals.json"
    if path.exists():
        return dict(json.loads(path.read_text()))
    for subscription, name in SUBSCRIPTIONS.items():
        store.put(subscriptions.document(subscription, name))
    principals = Principals(store)
    credentials = {name: _create(principals, name) for name in NAMES}
    for subscription in SUBSCRIPTIONS:
        _make_owner(store, f"/subscriptions/{subscription}", credentials["owner"]["object_id"])
    _write_private(path, json.dumps(credentials, indent=2))
    return credentials


def create_principal(folder: Path, name: str) -> tuple[Principal, str]:
    """A new service principal, without any role, and its secret."""
    with closing(Store(folder)) as store:
        return Principals(store).create(name)


@contextmanager
def lagging(folder: Path) -> Iterator[None]:
    """As long as this lasts, lists of resources name what there is now, whatever is made or goes meanwhile.

    The real ones are a regional cache, up to 18 minutes behind (Azure/AKS#1964). What a provider lists of its
    own types, and a resource's own GET, tell at once.
    """
    with closing(Store(folder)) as store:
        there = list(store.below("/subscriptions"))
    frozen = folder / FROZEN
    _write_private(frozen, json.dumps(there))
    try:
        yield
    finally:
        frozen.unlink()


def delay_grants(folder: Path, seconds: float) -> None:
    """What is assigned from now on is effective so many seconds later, as it takes minutes on Azure."""
    with closing(Store(folder)) as store:
        set_grant_delay(store, seconds)


def move_clock(folder: Path, by: timedelta) -> None:
    """Let time pass for triggers and for what expressions take for now. A server sees it in a second."""
    with closing(Store(folder)) as store:
        Clock(store).move(by)


def change_quota(folder: Path, quota: Quota, most: int) -> None:
    """Raise or lower how much of something each subscription may have."""
    with closing(Store(folder)) as store:
        quotas.change(store, quota, most)


def token_for(folder: Path, object_id: str, audience: str) -> str:
    """A token of a principal, such as a managed identity. Raises LookupError if there is none of this id."""
    with closing(Store(folder)) as store:
        principals = Principals(store)
        principal = principals.get(object_id)
        if principal is None:
            raise LookupError(f"no principal {object_id} in the local Azure")
        arm_url = json.loads((folder / "ports.json").read_text())["arm"]
        return Tokens(folder, f"https://127.0.0.1:{arm_url}", principals).mint(principal, audience)


def _create(principals: Principals, name: str) -> dict[str, str]:
    principal, secret = principals.create(name)
    return {"object_id": principal.object_id, "client_id": principal.client_id, "client_secret": secret}


def _make_owner(store: Store, scope: str, object_id: str) -> None:
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}/{object_id}"))
    properties: dict[str, Any] = {
        "roleDefinitionId": f"{scope}/providers/{DEFINITION_TYPE}/{OWNER_ROLE}",
        "principalId": object_id,
        "principalType": "ServicePrincipal",
        "scope": scope,
        "condition": None,
        "conditionVersion": None,
        "description": "made with the subscription",
    }
    identity = {"id": f"{scope}/providers/{ASSIGNMENT_TYPE}/{name}", "type": ASSIGNMENT_TYPE, "name": name}
    store.put({**identity, "properties": properties})


def _write_private(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
