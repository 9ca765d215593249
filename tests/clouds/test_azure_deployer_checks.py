"""The roles of a deployer, as the local Azure tells them to it: the documented ones, fewer, and more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly.check import Check, Outcome
from mayfly.clouds.azure import permissions
from mayfly.proof.azure import deployer
from tests.clouds.test_azure_on_local_cloud import ACCOUNT, CONTAINER, assign, build_lake, caller
from tests.support.azure_in_process import LocalServer, environment, local_server

WANTED: Any = SimpleNamespace(
    name="qa-doctor",
    azure=SimpleNamespace(subscription=NONPRODUCTION),
    fabric=SimpleNamespace(permanent=False),
    variables=SimpleNamespace(granted={"lake": CONTAINER}),
    infrastructure_group=None,
)
NEEDED = permissions.deployer(NONPRODUCTION, [CONTAINER])
DELEGATED = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with local_server(tmp_path / "azure") as local, environment(local.environment):
        with caller(local, "owner") as cloud:
            build_lake(cloud)
        yield local


def given(server: LocalServer, *assignments: dict[str, Any]) -> list[Check]:
    """What the deployer finds wrong, or cannot know, with these role assignments."""
    who = server.principal("deployer").object_id
    with caller(server, "owner") as owner, caller(server, "deployer") as cloud:
        for assignment in assignments:
            assign(owner, who, assignment)
        signed_in, *checks = deployer.checks(cloud, WANTED)
    assert who in signed_in.told
    assert "by a client secret; the token ends at 2" in signed_in.told
    assert all(check.rights for check in checks)
    return [check for check in checks if check.outcome is not Outcome.OK]


def role(guid: str, scope: str, **more: str) -> dict[str, Any]:
    return {"scope": scope, "roleDefinitionId": f"{DELEGATED}/{guid}", **more}


def test_the_documented_roles_are_enough_and_not_too_many(server: LocalServer) -> None:
    assert given(server, *NEEDED) == []


@pytest.mark.parametrize("left_out", range(len(NEEDED)))
def test_each_role_that_is_missing_is_told_or_what_it_hides_is(server: LocalServer, left_out: int) -> None:
    found = given(server, *(one for number, one in enumerate(NEEDED) if number != left_out))
    scope, guid = NEEDED[left_out]["scope"], NEEDED[left_out]["roleDefinitionId"].rpartition("/")[2]
    shown = f"{permissions.ROLE_NAMES[guid]} on {scope}"
    assert any(shown in check.told for check in found)
    assert all(check.told.startswith("too few") or check.outcome is Outcome.UNKNOWN for check in found)


@pytest.mark.parametrize(
    ("guid", "scope", "condition"),
    [
        (permissions.OWNER, f"/subscriptions/{PRODUCTION}", ""),
        (permissions.CONTRIBUTOR, f"/subscriptions/{PRODUCTION}", ""),
        (permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, ACCOUNT, ""),
        (permissions.RBAC_ADMINISTRATOR, ACCOUNT, ""),
        (
            permissions.RBAC_ADMINISTRATOR,
            ACCOUNT,
            permissions.delegation(permissions.STORAGE_BLOB_DATA_CONTRIBUTOR),
        ),
    ],
)
def test_a_role_that_can_change_production_is_one_too_many(
    server: LocalServer, guid: str, scope: str, condition: str
) -> None:
    more = {"condition": condition, "conditionVersion": "2.0"} if condition else {}
    (check,) = given(server, *NEEDED, role(guid, scope, **more))
    assert check.outcome is Outcome.NO
    assert check.told.startswith(f"too many: {permissions.ROLE_NAMES[guid]} on {scope}")


def test_roles_that_read_are_not_too_many(server: LocalServer) -> None:
    data = role(permissions.STORAGE_BLOB_DATA_READER, CONTAINER)
    assert given(server, *NEEDED, role(permissions.READER, f"/subscriptions/{PRODUCTION}"), data) == []


def test_what_may_not_be_read_is_not_known_and_not_fine(server: LocalServer) -> None:
    found = given(server)
    assert {check.outcome for check in found} == {Outcome.UNKNOWN}
    assert not any("none of its roles" in check.told for check in found)
