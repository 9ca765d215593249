from __future__ import annotations

from typing import Any

import pytest

from mayfly.clouds.azure import Refused, grants, locks, permissions
from mayfly.clouds.azure.client import Azure

SUBSCRIPTION = "/subscriptions/6d617966-6c79-4000-8000-0000000000a0"
ACCOUNT = f"{SUBSCRIPTION}/resourceGroups/lake/providers/Microsoft.Storage/storageAccounts/lake"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/flights"
ROLES = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
LIST = "providers/Microsoft.Authorization/roleAssignments"
PRINCIPAL = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "aaaaaaaa-0000-4000-8000-000000000002"
FORBIDDEN = {"error": {"code": "AuthorizationFailed", "message": "no"}}


def assignment(number: int, principal: str, description: str | None) -> dict[str, Any]:
    name = f"bbbbbbbb-0000-4000-8000-{number:012}"
    role = f"{ROLES}/{permissions.STORAGE_BLOB_DATA_READER}"
    properties = {"scope": CONTAINER, "roleDefinitionId": role, "principalId": principal}
    if description is not None:
        properties["description"] = description
    return {"id": f"{CONTAINER}/{LIST}/{name}", "name": name, "properties": properties}


def test_the_grants_of_a_principal_are_asked_for_by_its_id(cloud: Azure, arm: Any, answer: Any) -> None:
    mine = assignment(1, PRINCIPAL.upper(), "mayfly:qa-7")
    for scope in (SUBSCRIPTION, CONTAINER):
        arm.on("GET", f"{scope}/{LIST}", answer(200, {"value": [mine, assignment(2, OTHER, None)]}))
    found = grants.of_principal(cloud, PRINCIPAL, [SUBSCRIPTION, CONTAINER, CONTAINER.upper()])
    assert [(grant.id, grant.role) for grant in found.grants] == [
        (mine["id"], permissions.STORAGE_BLOB_DATA_READER)
    ]
    assert not found.unread
    assert {sent.query["$filter"] for sent in arm.sent} == {f"principalId eq '{PRINCIPAL}'"}
    assert len(arm.sent) == 2


