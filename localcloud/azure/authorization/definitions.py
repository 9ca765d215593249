"""Role definitions: the built-in ones, and custom ones that live in the subscriptions they are assignable
in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localcloud.azure.authorization.builtin import BUILT_IN, BY_ID, BuiltInRole
from localcloud.azure.authorization.models import Assignments
from localcloud.azure.core import paging
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.filters import parse
from localcloud.azure.core.ids import subscription_of
from localcloud.azure.core.store import Document, Store, key

DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions"
VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"})
GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
FILTERS = frozenset({"atscope", "atscopeandbelow", "type", "rolename"})
PUBLISHED = "2021-11-11T20:13:51.0000000Z"
BLOCKS = ("actions", "notActions", "dataActions", "notDataActions")


def register(cloud: Cloud) -> None:
    """Add role definitions."""
    cloud.add(
        ResourceType(
            DEFINITION_TYPE, VERSIONS, name=GUID, bad_name="InvalidRoleDefinitionId", extension=True,
            put=put, get=get, delete=delete, list=list_at,
        )
    )  # fmt: skip


def find(store: Store, scope: str, definition_id: str) -> Document | None:
    """The role with the guid that `definition_id` ends in, if it can be assigned at this scope."""
    guid = definition_id.rstrip("/").rsplit("/", 1)[-1].lower()
    if guid in BY_ID:
        return _built_in(BY_ID[guid], scope)
    for document in store.of_type(DEFINITION_TYPE):
        if document["name"].lower() == guid and _assignable(document, scope):
            return document
    return None


def permissions_of(store: Store, definition_id: str) -> tuple[dict[str, Any], ...]:
    """The permission blocks of a role; none when it does not exist any more."""
    guid = definition_id.rsplit("/", 1)[-1].lower()
    if guid in BY_ID:
        return (_permissions(BY_ID[guid]),)
    for document in store.of_type(DEFINITION_TYPE):
        if document["name"].lower() == guid:
            return tuple(document["properties"]["permissions"])
    return ()


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """A role by id, at any scope that it can be assigned in."""
    scope, _, name = resource_id.rpartition("/providers/Microsoft.Authorization/roleDefinitions/")
    found = find(call.cloud.store, scope, name)
    if found is None:
        raise CloudError(
            404,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{name}' does not exist.",
        )
    return Reply(200, found)


def list_at(call: Call, scope: str) -> Reply:
    """The roles of a scope; `$filter` by type and roleName."""
    wanted = parse(call.request.query.get("$filter"), FILTERS)
    return paging.page(call, [found for found in _at(call.cloud.store, scope) if _wanted(found, wanted)])


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Create or update a custom role. The caller needs the right at every scope it is to be assignable in."""
    name = resource_id.rsplit("/", 1)[1]
    if name.lower() in BY_ID:
        raise CloudError(
            403,
            "RoleDefinitionIsBuiltIn",
            f"The built-in role '{BY_ID[name.lower()].name}' cannot be changed.",
        )
    properties = _checked(call, call.request.json().get("properties") or {})
    for scope in properties["assignableScopes"]:
        call.authorize(scope, action=f"{DEFINITION_TYPE}/write")
    _check_unique(call.cloud.store, properties["roleName"], name)
    document = {
        "id": f"{subscription_of(resource_id) or ''}/providers/{DEFINITION_TYPE}/{name}",
        "type": DEFINITION_TYPE,
        "name": name,
        "properties": {**properties, **stamps(call, existing)},
    }
    return Reply(201, call.cloud.store.put(document))


