"""Role definitions: the built-in ones, and custom ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localcloud.azure.authorization.builtin import BUILT_IN, BY_ID, BuiltInRole
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
MARK = f"/providers/{DEFINITION_TYPE}/"
PERMISSIONS = ("actions", "notActions", "dataActions", "notDataActions")
PUBLISHED = "2021-11-11T20:13:51.0000000Z"


def register(cloud: Cloud) -> None:
    """Add role definitions."""
    cloud.add(
        ResourceType(
            DEFINITION_TYPE, VERSIONS, name=GUID, bad_name="InvalidRoleDefinitionId", extension=True,
            put=put, get=get, delete=delete, list=list_at,
        )
    )  # fmt: skip


def find(store: Store, scope: str, definition_id: str) -> Document | None:
    """The role with the guid that `definition_id` ends in, as it is shown at a scope.

    A custom role is there at its assignable scopes and below them.
    """
    id = definition_id.rstrip("/").rsplit("/", 1)[-1].lower()
    if role := BY_ID.get(id):
        return _document(role, scope)
    own = _custom(store, id)
    return own if own is not None and _is_assignable(own, scope) else None


def permissions_of(store: Store, definition_id: str) -> dict[str, Any]:
    """The permissions of a role, none of one that is gone. definition_id: of one that existed."""
    id = definition_id.rsplit("/", 1)[-1].lower()
    if role := BY_ID.get(id):
        return _permissions(role)
    own = _custom(store, id)
    return dict(own["properties"]["permissions"][0]) if own else dict.fromkeys(PERMISSIONS, ())


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Make or change a custom role (201).

    Source: "Role Definitions - Create Or Update", REST API 2022-04-01; "Azure custom roles", properties.
    """
    scope, _, name = resource_id.rpartition(MARK)
    sent = call.request.json().get("properties") or {}
    scopes, permissions = sent.get("assignableScopes") or [], sent.get("permissions") or []
    if name.lower() in BY_ID or not sent.get("roleName") or len(permissions) != 1 or not scopes:
        text = "The role definition needs a name, one set of permissions and assignable scopes of its own."
        raise CloudError(400, "InvalidRoleDefinition", text)
    if not any(_is_at_or_below(scope, one) for one in scopes):
        text = f"The scope '{scope}' is not one of the assignable scopes of the role."
        raise CloudError(400, "InvalidRoleDefinition", text)
    others = (one for one in call.cloud.store.of_type(DEFINITION_TYPE) if one["name"].lower() != name.lower())
    if any(one["properties"]["roleName"] == sent["roleName"] for one in others):
        text = f"A custom role with the same name already exists in this directory: '{sent['roleName']}'."
        raise CloudError(409, "RoleDefinitionWithSameNameExists", text)
    document = {
        "id": resource_id,
        "type": DEFINITION_TYPE,
        "name": name,
        "properties": {
            "roleName": sent["roleName"],
            "type": "CustomRole",
            "description": sent.get("description") or "",
            "assignableScopes": scopes,
            "permissions": [{kind: list(permissions[0].get(kind) or ()) for kind in PERMISSIONS}],
            **stamps(call, existing),
        },
    }
    return Reply(201, call.cloud.store.put(document))


def delete(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Remove a custom role that nobody has."""
    if existing is None:
        return Reply(204)
    name = resource_id.rpartition("/")[2].lower()
    taken = call.cloud.store.of_type("Microsoft.Authorization/roleAssignments")
    if any(one["properties"]["roleDefinitionId"].lower().endswith(name) for one in taken):
        text = "There are existing role assignments referencing role. Remove them first."
        raise CloudError(400, "RoleDefinitionHasAssignments", text)
    call.cloud.delete_tree(resource_id)
    return Reply(200, existing)


def _custom(store: Store, id: str) -> Document | None:
    return next((one for one in store.of_type(DEFINITION_TYPE) if one["name"].lower() == id), None)


def _is_assignable(definition: Document, scope: str) -> bool:
    return any(_is_at_or_below(scope, one) for one in definition["properties"]["assignableScopes"])


def _is_at_or_below(scope: str, above: str) -> bool:
    return key(scope) == key(above) or key(scope).startswith(f"{key(above)}/")


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """A role by id, at any scope."""
    scope, _, name = resource_id.rpartition(MARK)
    found = find(call.cloud.store, scope, name)
    if found is None:
        raise CloudError(
            404,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{name}' does not exist.",
        )
    return Reply(200, found)


def list_at(call: Call, scope: str) -> Reply:
    """The roles, by type and roleName where `$filter` names them."""
    wanted = parse(call.request.query.get("$filter"), FILTERS)
    known = [_document(role, scope) for role in BUILT_IN]
    known += [one for one in call.cloud.store.of_type(DEFINITION_TYPE) if _is_assignable(one, scope)]
    return paging.page(call, [found for found in known if _fits(found, wanted)])


def _fits(document: Document, terms: dict[str, str]) -> bool:
    properties = document["properties"]
    fields = {"rolename": str(properties["roleName"]), "type": str(properties["type"])}
    return all(terms.get(name, value).lower() == value.lower() for name, value in fields.items())


def _document(role: BuiltInRole, scope: str) -> Document:
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


def stamps(call: Call, existing: Document | None) -> dict[str, Any]:
    """Who made an assignment, who changed it last, and when."""
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    before = existing["properties"] if existing else {}
    return {
        "createdOn": before.get("createdOn", now),
        "createdBy": before.get("createdBy", call.principal.object_id),
        "updatedOn": now,
        "updatedBy": call.principal.object_id,
    }
