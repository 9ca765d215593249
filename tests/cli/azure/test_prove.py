"""The proof on the local Azure: as the deployer, with the factory's own identity."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, ROOT_GROUP
from mayfly.cli import canaries
from mayfly.cli.azure import canary, prove
from mayfly.cli.azure.environments import Deployed
from mayfly.cli.clouds import Row
from mayfly.cli.output import Output
from mayfly.clouds.azure import permissions
from tests.teardown.world import ACCOUNT, CONTAINER, FACTORY, GROUP, LAKE_ACCOUNT, World

SETTINGS = SimpleNamespace(
    variables=SimpleNamespace(sources={"lake": CONTAINER}, sinks={"curated": "curated"}),
    azure=SimpleNamespace(subscription=NONPRODUCTION),
    fabric=SimpleNamespace(permanent=False),
)


@pytest.fixture
def place(world: World) -> Deployed:
    principal = world.build()
    world.owner.put(f"{ACCOUNT}/blobServices/default/containers/curated", {"properties": {}}, wait=False)
    world.role(principal, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, ACCOUNT)
    endpoint = (world.owner.get(ACCOUNT) or {})["properties"]["primaryEndpoints"]["blob"]
    return Deployed(cast(Any, SETTINGS), GROUP, FACTORY, ACCOUNT, principal, endpoint)


def rows(world: World, place: Deployed, patience: float = 0.0) -> list[Row]:
    return [*prove.roles(world.deployer, place), *prove.probes(world.deployer, place, patience, Output())]


def surprises(found: list[Row]) -> list[Row]:
    return [row for row in found if not row.ok]


def test_an_isolated_environment_is_proved(world: World, place: Deployed) -> None:
    found = rows(world, place)
    assert surprises(found) == []
    assert [row.got for row in found if row.expected == "refused (403)"] == ["403"] * 6


def test_nothing_is_left_behind_in_the_factory_the_sink_or_production(world: World, place: Deployed) -> None:
    before = _containers(world)
    rows(world, place)
    assert list(world.owner.list(f"{FACTORY}/pipelines")) == []
    assert _containers(world) == before


def test_a_factory_that_may_write_production_is_a_surprise(world: World, place: Deployed) -> None:
    """And what the canary could write there is gone again."""
    world.role(place.principal_id, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, LAKE_ACCOUNT)
    before = _containers(world)
    found = surprises(rows(world, place))
    assert [row.got for row in found if row.what.startswith("delete")] == ["202", "202"]
    assert _containers(world) == before
    assert {row.what for row in found} >= {"write a blob", "holds a role"}
    assert any(row.got == "Storage Blob Data Contributor" for row in found)


def test_a_role_that_comes_through_a_group_of_groups_or_from_above_subscriptions_is_a_surprise(
    world: World, place: Deployed
) -> None:
    """And the roles by which it is refused nothing really are its own: the same writes succeed."""
    directory = world.server.cloud.principals
    inner = directory.create_group("factories", place.principal_id)
    outer = directory.create_group("data writers", inner)
    for scope in (LAKE_ACCOUNT, ROOT_GROUP):
        assign(world, outer, scope)
    found = surprises(rows(world, place))
    held = [(row.where, row.got) for row in found if row.what == "holds a role"]
    assert sorted(held) == sorted(
        (scope, "Storage Blob Data Contributor") for scope in (LAKE_ACCOUNT, ROOT_GROUP)
    )
    assert "write a blob" in {row.what for row in found}


def assign(world: World, group: str, scope: str) -> None:
    """As an administrator of the tenant does, above all subscriptions."""
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{permissions.STORAGE_BLOB_DATA_CONTRIBUTOR}"
    properties = {"roleDefinitionId": role, "principalId": group, "principalType": "Group", "scope": scope}
    name = str(uuid.uuid4())
    type = "Microsoft.Authorization/roleAssignments"
    id = f"{scope}/providers/{type}/{name}"
    world.server.cloud.store.put({"id": id, "type": type, "name": name, "properties": properties})


def test_a_missing_grant_is_a_surprise_after_the_patience(world: World, place: Deployed) -> None:
    for item in world.owner.list(f"{CONTAINER}/providers/Microsoft.Authorization/roleAssignments"):
        if item["properties"]["principalId"] == place.principal_id:
            world.owner.delete(item["id"])
    found = surprises(rows(world, place))
    assert {(row.what, row.got) for row in found} == {
        ("holds a role", "none"),
        ("list blobs", "403"),
        ("read a blob", "403"),
    }


def test_a_permission_that_becomes_effective_late_is_waited_for(
    world: World, place: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first canary runs before the grant; what must be refused is asked for once only."""
    (grant,) = [
        item
        for item in world.owner.list(f"{CONTAINER}/providers/Microsoft.Authorization/roleAssignments")
        if item["properties"]["principalId"] == place.principal_id
    ]
    world.owner.delete(grant["id"])
    made: list[set[str]] = []
    build = canary.pipeline

    def note(wanted: list[canary.Probe]) -> dict[str, Any]:
        if made:
            world.grant(place.principal_id)
        made.append({probe.name for probe in wanted})
        return build(wanted)

    monkeypatch.setattr(canary, "pipeline", note)
    assert surprises(prove.probes(world.deployer, place, 60.0, Output())) == []
    assert len(made) == 2
    assert made[1] == {"source0-list", "source0-read"}


def test_a_canary_that_a_killed_prove_left_goes(world: World, place: Deployed) -> None:
    old, young = f"{canaries.PREFIX}0000000100000000", canaries.new_name()
    for name in (old, young):
        world.owner.put(f"{FACTORY}/pipelines/{name}", canary.pipeline([]), wait=False)
    rows(world, place)
    assert [item["name"] for item in world.owner.list(f"{FACTORY}/pipelines")] == [young]


def _containers(world: World) -> list[str]:
    account = CONTAINER.rpartition("/")[0]
    return [item["id"] for item in world.owner.list(account)]
