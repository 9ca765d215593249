"""What is told of an environment on the local Azure, asked as the deployer."""

from __future__ import annotations

import pytest

from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.datafactory import queries
from mayfly.clouds.azure import runs
from mayfly.status import CostClass, EnvironmentStatus
from mayfly.status.azure import NO_PROOF, VERDICT, status
from mayfly.teardown import TeardownTarget
from tests.cli.azure.test_run import call, deploy, fail, rest
from tests.teardown.world import ACCOUNT, CONTAINER, FACTORY, GROUP, LAKE_ACCOUNT, World


def asked(world: World, *sources: str) -> EnvironmentStatus:
    target = TeardownTarget("qa-7", "mayfly", "azure", (NONPRODUCTION,), "qa-7-flights", sources or None)
    return status(world.deployer, target)


def ran(world: World, pipeline: str) -> runs.Run:
    id = runs.start(world.deployer, FACTORY, pipeline)
    return runs.follow(world.deployer, FACTORY, id, lambda *_: None, first_pause=0.01)


def test_all_of_one_environment(world: World) -> None:
    principal = world.build()
    found = asked(world)
    assert found.group is not None
    assert (found.group.id, found.state) == (GROUP, "Succeeded")
    assert {thing.id for thing in found.resources} == {ACCOUNT, FACTORY}
    assert found.grants is not None
    assert (found.grants.by_principal, found.grants.by_description) == (1, 1)
    (grant,) = found.granted
    assert grant.detail == f"Storage Blob Data Reader of {principal} on mayflylake/flights"
    assert found.costs == {CostClass.BY_USE: 1, CostClass.STORED: 1}
    assert found.cost_class is CostClass.STORED
    assert (found.runs, found.runs_unknown, found.unread) == ([], "", [])
    assert (found.proved, found.proved_unknown) == (None, NO_PROOF)


def test_the_last_runs_the_latest_first_and_a_proof_apart(world: World) -> None:
    world.build()
    for name, activity in (
        ("flights", rest()),
        ("broken", fail()),
        ("mayfly-canary-0123456789abcdef", rest()),
    ):
        deploy(world, name, activity)
    ended = [ran(world, name) for name in ("flights", "broken", "mayfly-canary-0123456789abcdef")]
    found = asked(world)
    assert [(run.name, run.status, run.id) for run in found.runs] == [
        ("broken", "Failed", ended[1].id),
        ("flights", "Succeeded", ended[0].id),
    ]
    assert (found.proved, found.proved_unknown) == (ended[2].started, VERDICT)


def test_what_a_pipeline_executed_is_a_part_of_its_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run itself began before its parts, so it may be on a later page."""
    monkeypatch.setattr(queries, "PAGE", 1)
    world.build()
    deploy(world, "month", rest(), year={"type": "int"})
    deploy(world, "flights", {**call("month"), "name": "first"})
    ended = ran(world, "flights")
    found = asked(world)
    assert [(run.name, run.id) for run in found.runs] == [("flights", ended.id)]


def test_what_is_not_the_environments_own_is_marked_and_may_cost(world: World) -> None:
    world.build()
    vault = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs"
    world.owner.put(vault, {"location": "westeurope"}, wait=False)
    found = asked(world)
    (theirs,) = (thing for thing in found.resources if thing.id == vault)
    assert theirs.detail == "not the environment's own"


def test_what_may_not_be_read_is_told(world: World) -> None:
    """A source in an account on which the deployer has no role."""
    world.build()
    other = LAKE_ACCOUNT.replace("mayflylake", "otherlake")
    properties = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    world.owner.put(other, {**properties, "properties": {}}, wait=False)
    closed = f"{other}/blobServices/default/containers/closed"
    world.owner.put(closed, {"properties": {}}, wait=False)
    found = asked(world, closed)
    assert ["AuthorizationFailed" in why for why in found.unread] == [True]
    assert found.grants is not None
    assert found.grants.by_principal is None


def test_an_environment_that_is_not_there(world: World) -> None:
    found = asked(world, CONTAINER)
    assert (found.group, found.resources, found.granted, found.cost_class) == (None, [], [], None)
    assert found.runs_unknown == "there is no factory"


def test_nothing_is_written(world: World) -> None:
    world.build()
    before = len(world.requests("PUT", "DELETE", "PATCH"))
    asked(world)
    assert len(world.requests("PUT", "DELETE", "PATCH")) == before
