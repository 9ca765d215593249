"""The deployer can give nobody more than reading on production, and can do nothing there itself (point 4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import product

import pytest
from azure.core.exceptions import HttpResponseError

from mayfly.clouds.azure import permissions
from tests.acceptance.isolation.conftest import Environment, give, new_principal, sdk_as
from tests.support.azure_sdk import Sdk
from tests.support.checkout import NONPRODUCTION, PRODUCTION, Checkout
from tests.support.identity import claims_of
from tests.support.isolation import bodies
from tests.support.isolation.builder import AUTHORIZATION, Builder
from tests.support.isolation.operations import Operation, discover
from tests.support.isolation.outcomes import outcome
from tests.support.isolation.places import Place

WRITES = [found for found in discover() if found.writes]
ROLES = {
    "Owner": permissions.OWNER,
    "Contributor": permissions.CONTRIBUTOR,
    "Reader": permissions.READER,
    "RBAC Administrator": permissions.RBAC_ADMINISTRATOR,
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Data Factory Contributor": "673868aa-7521-48a0-acc6-0f60742d39f5",
    "Storage Account Contributor": "17d1049b-9a84-46fb-8f53-869881c3d3ab",
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Data Contributor": permissions.STORAGE_BLOB_DATA_CONTRIBUTOR,
}
SCOPES = ("container", "account", "group", "subscription")
ANYBODY = ("itself", "the environment", "a user", "a group")
READER = permissions.STORAGE_BLOB_DATA_READER
KINDS = {"a user": "User", "a group": "Group"}


@pytest.fixture(scope="module")
def deployer_there(checkout: Checkout) -> Sdk:
    """The deployer, asking for production."""
    return Sdk(checkout.environ("deployer"), PRODUCTION)


@pytest.fixture(scope="module")
def itself(deployer_there: Sdk) -> str:
    """The deployer's object id."""
    token = deployer_there.credential.get_token("https://management.azure.com/.default").token
    return str(claims_of(token)["oid"])


@pytest.fixture
def people(itself: str, environment: Environment) -> dict[str, str]:
    """Object ids. The directory here has no users and no groups, so theirs are any."""
    nobody = str(uuid.uuid4())
    return {
        "itself": itself,
        "the environment": environment.sink.principal,
        "a user": nobody,
        "a group": nobody,
    }


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_it_writes_nothing_in_production(write: Operation, deployer_there: Sdk, lake: Place) -> None:
    assert outcome(write, deployer_there, lake).not_permitted


@pytest.mark.parametrize(("role", "scope", "who"), list(product(ROLES, SCOPES, ANYBODY)))
def test_it_gives_nobody_a_role_that_writes(
    role: str, scope: str, who: str, deployer_there: Sdk, lake: Place, people: dict[str, str]
) -> None:
    body = bodies.assignment(lake, ROLES[role], people[who], KINDS.get(who, "ServicePrincipal"))
    with pytest.raises(HttpResponseError, match="AuthorizationFailed") as refused:
        give(deployer_there, lake.scopes[scope], body)
    assert refused.value.status_code == 403


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("who", sorted(KINDS))
def test_it_lets_no_user_and_no_group_read(
    who: str, scope: str, deployer_there: Sdk, lake: Place, people: dict[str, str]
) -> None:
    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        give(deployer_there, lake.scopes[scope], bodies.assignment(lake, READER, people[who], KINDS[who]))


def test_it_lets_a_service_principal_read_and_takes_it_back(
    deployer_there: Sdk, lake: Place, somebody: str
) -> None:
    given = give(deployer_there, lake.container_id, bodies.assignment(lake, READER, somebody))
    assignments = deployer_there.authorization.role_assignments
    assert assignments.get_by_id(given).principal_id == somebody
    assert assignments.delete_by_id(given).id == given
    with pytest.raises(HttpResponseError, match="RoleAssignmentNotFound"):
        assignments.get_by_id(given)


def test_it_takes_no_other_role_from_anybody(
    deployer_there: Sdk, production: Sdk, lake: Place, itself: str
) -> None:
    found = [
        assignment
        for assignment in production.authorization.role_assignments.list_for_subscription()
        if not assignment.role_definition_id.endswith(READER)
    ]
    assert {assignment.principal_id == itself for assignment in found} == {True, False}
    for assignment in found:
        with pytest.raises(HttpResponseError, match="AuthorizationFailed") as refused:
            deployer_there.authorization.role_assignments.delete_by_id(assignment.id)
        assert refused.value.status_code == 403


