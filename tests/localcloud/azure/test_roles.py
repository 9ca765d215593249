"""Roles: who may do what, on which scope, and what a delegated administrator may give away.

Each refusal has its control: the same request succeeds once the role is wide enough.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters

from localcloud.azure.core.call import Reply
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION, ROOT_GROUP
from tests.support.azure_in_process import LocalCloud, LocalServer

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
LAKE = f"/subscriptions/{PRODUCTION}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/qa-1"
BODY = {"location": "westeurope"}
ATTRIBUTE = "Microsoft.Authorization/roleAssignments"


def clause(verb: str, source: str) -> str:
    return (
        f"((!(ActionMatches{{'{ATTRIBUTE}/{verb}'}})) OR "
        f"(@{source}[{ATTRIBUTE}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{BLOB_READER}}} AND "
        f"@{source}[{ATTRIBUTE}:PrincipalType] StringEqualsIgnoreCase 'ServicePrincipal'))"
    )


DELEGATION = {
    "condition": f"{clause('write', 'Request')} AND {clause('delete', 'Resource')}",
    "conditionVersion": "2.0",
}


def code(reply: Reply) -> str:
    assert isinstance(reply.body, dict), reply
    return str(reply.body["error"]["code"])


def path(scope: str, name: str = "") -> str:
    return f"{scope}/providers/{ATTRIBUTE}/{name or uuid.uuid4()}"


def give(
    cloud: LocalCloud, scope: str, role: str, who: str, *, as_: str = "owner", name: str = "", **more: str
) -> Reply:
    sent = {
        "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "principalId": who,
        **more,
    }
    return cloud.request("PUT", path(scope, name), {"properties": sent}, as_=as_, version="2022-04-01")


def assignments(cloud: LocalCloud, scope: str, filter: str, *, as_: str = "owner") -> list[dict[str, Any]]:
    query: Any = {"$filter": filter}
    listing = f"{scope}/providers/{ATTRIBUTE}"
    reply = cloud.request("GET", listing, as_=as_, version="2022-04-01", **query)
    assert isinstance(reply.body, dict)
    return list(reply.body["value"])


def test_a_member_of_a_group_in_a_group_has_its_roles_and_only_assigned_to_lists_them(
    cloud: LocalCloud,
) -> None:
    reader = cloud.principal("reader").object_id
    assert cloud.request("GET", SUBSCRIPTION, as_="reader").status == 403
    directory = cloud.cloud.principals
    inner = directory.create_group("inner", reader)
    outer = directory.create_group("outer", inner)
    refused = give(cloud, SUBSCRIPTION, READER, outer, principalType="ServicePrincipal")
    assert code(refused) == "UnmatchedPrincipalType"
    assert give(cloud, SUBSCRIPTION, READER, outer, principalType="Group").status == 201
    assert cloud.request("GET", SUBSCRIPTION, as_="reader").status == 200
    listed = {}
    for filter in (f"assignedTo('{reader}')", f"principalId eq '{reader}'"):
        found = assignments(cloud, SUBSCRIPTION, filter)
        listed[filter[:4]] = [item["properties"]["principalId"] for item in found]
    assert listed == {"assi": [outer], "prin": []}


def test_a_role_at_the_root_management_group_holds_in_every_subscription(cloud: LocalCloud) -> None:
    reader, type = cloud.principal("reader").object_id, "Microsoft.Authorization/roleAssignments"
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    properties = {"roleDefinitionId": role, "principalId": reader, "scope": ROOT_GROUP}
    id = path(ROOT_GROUP)
    assert cloud.request("GET", SUBSCRIPTION, as_="reader").status == 403
    cloud.cloud.store.put({"id": id, "type": type, "name": id[-36:], "properties": properties})
    for subscription in (SUBSCRIPTION, LAKE):
        assert cloud.request("GET", subscription, as_="reader").status == 200
        assert id in [item["id"] for item in assignments(cloud, subscription, "atScope()", as_="reader")]
    assert cloud.request("GET", id, version="2022-04-01", as_="reader").status == 200


def test_without_a_role_nothing_is_allowed(cloud: LocalCloud) -> None:
    refused = cloud.request("PUT", GROUP, BODY, as_="deployer")
    assert (refused.status, code(refused)) == (403, "AuthorizationFailed")
    deployer = cloud.principal("deployer")
    assert isinstance(refused.body, dict)
    text = refused.body["error"]["message"]
    assert text.startswith(
        f"The client '{deployer.client_id}' with object id '{deployer.object_id}' does not have "
        "authorization to "
        f"perform action 'Microsoft.Resources/subscriptions/resourceGroups/write' over scope '{GROUP}'"
    )
    cloud.assign("deployer", CONTRIBUTOR, SUBSCRIPTION)
    assert cloud.request("PUT", GROUP, BODY, as_="deployer").status == 201


def test_a_reader_reads(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, BODY)
    cloud.assign("worker", READER, SUBSCRIPTION)
    assert cloud.request("GET", GROUP, as_="worker").status == 200
    for method in ("PUT", "PATCH", "DELETE"):
        assert cloud.request(method, GROUP, BODY, as_="worker").status == 403
    cloud.assign("worker", CONTRIBUTOR, GROUP)
    for method, status in (("PUT", 200), ("PATCH", 200), ("DELETE", 202)):
        assert cloud.request(method, GROUP, BODY, as_="worker").status == status


def test_a_role_reaches_down_not_up_nor_aside(cloud: LocalCloud) -> None:
    for name in ("qa-1", "qa-10"):
        cloud.request("PUT", f"{SUBSCRIPTION}/resourceGroups/{name}", BODY)
    cloud.assign("worker", CONTRIBUTOR, GROUP)
    assert cloud.request("GET", GROUP, as_="worker").status == 200
    assert cloud.request("GET", f"{GROUP}0", as_="worker").status == 403
    assert cloud.request("PUT", f"{SUBSCRIPTION}/resourceGroups/new", BODY, as_="worker").status == 403
    listed = cloud.request("GET", f"{SUBSCRIPTION}/resourceGroups", as_="worker").body
    assert isinstance(listed, dict)
    assert [found["name"] for found in listed["value"]] == ["qa-1"]
    nobody = cloud.request("GET", f"{SUBSCRIPTION}/resourceGroups", as_="nobody")
    assert (nobody.status, code(nobody)) == (403, "AuthorizationFailed")
    seen = cloud.request("GET", "/subscriptions", as_="worker", version="2022-12-01").body
    assert isinstance(seen, dict)
    assert [found["subscriptionId"] for found in seen["value"]] == [NONPRODUCTION]


def test_contributor_gives_no_roles(cloud: LocalCloud) -> None:
    cloud.assign("deployer", CONTRIBUTOR, SUBSCRIPTION)
    deployer = cloud.principal("deployer").object_id
    refused = give(cloud, SUBSCRIPTION, OWNER, deployer, as_="deployer")
    assert (refused.status, code(refused)) == (403, "AuthorizationFailed")
    cloud.assign("deployer", OWNER, SUBSCRIPTION)
    assert give(cloud, SUBSCRIPTION, READER, deployer, as_="deployer").status == 201


def test_a_revoked_role_is_gone_at_once(cloud: LocalCloud) -> None:
    assigned = cloud.assign("worker", READER, SUBSCRIPTION).body
    assert isinstance(assigned, dict)
    assert cloud.request("GET", f"{SUBSCRIPTION}/resourceGroups", as_="worker").status == 200
    assert cloud.request("DELETE", assigned["id"], version="2022-04-01").status == 200
    assert cloud.request("GET", f"{SUBSCRIPTION}/resourceGroups", as_="worker").status == 403


@pytest.fixture
def delegated(cloud: LocalCloud) -> LocalCloud:
    cloud.assign("deployer", ADMINISTRATOR, LAKE, **DELEGATION)
    return cloud


def test_the_delegate_gives_the_one_role(delegated: LocalCloud) -> None:
    factory = delegated.principal("factory").object_id
    given = give(delegated, LAKE, BLOB_READER, factory, as_="deployer", principalType="ServicePrincipal")
    assert given.status == 201
    assert isinstance(given.body, dict)
    assert delegated.request("DELETE", given.body["id"], as_="deployer", version="2022-04-01").status == 200
    assert delegated.request("DELETE", given.body["id"], as_="deployer", version="2022-04-01").status == 204


@pytest.mark.parametrize("role", [CONTRIBUTOR, OWNER, BLOB_CONTRIBUTOR, ADMINISTRATOR])
def test_the_delegate_gives_no_other_role_to_itself_or_anyone(delegated: LocalCloud, role: str) -> None:
    for who in ("deployer", "factory"):
        object_id = delegated.principal(who).object_id
        refused = give(delegated, LAKE, role, object_id, as_="deployer", principalType="ServicePrincipal")
        assert (refused.status, code(refused)) == (403, "AuthorizationFailed")
    assert give(delegated, LAKE, role, delegated.principal("factory").object_id).status == 201, (
        "the owner may"
    )


def test_the_delegate_gives_nothing_to_people(delegated: LocalCloud) -> None:
    person = str(uuid.uuid4())
    assert give(delegated, LAKE, BLOB_READER, person, as_="deployer", principalType="User").status == 403
    assert give(delegated, LAKE, BLOB_READER, person, principalType="User").status == 201, "the owner may"


def test_the_delegate_takes_no_other_role_away(delegated: LocalCloud) -> None:
    other = delegated.assign("factory", CONTRIBUTOR, LAKE).body
    assert isinstance(other, dict)
    refused = delegated.request("DELETE", other["id"], as_="deployer", version="2022-04-01")
    assert (refused.status, code(refused)) == (403, "AuthorizationFailed")
    own = delegated.request("GET", f"{LAKE}/providers/{ATTRIBUTE}", version="2022-04-01", as_="deployer").body
    assert isinstance(own, dict)
    mine = next(
        one
        for one in own["value"]
        if one["properties"]["principalId"] == delegated.principal("deployer").object_id
    )
    changed = {**mine["properties"], "condition": None, "conditionVersion": None}
    refused = delegated.request(
        "PUT", mine["id"], {"properties": changed}, as_="deployer", version="2022-04-01"
    )
    assert refused.status == 403, "its own condition least of all"
    assert delegated.request("PUT", mine["id"], {"properties": changed}, version="2022-04-01").status == 200
    assert delegated.request("DELETE", other["id"], as_="deployer", version="2022-04-01").status == 200


def test_conditions_that_are_not_known_are_not_stored(cloud: LocalCloud) -> None:
    who = cloud.principal("worker").object_id
    for more, expected in (
        ({"condition": "SubOperationMatches{'Blob.List'}"}, "InvalidCondition"),
        ({"condition": DELEGATION["condition"], "conditionVersion": "1.0"}, "InvalidConditionVersion"),
    ):
        refused = give(cloud, LAKE, READER, who, **more)
        assert (refused.status, code(refused)) == (400, expected)


def test_assignments_are_unique(cloud: LocalCloud) -> None:
    who, name = cloud.principal("worker").object_id, str(uuid.uuid4())
    assert give(cloud, LAKE, READER, who, name=name).status == 201
    assert give(cloud, LAKE, READER, who, name=name, description="told").status == 200
    again = give(cloud, LAKE, READER, who)
    assert (again.status, code(again)) == (409, "RoleAssignmentExists")
    other = give(cloud, LAKE, READER, cloud.principal("other").object_id, name=name)
    assert (other.status, code(other)) == (400, "RoleAssignmentUpdateNotPermitted")
    assert give(cloud, LAKE, CONTRIBUTOR, who).status == 201


def test_what_an_assignment_names_must_exist(cloud: LocalCloud) -> None:
    nobody, somebody = str(uuid.uuid4()), cloud.principal("worker").object_id
    refused = give(cloud, LAKE, READER, nobody)
    assert (refused.status, code(refused)) == (400, "PrincipalNotFound")
    assert give(cloud, LAKE, READER, nobody, principalType="ServicePrincipal").status == 201
    for scope, role, name, status, expected in (
        (LAKE, str(uuid.uuid4()), "", 404, "RoleDefinitionDoesNotExist"),
        (f"{LAKE}/resourceGroups/none", READER, "", 404, "ResourceGroupNotFound"),
        (LAKE, READER, "no-guid", 400, "InvalidRoleAssignmentId"),
    ):
        refused = give(cloud, scope, role, somebody, name=name)
        assert (refused.status, code(refused)) == (status, expected)


def test_grants_outside_outlive_the_group_and_the_principal(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, BODY)
    inside = cloud.assign("factory", READER, GROUP).body
    outside = cloud.assign("factory", READER, LAKE).body
    assert isinstance(inside, dict)
    assert isinstance(outside, dict)
    object_id = cloud.principal("factory").object_id
    cloud.request("DELETE", GROUP)
    cloud.cloud.principals.delete(object_id)
    assert cloud.request("GET", outside["id"], version="2022-04-01").status == 200
    assert cloud.request("GET", inside["id"], version="2022-04-01").status == 404


def test_the_official_client_lists_by_filter(
    server: LocalServer, authorization: AuthorizationManagementClient
) -> None:
    server.request("PUT", GROUP, BODY)
    server.assign("factory", READER, GROUP)
    server.assign("factory", BLOB_READER, SUBSCRIPTION)
    factory = server.principal("factory").object_id

    def roles(scope: str, filter: str) -> set[str]:
        found = authorization.role_assignments.list_for_scope(scope, filter=filter)
        return {one.role_definition_id.rsplit("/", 1)[1] for one in found}

    assert roles(SUBSCRIPTION, f"principalId eq '{factory}'") == {READER, BLOB_READER}
    assert roles(GROUP, f"assignedTo('{factory}')") == {READER, BLOB_READER}
    assert roles(SUBSCRIPTION, f"atScope() and assignedTo('{factory}')") == {BLOB_READER}
    assert roles(SUBSCRIPTION, "atScope()") == {BLOB_READER, OWNER}
    with pytest.raises(HttpResponseError, match="InvalidFilterInQueryString"):
        roles(SUBSCRIPTION, "roleName eq 'x'")


def test_the_official_client_makes_and_takes_away(
    server: LocalServer, authorization: AuthorizationManagementClient
) -> None:
    name, factory = str(uuid.uuid4()), server.principal("factory").object_id
    definitions = list(authorization.role_definitions.list(SUBSCRIPTION, filter="roleName eq 'Reader'"))
    assert [found.name for found in definitions] == [READER]
    parameters = RoleAssignmentCreateParameters(
        role_definition_id=definitions[0].id,
        principal_id=factory,
        principal_type="ServicePrincipal",
        description="d",
    )
    made = authorization.role_assignments.create(SUBSCRIPTION, name, parameters)
    assert (made.principal_id, made.scope, made.description) == (factory, SUBSCRIPTION, "d")
    assert authorization.role_assignments.get(SUBSCRIPTION, name) == made
    with pytest.raises(ResourceExistsError, match="RoleAssignmentExists"):
        authorization.role_assignments.create(SUBSCRIPTION, str(uuid.uuid4()), parameters)
    assert authorization.role_assignments.delete(SUBSCRIPTION, name) is not None
    assert authorization.role_assignments.delete(SUBSCRIPTION, name) is None
    with pytest.raises(ResourceNotFoundError, match="RoleAssignmentNotFound"):
        authorization.role_assignments.get(SUBSCRIPTION, name)


def test_custom_roles(cloud: LocalCloud) -> None:
    name = str(uuid.uuid4())
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{name}"
    block = {"actions": ["Microsoft.Resources/subscriptions/resourceGroups/*"],
             "notActions": ["Microsoft.Resources/subscriptions/resourceGroups/delete"]}  # fmt: skip
    properties = {"roleName": "Groups", "assignableScopes": [SUBSCRIPTION], "permissions": [block]}

    def put(id: str, sent: dict[str, Any], caller: str = "owner") -> Reply:
        return cloud.request("PUT", id, {"properties": sent}, as_=caller, version="2022-04-01")

    assert put(role, properties).status == 201
    assert put(role, properties, "deployer").status == 403
    assert cloud.request("DELETE", role, as_="deployer", version="2022-04-01").status == 403
    taken = put(f"{role.rpartition('/')[0]}/{uuid.uuid4()}", properties)
    assert (taken.status, code(taken)) == (409, "RoleDefinitionWithSameNameExists")
    assert give(cloud, LAKE, name, cloud.principal("worker").object_id).status == 404, "not assignable there"

    cloud.assign("worker", name, SUBSCRIPTION)
    assert cloud.request("PUT", GROUP, BODY, as_="worker").status == 201
    assert cloud.request("DELETE", GROUP, as_="worker").status == 403
    used = cloud.request("DELETE", role, version="2022-04-01")
    assert (used.status, code(used)) == (400, "RoleDefinitionHasAssignments")
    put(role, {**properties, "permissions": [{**block, "notActions": []}]})
    assert cloud.request("DELETE", GROUP, as_="worker").status == 202
