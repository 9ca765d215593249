"""The client against the local Azure, as the least-privilege deployer wherever it is the one who calls."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure import admin
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION, TENANT
from localcloud.azure.core.quotas import Quota
from mayfly.clouds.azure import Azure, CloudError, Refused, grants, groups, locks, permissions
from mayfly.clouds.azure.preflight import preflight
from tests.support.azure_in_process import LocalServer, environment, local_server

ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
LAKE = f"/subscriptions/{PRODUCTION}/resourceGroups/lake"
ACCOUNT = f"{LAKE}/providers/Microsoft.Storage/storageAccounts/mayflylake"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/flights"
OURS = {"managed-by": "mayfly", "mayfly-env": "qa-7", "mayfly-project": "mayfly"}
GROUP = f"/subscriptions/{NONPRODUCTION}/resourceGroups/qa-7-flights"
REQUEST = {
    "subscription": NONPRODUCTION,
    "location": "westeurope",
    "group": "qa-7-flights",
    "account": "qa7flights1",
    "factory": "qa-7-flights-1",
    "project": "mayfly",
    "environment": "qa-7",
    "sources": {"lake": CONTAINER},
}


def caller(server: LocalServer, name: str) -> Azure:
    principal = server.principal(name)
    secret = server.secrets[principal.client_id]
    who = {"ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": principal.client_id, "ARM_CLIENT_SECRET": secret}
    return Azure.from_environment({**server.environment, **who})


def assign(owner: Azure, principal: str, assignment: Mapping[str, Any]) -> str:
    properties = {name: value for name, value in assignment.items() if name != "scope"}
    id = f"{assignment['scope']}/{grants.ASSIGNMENTS}/{uuid.uuid4()}"
    owner.put(
        id, {"properties": {**properties, "principalId": principal, "principalType": "ServicePrincipal"}}
    )
    return id


def lock(owner: Azure, scope: str) -> str:
    id = f"{scope}/providers/Microsoft.Authorization/locks/keep"
    owner.put(id, {"properties": {"level": "CanNotDelete"}})
    return id


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with local_server(tmp_path / "azure") as local, environment(local.environment):
        yield local


@pytest.fixture
def owner(server: LocalServer) -> Iterator[Azure]:
    """Production's owner, who has built its lake."""
    with caller(server, "owner") as cloud:
        build_lake(cloud)
        yield cloud


def build_lake(cloud: Azure) -> None:
    cloud.put(LAKE, {"location": "westeurope"})
    account = {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {},
    }
    cloud.put(ACCOUNT, account)
    cloud.put(CONTAINER, {"properties": {}})


@pytest.fixture
def deployer(server: LocalServer, owner: Azure) -> Iterator[Azure]:
    """The deployer, with the documented roles and nothing more."""
    principal = server.principal("deployer").object_id
    for assignment in permissions.deployer(NONPRODUCTION, [CONTAINER]):
        assign(owner, principal, assignment)
    with caller(server, "deployer") as cloud:
        yield cloud


def test_a_group_lives_and_goes(deployer: Azure) -> None:
    deployer.put(GROUP, {"location": "westeurope", "tags": OURS})
    assert [group.environment for group in groups.environments(deployer, NONPRODUCTION)] == ["qa-7"]
    assert groups.inventory(deployer, GROUP) == []
    assert groups.delete(deployer, GROUP, "qa-7")
    assert groups.get(deployer, GROUP) is None
    assert not groups.delete(deployer, GROUP, "qa-7")


def test_preflight_finds_nothing_wrong_with_what_can_be_made(deployer: Azure, server: LocalServer) -> None:
    found = preflight(deployer, REQUEST)
    assert found["problems"] == []
    assert found["endpoints"]["lake"]["blob"].startswith(f"{server.blob_url}/mayflylake")
    assert set(found["endpoints"]["lake"]) == {"blob", "dfs"}
    assert (found["group_tags"], found["notes"]) == ({}, [])
    me = server.principal("deployer")
    assert found["caller"] == {
        "object_id": me.object_id,
        "client_id": me.client_id,
        "tenant_id": TENANT,
        "how": "a client secret",
    }


def test_the_documented_deployer_is_told_its_own_subscriptions_quotas_and_not_productions(
    deployer: Azure, server: LocalServer
) -> None:
    admin.change_quota(server.cloud.folder, Quota.ACCOUNTS, 5)
    told = preflight(deployer, REQUEST)["quotas"]
    (unread,) = (quota for quota in told if "unread" in quota)
    assert (unread["name"], unread["where"]) == ("role assignments", f"subscription {PRODUCTION}")
    (accounts,) = (quota for quota in told if quota["name"] == "storage accounts")
    assert (accounts["used"], accounts["limit"]) == (0, 5)


def test_preflight_keeps_what_the_group_says(deployer: Azure) -> None:
    tags = {**OURS, "mayfly-expires-at": "2026-01-01T00:00:00Z"}
    deployer.put(GROUP, {"location": "westeurope", "tags": tags})
    found = preflight(deployer, REQUEST)
    assert (found["problems"], found["group_tags"]) == ([], tags)


def test_preflight_tells_another_projects_group_of_that_name(deployer: Azure) -> None:
    deployer.put(GROUP, {"location": "westeurope", "tags": {**OURS, "mayfly-project": "sales"}})
    (problem,) = preflight(deployer, REQUEST)["problems"]
    assert "of the project 'mayfly': it is of 'sales'" in problem["what"]