def test_it_does_not_widen_its_own_condition(deployer_there: Sdk, production: Sdk, itself: str) -> None:
    own = [
        assignment
        for assignment in production.authorization.role_assignments.list_for_subscription()
        if assignment.principal_id == itself and assignment.condition
    ]
    assert own
    for assignment in own:
        role = {"roleDefinitionId": assignment.role_definition_id, "principalId": itself}
        with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
            give(deployer_there, assignment.scope, {"properties": role}, assignment.name)


def disguises(place: Place) -> Iterator[str]:
    """Ways to write Contributor, or to make a reader's id of it, that must not get past the condition."""
    contributor = permissions.CONTRIBUTOR
    definitions = f"{place.subscription_id}/providers/Microsoft.Authorization/roleDefinitions"
    yield f"{definitions}/{contributor.upper()}"
    yield f"{definitions}/{contributor}/"
    yield f"/providers/Microsoft.Authorization/roleDefinitions/{contributor}"
    yield f"{definitions}/{READER}/{contributor}"
    yield f"{definitions}/{contributor}?{READER}"
    yield contributor
    yield f"{READER},{contributor}"


def test_no_disguise_gets_past_the_condition(deployer_there: Sdk, lake: Place, somebody: str) -> None:
    for definition in disguises(lake):
        body = bodies.assignment(lake, READER, somebody)
        body["properties"]["roleDefinitionId"] = definition
        with pytest.raises(HttpResponseError, match="AuthorizationFailed") as refused:
            give(deployer_there, lake.container_id, body)
        assert refused.value.status_code == 403, definition


def test_another_ones_assignment_does_not_become_a_way_in(
    deployer_there: Sdk, production: Sdk, lake: Place, somebody: str
) -> None:
    assignment = lake.assignment_id(lake.assignment)
    with pytest.raises(HttpResponseError, match="RoleAssignmentUpdateNotPermitted"):
        give(deployer_there, lake.container_id, bodies.assignment(lake, READER, somebody), lake.assignment)
    there = production.authorization.role_assignments.get_by_id(assignment)
    assert there.role_definition_id.endswith(bodies.READER)


def test_at_home_it_gives_no_role_but_that_of_the_sink(
    checkout: Checkout, environment: Environment, people: dict[str, str]
) -> None:
    home = Sdk(checkout.environ("deployer"), NONPRODUCTION)
    sink = permissions.STORAGE_BLOB_DATA_CONTRIBUTOR
    place = environment.sink
    for role, who in product({*ROLES.values()} - {sink}, people):
        body = bodies.assignment(place, role, people[who], KINDS.get(who, "ServicePrincipal"))
        with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
            give(home, place.subscription_id, body)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_condition_is_what_refuses(
    role: str, checkout: Checkout, wider: Builder, stand_in: Place, somebody: str
) -> None:
    """Control: with the condition widened, the same principal gives the same role."""
    wider.restore_storage(stand_in)
    delegate = new_principal(checkout, "delegate")
    sdk = sdk_as(checkout, delegate, stand_in.subscription)
    narrow = permissions.delegation(READER)
    own = give(wider.sdk, stand_in.container_id, delegated(stand_in, delegate, narrow))
    name = own.rpartition("/")[2]
    wanted = bodies.assignment(stand_in, ROLES[role], somebody)
    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        give(sdk, stand_in.container_id, wanted)
    wide = narrow.replace(READER, f"{READER}, {ROLES[role]}")
    give(wider.sdk, stand_in.container_id, delegated(stand_in, delegate, wide), name)
    given = give(sdk, stand_in.container_id, wanted)
    sdk.authorization.role_assignments.delete_by_id(given)
    Builder(wider.sdk, "").delete(own, AUTHORIZATION)


def delegated(place: Place, principal: str, condition: str) -> dict[str, dict[str, str]]:
    """The right to give roles, under a condition, as the deployer has it on production."""
    body = bodies.assignment(place, permissions.RBAC_ADMINISTRATOR, principal)
    return {"properties": {**body["properties"], "condition": condition, "conditionVersion": "2.0"}}
