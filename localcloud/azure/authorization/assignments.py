"""Role assignments: who has which role where, and what a delegated administrator may assign."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localcloud.azure.authorization import definitions
from localcloud.azure.authorization.conditions import BadCondition
from localcloud.azure.authorization.conditions import parse as parse_condition
from localcloud.azure.authorization.models import ASSIGNMENT_TYPE, Assignments
from localcloud.azure.core import paging, quotas
from localcloud.azure.core.authorizing import Attributes
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.core.filters import parse
from localcloud.azure.core.ids import ROOT_GROUP, TENANT, subscription_of
from localcloud.azure.core.quotas import Quota
from localcloud.azure.core.store import Document, key

VERSIONS = frozenset(
    {"2015-07-01", "2018-01-01-preview", "2020-04-01-preview", "2020-10-01-preview", "2022-04-01"}
)
FILTERS = frozenset({"atscope", "principalid", "assignedto"})
PRINCIPAL_TYPES = frozenset({"User", "Group", "ServicePrincipal", "ForeignGroup", "Device"})
METRICS = frozenset({"2019-08-01-preview"})
MARK = f"/providers/{ASSIGNMENT_TYPE}/"
MANAGEMENT_GROUP_TYPE = "Microsoft.Management/managementGroups"


def register(cloud: Cloud) -> None:
    """Add role assignments, and the management group that they can be at."""
    cloud.add(ResourceType(MANAGEMENT_GROUP_TYPE, VERSIONS, tracked=False, get=get_management_group))
    cloud.add(
        ResourceType(
            ASSIGNMENT_TYPE, VERSIONS, name=definitions.GUID, bad_name="InvalidRoleAssignmentId",
            extension=True,
            put=put, get=get, delete=delete, list=list_at, authorize=authorize,
        )
    )  # fmt: skip
    name = "Microsoft.Authorization/roleAssignmentsUsageMetrics"
    cloud.add_operation(
        "GET", f"/subscriptions/{{subscription}}/providers/{name}", usage, f"{name}/read",
        api_versions=METRICS,
    )  # fmt: skip


def usage(call: Call) -> Reply:
    """How many a subscription has and may have. Source: azure-rest-api-specs, RoleAssignmentMetricsResult."""
    store, subscription = call.cloud.store, call.params["subscription"]
    most = quotas.limit(store, Quota.ASSIGNMENTS)
    current = quotas.used(store, Quota.ASSIGNMENTS, f"/subscriptions/{subscription}")
    numbers = {
        "roleAssignmentsLimit": most,
        "roleAssignmentsCurrentCount": current,
        "roleAssignmentsRemainingCount": most - current,
    }
    return Reply(200, {"subscriptionId": subscription, **numbers})


def authorize(call: Call, resource_id: str, action: str, existing: Document | None) -> None:
    """Conditions see what is asked for (write) and what is there (delete).

    Deleting what does not exist reveals and changes nothing, so it is allowed to whoever may delete at all.
    """
    if action.endswith("/delete") and existing is None:
        authorizer = call.cloud.authorizer
        if authorizer.allowed(call.principal, resource_id, action=action, ignore_conditions=True):
            return
    request = _attributes(call, _sent(call)) if action.endswith("/write") else {}
    resource = _attributes(call, existing["properties"]) if existing else {}
    call.authorize(resource_id, action=action, attributes=Attributes(request, resource))


def get_management_group(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """A scope of assignments and no more."""
    raise not_implemented("management groups")


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Assign a role (201). Only description and condition can be changed afterwards (200)."""
    scope, name = resource_id.split(MARK)
    properties = _checked(call, scope, _sent(call))
    _refuse_other(call, properties, name, existing)
    document = {
        "id": resource_id,
        "type": ASSIGNMENT_TYPE,
        "name": name,
        "properties": {
            **properties,
            **definitions.stamps(call, existing),
            "delegatedManagedIdentityResourceId": None,
        },
    }
    return Reply(200 if existing else 201, call.cloud.store.put(document))


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """One assignment, by the scope it was made at and its name."""
    if existing is None:
        name = resource_id.rsplit("/", 1)[1]
        raise CloudError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return Reply(200, existing)