def test_an_application_reads_the_tags_of_its_infrastructures_group_by_a_role_there(
    deployer: Azure, owner: Azure, server: LocalServer
) -> None:
    group = f"/subscriptions/{PRODUCTION}/resourceGroups/prod-flights"
    application = {"sources": {}, "infrastructure": {"environment": "prod", "group": group}}
    (unseen,) = preflight(deployer, {**REQUEST, **application})["problems"]
    assert (unseen["where"], "AuthorizationFailed" in unseen["what"]) == ("infrastructure prod", True)
    assert unseen["denied"]
    tags = {**OURS, "mayfly-env": "prod", "mayfly-source-lake": f"{PRODUCTION}/lake/mayflylake/flights"}
    owner.put(group, {"location": "westeurope", "tags": tags})
    look = permissions.deployer(NONPRODUCTION, [], [group])[-1]
    assert look["scope"] == group
    assign(owner, server.principal("deployer").object_id, look)
    found = preflight(deployer, {**REQUEST, **application})
    assert (found["problems"], found["infrastructure"]) == ([], {"lake": CONTAINER})
    assert set(found["endpoints"]) == {"lake"}
    owner.put(group, {"location": "westeurope", "tags": {**tags, "mayfly-project": "sales"}})
    (foreign,) = preflight(deployer, {**REQUEST, **application})["problems"]
    assert "is not of prod" in foreign["what"]


def test_preflight_tells_all_problems_at_once(deployer: Azure, owner: Azure) -> None:
    deployer.put(GROUP, {"location": "westeurope", "tags": {"managed-by": "somebody"}})
    lock(owner, ACCOUNT)
    sources = {"lake": CONTAINER, "gone": f"{CONTAINER}-gone", "file": ACCOUNT, "../x": "/subscriptions/x"}
    found = preflight(deployer, {**REQUEST, "account": "mayflylake", "sources": sources})
    told = {problem["where"]: problem["what"] for problem in found["problems"]}
    assert "CanNotDelete" in told["sources.lake"]
    assert "AuthorizationFailed" in told["sources.gone"] or "does not exist" in told["sources.gone"]
    assert "is the id of a Microsoft.Storage/storageAccounts" in told["sources.file"]
    assert "is not a Resource Manager id" in told["sources.../x"]
    assert "AlreadyExists" in told["storage account mayflylake"]
    assert "marker of qa-7" in told[GROUP]
    assert set(found["endpoints"]) == {"lake"}


@pytest.mark.parametrize("scope", [CONTAINER, ACCOUNT, LAKE, f"/subscriptions/{PRODUCTION}"])
def test_the_deployer_sees_a_lock_wherever_it_is(deployer: Azure, owner: Azure, scope: str) -> None:
    lock(owner, scope)
    assert [found.scope.lower() for found in locks.on(deployer, CONTAINER)] == [scope.lower()]


def test_the_deployer_can_grant_reading_find_it_and_revoke_it(deployer: Azure, server: LocalServer) -> None:
    identity = server.principal("a-factory").object_id
    reader = {
        "scope": CONTAINER,
        "roleDefinitionId": f"{ROLES}/{permissions.STORAGE_BLOB_DATA_READER}",
        "description": grants.description("qa-7"),
    }
    id = assign(deployer, identity, reader)
    by_principal = grants.of_principal(deployer, identity, [CONTAINER, f"/subscriptions/{NONPRODUCTION}"])
    by_description = grants.of_environment(deployer, "qa-7", [CONTAINER])
    for found in (by_principal, by_description):
        assert [(grant.id.lower(), grant.role) for grant in found.grants] == [
            (id.lower(), permissions.STORAGE_BLOB_DATA_READER)
        ]
        assert not found.unread
    assert grants.revoke(deployer, id)
    assert not grants.revoke(deployer, id)
    assert grants.remaining(deployer, [id]) == []


@pytest.mark.parametrize("scope", [CONTAINER, ACCOUNT])
@pytest.mark.parametrize(
    "role", [permissions.CONTRIBUTOR, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, permissions.OWNER]
)
def test_the_deployer_can_grant_nothing_more(
    deployer: Azure, server: LocalServer, scope: str, role: str
) -> None:
    wider = {"scope": scope, "roleDefinitionId": f"{ROLES}/{role}"}
    for name in ("deployer", "a-factory"):
        with pytest.raises(Refused, match="AuthorizationFailed"):
            assign(deployer, server.principal(name).object_id, wider)


def test_a_locked_grant_is_refused_as_such(deployer: Azure, owner: Azure, server: LocalServer) -> None:
    reader = f"{ROLES}/{permissions.STORAGE_BLOB_DATA_READER}"
    id = assign(deployer, server.principal("f").object_id, {"scope": CONTAINER, "roleDefinitionId": reader})
    lock(owner, ACCOUNT)
    with pytest.raises(Refused, match="ScopeLocked"):
        grants.revoke(deployer, id)
    assert len(grants.remaining(deployer, [id])) == 1


def test_a_wrong_secret_says_so_and_does_not_show_it(server: LocalServer) -> None:
    principal = server.principal("deployer")
    who = {
        "ARM_TENANT_ID": TENANT,
        "ARM_CLIENT_ID": principal.client_id,
        "ARM_CLIENT_SECRET": "not-the-secret",
    }
    cloud = Azure.from_environment({**server.environment, **who})
    with cloud, pytest.raises(CloudError, match="ClientAuthenticationError") as caught:
        cloud.get(GROUP)
    assert "not-the-secret" not in str(caught.value)
