"""The proof on the local Azure: as the deployer, with the factory's own identity."""

from __future__ import annotations

import dataclasses
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.azure import admin
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION, ROOT_GROUP
from mayfly.clouds.azure import permissions
from mayfly.errors import MayflyError
from mayfly.proof import canaries
from mayfly.proof.azure import canary, prove
from mayfly.proof.azure.environments import DeployedEnvironment
from mayfly.proof.verdict import Outcome, Proof, Row
from mayfly.settings.sinks import Sink
from tests.teardown.world import (
    ACCOUNT,
    CONTAINER,
    FACTORY,
    GROUP,
    LAKE_ACCOUNT,
    OURS,
    SOURCE,
    World,
)

READERS = permissions.STORAGE_BLOB_DATA_READER
WRITERS = permissions.STORAGE_BLOB_DATA_CONTRIBUTOR
HELD = "holds a role"


def settings(sources: dict[str, str]) -> Any:
    """What a branch's files say."""
    return SimpleNamespace(
        variables=SimpleNamespace(
            granted=sources,
            sinks={"curated": Sink("curated")},
            accounts=("",),
            linked_services={},
            overrides={},
            managed_private_endpoints="left out",
        ),
        azure=SimpleNamespace(subscription=NONPRODUCTION, permanent=False, shared_subscription=False),
        fabric=SimpleNamespace(permanent=False),
    )


@pytest.fixture
def place(world: World) -> DeployedEnvironment:
    principal = world.build()
    world.owner.put(f"{ACCOUNT}/blobServices/default/containers/curated", {"properties": {}}, wait=False)
    world.role(principal, WRITERS, ACCOUNT)
    endpoint = (world.owner.get(ACCOUNT) or {})["properties"]["primaryEndpoints"]["blob"]
    wanted = settings({"lake": CONTAINER})
    return DeployedEnvironment(wanted, GROUP, FACTORY, ACCOUNT, principal, endpoint, {**OURS, **SOURCE})


@pytest.fixture
def blob(world: World) -> str:
    """A blob of production, below the container's root."""
    return write(world, "2013/01.csv")


def write(world: World, name: str) -> str:
    who = world.server.principal("lake-writer")
    world.role(who.object_id, WRITERS, LAKE_ACCOUNT)
    sent = {"x-ms-blob-type": "BlockBlob", "x-ms-version": "2023-11-03", "content-length": "4"}
    reply = world.server.send(
        "blob", "PUT", f"/mayflylake/flights/{name}", b"year", as_="lake-writer", headers=sent
    )
    assert reply.status == 201, reply.body
    return name


def judged(world: World, place: DeployedEnvironment, patience: float = 0.0) -> Proof:
    return prove.judge(world.deployer, place, patience, print)


def rows(world: World, place: DeployedEnvironment, patience: float = 0.0) -> list[Row]:
    return [*judged(world, place, patience).rows]


def surprises(found: list[Row]) -> list[Row]:
    return [row for row in found if not row.ok]


def of(outcome: Outcome, found: list[Row]) -> set[tuple[str, str]]:
    return {(row.what, row.got) for row in found if row.outcome is outcome}


def delay(world: World, seconds: float) -> None:
    """From now on, role assignments are effective so long after they were made."""
    admin.delay_grants(world.server.cloud.folder, seconds)


def test_an_isolated_environment_is_proved(world: World, place: DeployedEnvironment) -> None:
    found = judged(world, place)
    assert surprises([*found.rows]) == []
    assert [row.got for row in found.rows if row.expected == "refused (403)"] == ["403"] * 6
    (source,) = found.sources
    assert (source.name, source.where) == ("lake", "mayflylake/flights")
    assert source.known_from == ("the group's tags", "a role assignment", "the variable group")


def test_nothing_is_left_behind_in_the_factory_the_sink_or_production(
    world: World, place: DeployedEnvironment
) -> None:
    before = _containers(world)
    rows(world, place)
    assert list(world.owner.list(f"{FACTORY}/pipelines")) == []
    assert _containers(world) == before


def test_a_factory_that_may_write_production_is_a_surprise(
    world: World, place: DeployedEnvironment, blob: str
) -> None:
    """And what the canary could write there is gone again."""
    world.role(place.principal_id, WRITERS, LAKE_ACCOUNT)
    before = _containers(world)
    found = surprises(rows(world, place))
    assert [row.got for row in found if row.what.startswith("delete")] == ["202", "202", "202"]
    assert _containers(world) == before
    assert {row.what for row in found} >= {"write a blob", "write a blob in 2013/", HELD}
    assert any(row.got == "Storage Blob Data Contributor" for row in found)
    assert {row.outcome for row in found} == {Outcome.NO}