def test_effective_roles_are_asked_for_with_those_of_groups_and_revocable_ones_without(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    listed = [assignment(1, PRINCIPAL, None), assignment(2, OTHER, None)]
    listed[1]["properties"]["scope"] = "/"
    arm.on("GET", f"{CONTAINER}/{LIST}", answer(200, {"value": listed}))
    effective = grants.effective(cloud, PRINCIPAL, [CONTAINER]).grants
    assert [(grant.principal_id, grant.scope) for grant in effective] == [
        (PRINCIPAL, CONTAINER),
        (OTHER, "/"),
    ]
    direct = grants.of_principal(cloud, PRINCIPAL, [CONTAINER]).grants
    assert [grant.principal_id for grant in direct] == [PRINCIPAL]
    assert [sent.query["$filter"] for sent in arm.sent] == [
        f"assignedTo('{PRINCIPAL}')",
        f"principalId eq '{PRINCIPAL}'",
    ]
    with pytest.raises(ValueError, match="object id"):
        grants.effective(cloud, "x') or true", [SUBSCRIPTION])


def test_what_cannot_be_read_is_unknown_and_not_empty(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", f"{SUBSCRIPTION}/{LIST}", answer(403, FORBIDDEN))
    arm.on("GET", f"{CONTAINER}/{LIST}", answer(200, {"value": [assignment(1, PRINCIPAL, None)]}))
    found = grants.of_principal(cloud, PRINCIPAL, [SUBSCRIPTION, CONTAINER])
    assert len(found.grants) == 1
    assert [scope for scope, _ in found.unread] == [SUBSCRIPTION]


def test_a_subscription_that_is_not_seen_is_unknown_and_not_empty(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    unseen = {"error": {"code": "SubscriptionNotFound", "message": "could not be found"}}
    arm.on("GET", f"{CONTAINER}/{LIST}", answer(404, unseen))
    arm.on(
        "GET", f"{ACCOUNT}/{LIST}", answer(404, {"error": {"code": "ResourceNotFound", "message": "gone"}})
    )
    found = grants.of_environment(cloud, "qa-7", [CONTAINER, ACCOUNT])
    assert [scope for scope, _ in found.unread] == [CONTAINER]


def test_a_principal_that_is_not_a_guid_never_reaches_a_filter(cloud: Azure, arm: Any) -> None:
    with pytest.raises(ValueError, match="object id"):
        grants.of_principal(cloud, "x' or true", [SUBSCRIPTION])
    assert not arm.sent


def test_the_grants_of_a_dead_principal_are_found_by_description(cloud: Azure, arm: Any, answer: Any) -> None:
    listed = [
        assignment(1, PRINCIPAL, "mayfly:qa-7"),
        assignment(2, OTHER, "mayfly:qa-71"),
        assignment(3, OTHER, None),
    ]
    arm.on("GET", f"{CONTAINER}/{LIST}", answer(200, {"value": listed}))
    found = grants.of_environment(cloud, "qa-7", [CONTAINER])
    assert [grant.id for grant in found.grants] == [listed[0]["id"]]


def test_revoking_is_idempotent_and_a_lock_refuses_it(cloud: Azure, arm: Any, answer: Any) -> None:
    id = assignment(1, PRINCIPAL, None)["id"]
    locked = {"error": {"code": "ScopeLocked", "message": "locked"}}
    arm.on("DELETE", id, answer(200, {}), answer(204), answer(409, locked))
    assert grants.revoke(cloud, id)
    assert not grants.revoke(cloud, id)
    with pytest.raises(Refused):
        grants.revoke(cloud, id)


def test_a_grants_own_get_decides_what_remains(cloud: Azure, arm: Any, answer: Any) -> None:
    stays, gone = assignment(1, PRINCIPAL, None), assignment(2, PRINCIPAL, None)
    arm.on("GET", stays["id"], answer(200, stays))
    assert [grant.id for grant in grants.remaining(cloud, [stays["id"], gone["id"]])] == [stays["id"]]


def test_only_locks_at_or_above_that_refuse_deletion_count(cloud: Azure, arm: Any, answer: Any) -> None:
    def lock(scope: str, level: str) -> dict[str, Any]:
        id = f"{scope}/providers/Microsoft.Authorization/locks/{level}"
        return {"id": id, "name": level, "properties": {"level": level}}

    listed = [
        lock(ACCOUNT, "CanNotDelete"),
        lock(SUBSCRIPTION, "ReadOnly"),
        lock(f"{CONTAINER}/x/y", "ReadOnly"),
    ]
    listed.append(lock(ACCOUNT, "NotSpecified"))
    arm.on("GET", f"{CONTAINER}/providers/Microsoft.Authorization/locks", answer(200, {"value": listed}))
    found = locks.on(cloud, CONTAINER)
    assert [(found.level, found.scope) for found in found] == [
        ("CanNotDelete", ACCOUNT),
        ("ReadOnly", SUBSCRIPTION),
    ]
    assert arm.sent[0].query["$filter"] == "atScope()"


def test_the_deployers_permissions_are_the_documented_ones() -> None:
    found = permissions.deployer("6d617966-6c79-4000-8000-0000000000b0", [CONTAINER, f"{CONTAINER}2"])
    given = [
        (item["scope"], item["roleDefinitionId"].rsplit("/", 1)[-1], "condition" in item) for item in found
    ]
    own = "/subscriptions/6d617966-6c79-4000-8000-0000000000b0"
    assert given == [
        (own, permissions.CONTRIBUTOR, False),
        (own, permissions.RBAC_ADMINISTRATOR, True),
        (ACCOUNT, permissions.READER, False),
        (CONTAINER, permissions.RBAC_ADMINISTRATOR, True),
        (f"{CONTAINER}2", permissions.RBAC_ADMINISTRATOR, True),
    ]
    assert {item["conditionVersion"] for item in found if "condition" in item} == {"2.0"}


def test_a_delegation_reads_as_azure_documents_it() -> None:
    role = "Microsoft.Authorization/roleAssignments:RoleDefinitionId"
    kind = "Microsoft.Authorization/roleAssignments:PrincipalType"
    assert permissions.delegation(permissions.STORAGE_BLOB_DATA_READER) == (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        f"(@Request[{role}] ForAnyOfAnyValues:GuidEquals {{{permissions.STORAGE_BLOB_DATA_READER}}} AND "
        f"@Request[{kind}] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}})) AND "
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR "
        f"(@Resource[{role}] ForAnyOfAnyValues:GuidEquals {{{permissions.STORAGE_BLOB_DATA_READER}}} AND "
        f"@Resource[{kind}] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))"
    )