def delete(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Take the role away: 200 with what it was, 204 when it was not there."""
    if existing is None:
        return Reply(204)
    call.cloud.delete_tree(resource_id)
    return Reply(200, existing)


def list_at(call: Call, scope: str) -> Reply:
    """Assignments at, above and below a scope; `atScope()` leaves out those below; by principal.

    `principalId` are those that name the principal, `assignedTo()` those of its groups as well.
    """
    terms = parse(call.request.query.get("$filter"), FILTERS)
    touches = _at_or_above(scope) if "atscope" in terms else _related(scope)
    kept = Assignments(call.cloud.store)
    if "assignedto" in terms:
        principal = terms["assignedto"]
        names = [principal, *call.cloud.principals.groups_of(principal)]
        candidates = [one for name in names for one in kept.of(name)]
    else:
        candidates = kept.of(terms["principalid"]) if "principalid" in terms else kept.all()
    return paging.page(call, [one for one in candidates if touches(key(one["properties"]["scope"]))])


def _at_or_above(scope: str) -> Callable[[str], bool]:
    wanted = key(scope)
    root = key(ROOT_GROUP)
    return lambda assigned: assigned == root or wanted == assigned or wanted.startswith(assigned + "/")


def _related(scope: str) -> Callable[[str], bool]:
    wanted, above = key(scope), _at_or_above(scope)
    return lambda assigned: above(assigned) or assigned.startswith(wanted + "/")


def _sent(call: Call) -> dict[str, Any]:
    sent = call.request.json().get("properties")
    if not isinstance(sent, dict):
        raise CloudError(400, "InvalidRequestContent", "The request content needs an object 'properties'.")
    return sent


def _attributes(call: Call, properties: dict[str, Any]) -> dict[str, str]:
    """What conditions can ask about an assignment. The type of a principal that is known is looked up."""
    principal_id = str(properties.get("principalId") or "")
    known = call.cloud.principals.type_of(principal_id)
    values = {
        "RoleDefinitionId": str(properties.get("roleDefinitionId") or "").rstrip("/").rsplit("/", 1)[-1],
        "PrincipalId": principal_id,
        "PrincipalType": properties.get("principalType") or known,
    }
    return {f"{ASSIGNMENT_TYPE}:{name}".lower(): str(value) for name, value in values.items() if value}


def _checked(call: Call, scope: str, sent: dict[str, Any]) -> dict[str, Any]:
    role = definitions.find(call.cloud.store, scope, str(sent.get("roleDefinitionId") or ""))
    if role is None:
        shown = str(sent.get("roleDefinitionId") or "").rsplit("/", 1)[-1].replace("-", "")
        text = f"The specified role definition with ID '{shown}' does not exist."
        raise CloudError(404, "RoleDefinitionDoesNotExist", text)
    principal_id = str(sent.get("principalId") or "").lower()
    return {
        "roleDefinitionId": role["id"],
        "principalId": principal_id,
        "principalType": _principal_type(call, principal_id, sent.get("principalType")),
        "scope": scope or "/",
        "description": sent.get("description"),
        **_condition(sent),
    }


def _principal_type(call: Call, principal_id: str, sent: object) -> str:
    """What the principal is. A type that is sent stands for one that the directory does not know yet."""
    if re.fullmatch(definitions.GUID, principal_id) is None:
        raise CloudError(
            400, "InvalidPrincipalId", f"The Principal ID '{principal_id}' is not valid. It must be a GUID."
        )
    if sent is not None and sent not in PRINCIPAL_TYPES:
        raise CloudError(
            400, "InvalidPrincipalType", f"The principal type '{sent}' is not one that is known."
        )
    known = call.cloud.principals.type_of(principal_id)
    if known is None and sent is None:
        raise CloudError(
            400,
            "PrincipalNotFound",
            f"Principal {principal_id.replace('-', '')} does not exist in the directory {TENANT}. Check "
            "that you have "
            "the correct principal ID. If you are creating this principal and then immediately assigning "
            "a role, this "
            "error might be related to a replication delay. In this case, set the role assignment "
            "principalType "
            "property to a value, such as ServicePrincipal, User, or Group.",
        )
    if known is not None and sent not in (None, known):
        text = f"The PrincipalId '{principal_id}' has type '{known}', which is different from specified "
        raise CloudError(400, "UnmatchedPrincipalType", f"{text}PrincipalType '{sent}'.")
    return str(sent or known)


def _condition(sent: dict[str, Any]) -> dict[str, Any]:
    condition, version = sent.get("condition"), sent.get("conditionVersion")
    if condition is None:
        return {"condition": None, "conditionVersion": None}
    if version not in (None, "2.0"):
        text = f"The condition version '{version}' is not supported; the version is 2.0."
        raise CloudError(400, "InvalidConditionVersion", text)
    try:
        parse_condition(str(condition))
    except BadCondition as error:
        raise CloudError(
            400, "InvalidCondition", f"The condition is not one the local Azure knows: {error}."
        ) from None
    return {"condition": condition, "conditionVersion": "2.0"}


def _refuse_other(call: Call, properties: dict[str, Any], name: str, existing: Document | None) -> None:
    """One assignment a principal, role and scope; a name stands for one of them for good."""
    kept = Assignments(call.cloud.store)
    for found in kept.named(name):
        if _grant(found["properties"]) != _grant(properties):
            text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise CloudError(400, "RoleAssignmentUpdateNotPermitted", text)
    for found in kept.of(properties["principalId"]):
        if _grant(found["properties"]) == _grant(properties) and found["name"].lower() != name.lower():
            text = "The role assignment already exists. The ID of the existing role assignment is "
            raise CloudError(409, "RoleAssignmentExists", f"{text}{found['name'].replace('-', '')}.")
    subscription = subscription_of(properties["scope"])
    full = subscription and quotas.is_full(call.cloud.store, Quota.ASSIGNMENTS, subscription)
    if existing is None and full:
        text = "No more role assignments can be created (code: RoleAssignmentLimitExceeded)."
        raise CloudError(400, "RoleAssignmentLimitExceeded", text)


def _grant(properties: dict[str, Any]) -> tuple[str, str, str]:
    role = properties["roleDefinitionId"].rsplit("/", 1)[-1].lower()
    return key(properties["scope"]), role, properties["principalId"].lower()