def test_a_path_below_the_root_is_tried(world: World, place: DeployedEnvironment, blob: str) -> None:
    """Where an account has a hierarchical namespace, a folder's ACLs may allow what roles do not."""
    found = rows(world, place)
    assert surprises(found) == []
    written = [row for row in found if row.what.endswith(" a blob in 2013/")]
    assert [(row.what.split()[0], row.got) for row in written] == [("write", "403"), ("delete", "403")]
    assert all("/flights/2013/mayfly-canary-" in row.where for row in written)


def test_a_role_that_comes_through_a_group_of_groups_or_from_above_subscriptions_is_a_surprise(
    world: World, place: DeployedEnvironment
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


def test_a_missing_grant_is_a_surprise_after_the_patience(world: World, place: DeployedEnvironment) -> None:
    """And what is refused there shows nothing."""
    _revoke(world, place)
    found = rows(world, place)
    assert of(Outcome.NO, found) == {(HELD, "none"), ("list blobs", "403"), ("read a blob", "403")}
    refused = of(Outcome.NOT_SHOWN, found)
    assert {what for what, _ in refused} == {
        "write a blob",
        "write a block",
        "change metadata",
        "delete a blob",
        "create a container",
        "delete a container",
    }
    assert {got for _, got in refused} == {"403, but what is allowed here does not work"}


def test_a_role_that_becomes_effective_late_and_writes_is_not_taken_for_isolation(
    world: World, place: DeployedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must be refused is asked when what is allowed works, and once: before, everything is refused."""
    _revoke(world, place)
    delay(world, 3600.0)
    world.role(place.principal_id, WRITERS, LAKE_ACCOUNT)
    made: list[set[str]] = []
    build = canary.pipeline

    def note(wanted: list[canary.Probe]) -> dict[str, Any]:
        if made:
            delay(world, 0.0)
        made.append({probe.what for probe in wanted})
        return build(wanted)

    monkeypatch.setattr(canary, "pipeline", note)
    found = rows(world, place, 60.0)
    assert ("write a blob", "201") in of(Outcome.NO, found)
    assert of(Outcome.NOT_SHOWN, found) == set()
    reads, again, writes = made
    assert "write a block" not in reads | again
    assert {"write a block", "create a container"} <= writes


def test_the_same_role_that_only_reads_is_waited_for(
    world: World, place: DeployedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    _late_grant(world, place)
    build = canary.pipeline

    made = 0

    def note(wanted: list[canary.Probe]) -> dict[str, Any]:
        nonlocal made
        made += 1
        if made == 2:
            delay(world, 0.0)
        return build(wanted)

    monkeypatch.setattr(canary, "pipeline", note)
    assert surprises(rows(world, place, 60.0)) == []


def test_a_branch_that_leaves_a_source_out_still_sees_it_judged(
    world: World, place: DeployedEnvironment
) -> None:
    """By the group's tags; and with a role that writes it, the answer is no."""
    silent = dataclasses.replace(place, settings=settings({}))
    proof = judged(world, silent)
    assert surprises([*proof.rows]) == []
    assert [source.name for source in proof.sources] == ["lake"]
    world.role(place.principal_id, WRITERS, LAKE_ACCOUNT)
    assert "write a blob" in {what for what, _ in of(Outcome.NO, rows(world, silent))}


def test_what_neither_tags_nor_branch_name_is_judged_by_its_role_assignment(
    world: World, place: DeployedEnvironment
) -> None:
    """The deployer's Reader on the accounts of production is enough to find it."""
    silent = dataclasses.replace(place, settings=settings({}), tags=OURS)
    other = f"{CONTAINER.rpartition('/')[0]}/persons"
    world.owner.put(other, {"properties": {}}, wait=False)
    world.role(place.principal_id, WRITERS, other)
    proof = judged(world, silent)
    assert {(source.where, *source.known_from) for source in proof.sources} == {
        ("mayflylake/flights", "a role assignment"),
        ("mayflylake/persons", "a role assignment"),
    }
    wrong = [row for row in proof.rows if row.outcome is Outcome.NO]
    assert {row.where.partition(" ")[0] for row in wrong} == {"mayflylake/persons", other, CONTAINER}
    assert "write a blob" in {row.what for row in wrong}


def test_a_tag_that_names_no_container_hides_nothing(world: World, place: DeployedEnvironment) -> None:
    with pytest.raises(MayflyError, match=r"mayfly-source-lake of .* names no source"):
        judged(world, dataclasses.replace(place, tags={**OURS, "mayfly-source-lake": "lake"}))


@pytest.mark.parametrize("kind", ["factory", "user-assigned"])
def test_another_identity_in_the_group_with_a_writers_role_is_a_no(
    world: World, place: DeployedEnvironment, kind: str
) -> None:
    """Whatever the group's list of resources names: that lags."""
    other = f"{FACTORY}-2" if kind == "factory" else f"{GROUP}/providers/Microsoft.ManagedIdentity"
    other += "" if kind == "factory" else "/userAssignedIdentities/more"
    body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}
    with admin.lagging(world.server.cloud.folder):
        made = world.owner.put(other, body, wait=False)
        principal = (made.get("identity") or made["properties"])["principalId"]
        assert surprises(rows(world, place)) == []
        world.role(principal, WRITERS, LAKE_ACCOUNT)
        (wrong,) = surprises(rows(world, place))
    assert (wrong.outcome, wrong.got) == (Outcome.NO, "Storage Blob Data Contributor")
    assert other.rpartition("/")[2] in wrong.what


def test_a_role_in_a_subscription_that_the_caller_happens_to_see_is_a_no(
    world: World, place: DeployedEnvironment
) -> None:
    """Of production the deployer's documented roles show the sources' accounts alone."""
    elsewhere = f"/subscriptions/{PRODUCTION}/resourceGroups/elsewhere"
    world.owner.put(elsewhere, {"location": "westeurope"}, wait=False)
    world.role(place.principal_id, permissions.CONTRIBUTOR, elsewhere)
    assert surprises(rows(world, place)) == []
    proof = prove.judge(world.owner, place, 0.0, print)
    assert [(row.where, row.got) for row in surprises([*proof.rows])] == [(elsewhere, "Contributor")]


def test_a_source_whose_account_cannot_be_asked_is_not_shown(
    world: World, place: DeployedEnvironment
) -> None:
    gone = CONTAINER.replace("mayflylake", "gonelake")
    proof = judged(world, dataclasses.replace(place, settings=settings({"lost": gone})))
    not_shown = [row for row in proof.rows if row.outcome is Outcome.NOT_SHOWN]
    assert [row.where for row in not_shown if row.what == "is tried"] == [gone]


def test_a_validation_error_is_neither_refused_nor_a_no(
    world: World, place: DeployedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a header that the service does not take: it is told before anybody's permission is looked at."""
    monkeypatch.setattr(canary, "BLOCK", "comp=nothing")
    found = rows(world, place)
    (wrong,) = surprises(found)
    assert (wrong.what, wrong.outcome) == ("write a block", Outcome.NOT_SHOWN)
    assert wrong.got in ("400", "501")


def test_up_waits_until_what_is_allowed_works(
    world: World, place: DeployedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    _late_grant(world, place)
    sinks = [canary.Store("curated", place.blob_endpoint, "curated")]
    refused = prove.usable(world.deployer, place, sinks, 0.0, print)
    assert {row.what for row in refused} == {"list blobs", "read a blob"}
    build = canary.pipeline
    made = 0

    def note(wanted: list[canary.Probe]) -> dict[str, Any]:
        nonlocal made
        made += 1
        if made == 2:
            delay(world, 0.0)
        return build(wanted)

    monkeypatch.setattr(canary, "pipeline", note)
    assert prove.usable(world.deployer, place, sinks, 60.0, print) == []
    assert made == 2


def test_up_asks_nothing_where_no_permission_was_changed() -> None:
    nobody: Any = None
    assert prove.await_access(nobody, nobody, {"azure-native:storage:BlobContainer"}, print) == []


def test_a_canary_that_a_killed_prove_left_goes(world: World, place: DeployedEnvironment) -> None:
    old, young = f"{canaries.PREFIX}0000000100000000", canaries.new_name()
    for name in (old, young):
        world.owner.put(f"{FACTORY}/pipelines/{name}", canary.pipeline([]), wait=False)
    rows(world, place)
    assert [item["name"] for item in world.owner.list(f"{FACTORY}/pipelines")] == [young]


def _containers(world: World) -> list[str]:
    account = CONTAINER.rpartition("/")[0]
    return [item["id"] for item in world.owner.list(account)]


def _revoke(world: World, place: DeployedEnvironment) -> None:
    for item in world.owner.list(f"{CONTAINER}/providers/Microsoft.Authorization/roleAssignments"):
        if item["properties"]["principalId"] == place.principal_id:
            world.owner.delete(item["id"])


def _late_grant(world: World, place: DeployedEnvironment) -> None:
    """The reader role on the lake, given now and effective much later."""
    _revoke(world, place)
    delay(world, 3600.0)
    world.grant(place.principal_id)