def delete(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Delete a custom role that nobody has any more."""
    if existing is None:
        return Reply(204)
    guid = existing["name"].lower()
    for assignment in Assignments(call.cloud.store).all():
        if assignment["properties"]["roleDefinitionId"].lower().endswith(guid):
            text = (
                "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)."
            )
            raise CloudError(400, "RoleDefinitionHasAssignments", text)
    call.cloud.delete_tree(resource_id)
    return Reply(200, existing)


def _at(store: Store, scope: str) -> Iterator[Document]:
    for role in BUILT_IN:
        yield _built_in(role, scope)
    for document in store.of_type(DEFINITION_TYPE):
        if _assignable(document, scope):
            yield document


def _wanted(document: Document, terms: dict[str, str]) -> bool:
    properties = document["properties"]
    fields = {"rolename": str(properties["roleName"]), "type": str(properties["type"])}
    return all(terms.get(name, value).lower() == value.lower() for name, value in fields.items())


def _assignable(document: Document, scope: str) -> bool:
    wanted = key(scope)
    scopes = [key(allowed) for allowed in document["properties"]["assignableScopes"]]
    return any(wanted == allowed or wanted.startswith(allowed + "/") for allowed in scopes)


def _built_in(role: BuiltInRole, scope: str) -> Document:
    prefix = subscription_of(scope) or ""
    return {
        "id": f"{prefix}/providers/{DEFINITION_TYPE}/{role.id}",
        "type": DEFINITION_TYPE,
        "name": role.id,
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [_permissions(role)],
            "createdOn": PUBLISHED,
            "updatedOn": PUBLISHED,
            "createdBy": None,
            "updatedBy": None,
        },
    }


def _permissions(role: BuiltInRole) -> dict[str, Any]:
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": list(role.data_actions),
        "notDataActions": list(role.not_data_actions),
    }


def _checked(call: Call, sent: dict[str, Any]) -> dict[str, Any]:
    name, scopes = sent.get("roleName"), sent.get("assignableScopes")
    if not isinstance(name, str) or not name:
        raise CloudError(400, "InvalidRoleDefinitionName", "The role definition needs a roleName.")
    if not isinstance(scopes, list) or not scopes or not all(isinstance(scope, str) for scope in scopes):
        raise CloudError(
            400, "MissingAssignableScopes", "The role definition needs at least one assignable scope."
        )
    for scope in scopes:
        if call.cloud.store.get(scope) is None:
            text = f"The assignable scope '{scope}' does not exist."
            raise CloudError(400, "InvalidAssignableScope", text)
    permissions = [_block(block) for block in sent.get("permissions") or []]
    description = str(sent.get("description") or "")
    return {
        "roleName": name, "type": "CustomRole", "description": description, "assignableScopes": scopes,
        "permissions": permissions,
    }  # fmt: skip


def _block(block: dict[str, Any]) -> dict[str, Any]:
    checked = {name: list(block.get(name) or []) for name in BLOCKS}
    for action in [action for actions in checked.values() for action in actions]:
        if not isinstance(action, str) or re.fullmatch(r"\*|[\w.*]+(/[\w.*$-]+)+", action) is None:
            raise CloudError(
                400, "InvalidActionOrNotAction", f"'{action}' does not match any of the actions supported."
            )
    return checked


def _check_unique(store: Store, role_name: str, guid: str) -> None:
    taken = {role.name.lower(): role.id for role in BUILT_IN}
    taken |= {
        found["properties"]["roleName"].lower(): found["name"] for found in store.of_type(DEFINITION_TYPE)
    }
    if taken.get(role_name.lower(), guid).lower() != guid.lower():
        text = (
            f"A custom role with the same name already exists in this directory. Use a different name "
            f"than '{role_name}'."
        )
        raise CloudError(409, "RoleDefinitionWithSameNameExists", text)


def stamps(call: Call, existing: Document | None) -> dict[str, Any]:
    """Who made a definition or an assignment and who changed it last, and when."""
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    before = existing["properties"] if existing else {}
    return {
        "createdOn": before.get("createdOn", now),
        "createdBy": before.get("createdBy", call.principal.object_id),
        "updatedOn": now,
        "updatedBy": call.principal.object_id,
    }
