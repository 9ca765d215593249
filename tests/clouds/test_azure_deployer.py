"""What a deployer of ephemeral environments tries on production: each attack, and where it would succeed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly.clouds.azure import permissions
from mayfly.clouds.azure.grants import ASSIGNMENTS, reading_scope
from tests.support.azure_in_process import LocalCloud, local_cloud

LAKE = f"/subscriptions/{PRODUCTION}/resourceGroups/lake"
ACCOUNT = f"{LAKE}/providers/Microsoft.Storage/storageAccounts/mayflylake"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/flights"
BLOB = "/mayflylake/flights/2013.csv"
PUT = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2023-11-03"}


@pytest.fixture
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Production's lake, with a blob that its owner wrote."""
    with local_cloud(tmp_path_factory.mktemp("azure")) as local:
        local.request("PUT", LAKE, {"location": "westeurope"})
        account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        keyless = {"allowSharedKeyAccess": False}
        local.request("PUT", ACCOUNT, {**account, "properties": keyless}, version="2024-01-01")
        local.request("PUT", CONTAINER, {"properties": {}}, version="2024-01-01")
        local.assign("owner", permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, ACCOUNT)
        assert write(local, "owner", b"production's") == 201
        yield local


def write(local: LocalCloud, who: str, content: bytes) -> int:
    return local.send("blob", "PUT", BLOB, content, as_=who, headers=PUT).status


def blob(local: LocalCloud) -> Any:
    return local.send("blob", "GET", BLOB, as_="owner", headers={"x-ms-version": "2023-11-03"}).status


def admit(local: LocalCloud, who: str, assignments: list[dict[str, Any]]) -> None:
    """As the owner: the documented roles."""
    for assignment in assignments:
        role = assignment["roleDefinitionId"].rpartition("/")[2]
        condition = {key: value for key, value in assignment.items() if key.startswith("condition")}
        local.assign(who, role, assignment["scope"], **condition)


def give(local: LocalCloud, who: str, scope: str, role: str, name: str = "", **more: str) -> tuple[int, str]:
    """As the deployer: a role. The status, and the assignment's id."""
    id = f"{scope}/{ASSIGNMENTS}/{name or uuid.uuid4()}"
    sent = {
        "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "principalId": local.principal(who).object_id,
        "principalType": "ServicePrincipal",
        **more,
    }
    return local.request("PUT", id, {"properties": sent}, as_="deployer", version="2022-04-01").status, id


@pytest.mark.parametrize(("subscription", "gets_in"), [(NONPRODUCTION, False), (PRODUCTION, True)])
def test_a_contributor_of_a_shared_subscription_overwrites_the_lake(
    cloud: LocalCloud, subscription: str, gets_in: bool
) -> None:
    """It gives itself the writer's role there, which it may give to the factories of its environments.

    So an ephemeral fabric beside a source is refused; where they lie apart, the same calls are.
    """
    admit(cloud, "deployer", permissions.deployer(subscription, [CONTAINER]))
    assert write(cloud, "deployer", b"ruined") == 403
    status, _ = give(cloud, "deployer", CONTAINER, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR)
    assert status == (201 if gets_in else 403)
    assert write(cloud, "deployer", b"ruined") == (201 if gets_in else 403)


@pytest.mark.parametrize(("subscription", "gets_in"), [(NONPRODUCTION, False), (PRODUCTION, True)])
def test_a_contributor_of_a_shared_subscription_switches_account_keys_on(
    cloud: LocalCloud, subscription: str, gets_in: bool
) -> None:
    """Keys that are off protect nothing from whoever may change the account."""
    admit(cloud, "deployer", permissions.deployer(subscription, [CONTAINER]))
    body = {"properties": {"allowSharedKeyAccess": True}}
    reply = cloud.request("PATCH", ACCOUNT, body, as_="deployer", version="2024-01-01")
    keys = cloud.request("POST", f"{ACCOUNT}/listKeys", as_="deployer", version="2024-01-01")
    assert (reply.status, keys.status) == ((200, 501) if gets_in else (403, 403))


@pytest.mark.parametrize(("subscription", "gets_in"), [(NONPRODUCTION, False), (PRODUCTION, True)])
def test_a_contributor_of_a_shared_subscription_removes_the_lake(
    cloud: LocalCloud, subscription: str, gets_in: bool
) -> None:
    admit(cloud, "deployer", permissions.deployer(subscription, [CONTAINER]))
    cloud.request("DELETE", CONTAINER, as_="deployer", version="2024-01-01")
    assert blob(cloud) == (404 if gets_in else 200)


@pytest.mark.parametrize(("permanent", "gets_in"), [(True, False), (False, True)])
def test_the_deployer_deletes_productions_own_grant(
    cloud: LocalCloud, permanent: bool, gets_in: bool
) -> None:
    """Its condition cannot tell whose grant it is: only one above the container is out of its reach."""
    admit(cloud, "deployer", permissions.deployer(NONPRODUCTION, [CONTAINER]))
    id = production_reads(cloud, permanent)
    refused = cloud.request("DELETE", id, as_="deployer", version="2022-04-01").status
    assert refused == (200 if gets_in else 403)
    assert reads(cloud) == (not gets_in)


@pytest.mark.parametrize(("permanent", "gets_in"), [(True, False), (False, True)])
def test_the_deployer_puts_a_condition_on_productions_own_grant(
    cloud: LocalCloud, permanent: bool, gets_in: bool
) -> None:
    """One that never holds takes it away as well."""
    admit(cloud, "deployer", permissions.deployer(NONPRODUCTION, [CONTAINER]))
    scope, _, name = production_reads(cloud, permanent).partition(f"/{ASSIGNMENTS}/")
    condition = {"condition": "!(ActionMatches{'*'})", "conditionVersion": "2.0"}
    status, _ = give(cloud, "prod", scope, permissions.STORAGE_BLOB_DATA_READER, name, **condition)
    assert status == (200 if gets_in else 403)
    assert reads(cloud) == (not gets_in)


def production_reads(local: LocalCloud, permanent: bool) -> str:
    """Production's identity reads the lake; the id of its grant, where an environment of that kind has it."""
    scope = reading_scope(CONTAINER, permanent)
    reply = local.assign("prod", permissions.STORAGE_BLOB_DATA_READER, scope)
    assert isinstance(reply.body, dict)
    assert reads(local)
    return str(reply.body["id"])


def reads(local: LocalCloud) -> bool:
    version = {"x-ms-version": "2023-11-03"}
    return local.send("blob", "GET", BLOB, as_="prod", headers=version).status == 200


def test_the_deployer_of_a_permanent_environment_grants_on_the_account_and_nowhere_wider(
    cloud: LocalCloud,
) -> None:
    admit(cloud, "deployer", permissions.deployer(PRODUCTION, [CONTAINER, f"{CONTAINER}2"], permanent=True))
    assert give(cloud, "prod", ACCOUNT, permissions.STORAGE_BLOB_DATA_READER)[0] == 201
    assert give(cloud, "prod", LAKE, permissions.STORAGE_BLOB_DATA_READER)[0] == 403
    assert reads(cloud)
