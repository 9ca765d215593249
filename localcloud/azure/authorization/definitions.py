"""Role definitions: the built-in ones. There are no custom roles."""

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
from localcloud.azure.core.store import Document

DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions"
VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"})
GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
FILTERS = frozenset({"atscope", "atscopeandbelow", "type", "rolename"})
PUBLISHED = "2021-11-11T20:13:51.0000000Z"


def register(cloud: Cloud) -> None:
    """Add role definitions."""
    cloud.add(
        ResourceType(
            DEFINITION_TYPE, VERSIONS, name=GUID, bad_name="InvalidRoleDefinitionId", extension=True,
            get=get, list=list_at,
        )
    )  # fmt: skip


def find(scope: str, definition_id: str) -> Document | None:
    """The role with the guid that `definition_id` ends in, as it is shown at a scope."""
    role = BY_ID.get(definition_id.rstrip("/").rsplit("/", 1)[-1].lower())
    return _document(role, scope) if role else None


def permissions_of(definition_id: str) -> dict[str, Any]:
    """The permissions of a role. definition_id: of one that exists."""
    return _permissions(BY_ID[definition_id.rsplit("/", 1)[-1].lower()])


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """A role by id, at any scope."""
    scope, _, name = resource_id.rpartition("/providers/Microsoft.Authorization/roleDefinitions/")
    found = find(scope, name)
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
    return paging.page(call, [found for role in BUILT_IN if _fits(found := _document(role, scope), wanted)])


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
