"""Teardown on the local Azure, as the least-privilege deployer."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from localcloud.azure import admin
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly import naming
from mayfly.clouds.azure import Azure, grants, groups, permissions
from mayfly.clouds.thing import Thing
from mayfly.errors import Busy, NotAllowed
from mayfly.naming.azure import ids
from mayfly.teardown import TeardownTarget
from mayfly.teardown.azure import subject
from mayfly.teardown.azure.grants import GrantKind
from mayfly.teardown.azure.group import GroupKind
from mayfly.teardown.receipt import Grants, kept
from mayfly.teardown.stack import CLAIMED, Claim
from tests.support.receipts import wrong
from tests.teardown.world import (
    ACCOUNT,
    CONTAINER,
    FACTORY,
    GROUP,
    IDENTITY,
    LAKE_ACCOUNT,
    OURS,
    SOURCE,
    SUBSCRIPTION,
    FakeStack,
    World,
    fails,
)


def test_from_tags_alone_grants_first_then_one_delete(world: World) -> None:
    """No state, no settings: what the group's tags say is enough."""
    principal = world.build()
    receipt = world.teardown(sources=None).run()
    assert receipt.complete, receipt.remains
    assert receipt.known_from == ("tags",)
    assert "may lag by 18 minutes" in receipt.looked_for_others
    assert {thing.id for thing in receipt.gone} >= {GROUP, ACCOUNT, FACTORY}
    assert receipt.production_grants.principals == (principal,)
    deleted = world.requests("DELETE")
    assert [path.rsplit("/", 2)[-2] for path in deleted] == ["roleAssignments", "resourceGroups"]
    assert groups.get(world.owner, GROUP) is None


def test_the_receipt_calls_a_shared_subscription_what_it_is(world: World) -> None:
    assert world.teardown().run().caveats == ()
    beside = CONTAINER.replace(PRODUCTION, NONPRODUCTION)
    assert world.teardown(sources=(CONTAINER, beside)).run().caveats == (permissions.SHARED,)


def test_absent_is_success_and_touches_nothing(world: World) -> None:
    receipt = world.teardown().run()
    assert receipt.complete
    assert receipt.was == ()
    assert world.requests("DELETE", "PUT", "POST") == []


def test_a_group_without_its_sources_leaves_grants_unknown_when_the_files_cannot_tell(world: World) -> None:
    world.build(tags=OURS)
    receipt = world.teardown(sources=None).run()
    assert not receipt.complete
    assert receipt.production_grants.by_principal is None


def test_a_described_grant_goes_and_its_principals_other_grants_do_not(world: World) -> None:
    """A description may have been copied: whose the other grants are, nobody knows."""
    somebody = world.server.principal("somebody").object_id
    copied = world.grant(somebody)
    own = world.role(somebody, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, CONTAINER)
    receipt = world.teardown().run()
    assert [thing.id for thing in receipt.gone] == [copied]
    assert grants.get(world.owner, own) is not None
    assert (receipt.production_grants.by_principal, receipt.production_grants.by_description) == (1, 0)


def test_a_list_that_still_names_a_revoked_grant_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists lag behind; the grant's own GET decides."""
    principal = world.build()
    before = grants.of_principal(world.owner, principal, [CONTAINER])
    monkeypatch.setattr(grants, "of_principal", lambda *_: before)
    monkeypatch.setattr(grants, "of_environment", lambda *_: before)
    receipt = world.teardown().run()
    assert receipt.complete
    assert (receipt.production_grants.by_principal, receipt.production_grants.by_description) == (0, 0)


def test_absent_but_nobody_knows_where_grants_may_be_is_unknown(world: World) -> None:
    receipt = world.teardown(sources=None).run()
    assert not receipt.complete
    assert receipt.remains[0].why.startswith("unknown: ")
    assert receipt.production_grants.by_description is None


def test_a_dead_principals_grant_is_found_by_its_description(world: World) -> None:
    principal = world.build()
    groups.delete(world.owner, GROUP, "qa-7", sleep=lambda _: None)
    receipt = world.teardown().run()
    assert receipt.complete
    (grant,) = receipt.gone
    assert grant.detail == f"Storage Blob Data Reader of {principal} on mayflylake/flights"


def claim(id: str, type: str = "aws:s3/bucket:Bucket", name: str = "more") -> Claim:
    return Claim(type, id, name)


def own_claims(grant: str) -> tuple[Claim, ...]:
    """What an honest state names."""
    return (
        claim(GROUP.upper(), "azure-native:resources:ResourceGroup"),
        claim(ACCOUNT, "azure-native:storage:StorageAccount"),
        claim(FACTORY, "mayfly:azure:FactoryContent"),
        claim(grant, "azure-native:authorization:RoleAssignment"),
    )


def reader(world: World, principal: str) -> str:
    """The id of a principal's one grant on the lake."""
    (grant,) = grants.of_principal(world.owner, principal, [CONTAINER]).grants
    return grant.id


def test_a_state_is_never_acted_on(world: World) -> None:
    """The lake, named in it as the environment's own: it is told, not touched, and the record stays."""
    grant = reader(world, world.build())
    lake = claim(LAKE_ACCOUNT, "azure-native:storage:StorageAccount", "lake")
    stack = FakeStack(state=(*own_claims(grant), lake))
    receipt = world.teardown(stack).run()
    assert not receipt.complete
    assert not stack.removed
    told, kept = receipt.remains
    assert (told.thing.id, told.thing.detail, told.why) == (LAKE_ACCOUNT, "lake", CLAIMED)
    assert "`pulumi destroy --stack qa-7`" in kept.why
    assert "`mayfly down qa-7 --forget`" in kept.why
    assert world.owner.get(LAKE_ACCOUNT) is not None
    assert groups.get(world.owner, GROUP) is None
    assert not any(LAKE_ACCOUNT in path and "roleAssignments" not in path for path in world.requests("GET"))
    assert len(world.requests("DELETE")) == 2  # its grant, its group


def test_a_state_that_names_the_environments_own_things_goes_with_them(world: World) -> None:
    stack = FakeStack(state=own_claims(reader(world, world.build())))
    receipt = world.teardown(stack).run()
    assert (receipt.complete, receipt.stack_removed, stack.removed) == (True, True, True)


def test_a_record_is_dropped_when_that_is_asked_for_and_the_receipt_says_what_it_named(world: World) -> None:
    world.build()
    stack = FakeStack(state=(claim("payments"),))
    receipt = world.teardown(stack, forget=True).run()
    assert (receipt.complete, stack.removed) == (True, True)
    assert [thing.id for thing in receipt.forgotten] == ["payments"]


def test_a_state_that_cannot_be_read_is_kept_until_it_is_forgotten(world: World) -> None:
    stack = FakeStack(state=(), reads=fails("no state that Pulumi writes"))
    receipt = world.teardown(stack).run()
    assert (receipt.complete, stack.removed) == (False, False)
    assert "no state that Pulumi writes" in receipt.remains[0].why
    assert world.teardown(stack, forget=True).run().complete
    assert stack.removed


def test_a_state_of_another_subscription_is_kept(world: World) -> None:
    """The fabric may have moved: what it made before lies elsewhere, and nobody looked there."""
    moved = claim(GROUP.replace(NONPRODUCTION, PRODUCTION), "azure-native:resources:ResourceGroup")
    stack = FakeStack(state=(moved,))
    receipt = world.teardown(stack).run()
    assert (receipt.complete, stack.removed) == (False, False)


def test_the_stack_goes_after_the_proof(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is the last to go, whatever it was that was not seen to be gone."""
    order: list[str] = []
    proof = GrantKind.proof

    def proved(self: GrantKind) -> Grants:
        order.append("proof")
        return proof(self)

    monkeypatch.setattr(GrantKind, "proof", proved)
    world.build()
    stack = FakeStack(state=(), removes=lambda: order.append("stack"))
    assert world.teardown(stack).run().complete
    assert order == ["proof", "stack"]


def test_a_proof_that_finds_a_grant_keeps_the_stack(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that appears when all else is gone: the loop has ended, and only the proof can tell."""
    principal = world.build()
    remove = GroupKind.remove

    def and_granted_again(self: GroupKind, thing: Thing) -> None:
        remove(self, thing)
        world.role(principal, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, CONTAINER)

    monkeypatch.setattr(GroupKind, "remove", and_granted_again)
    monkeypatch.setattr(GrantKind, "find", lambda _self: ())
    stack = FakeStack(state=())
    receipt = world.teardown(stack).run()
    assert (receipt.remains, receipt.complete, stack.removed) == ((), False, False)
    assert receipt.production_grants.by_principal == 2


def test_a_busy_stack_is_left_alone(world: World) -> None:
    world.build()

    def busy() -> None:
        raise Busy("somebody is at it")

    with pytest.raises(Busy):
        world.teardown(FakeStack(state=(), settles=busy)).run()
    assert world.requests("DELETE") == []


def test_a_locked_production_keeps_the_grant_in_the_receipt_and_the_stack(world: World) -> None:
    principal = world.build()
    world.lock(CONTAINER)
    stack = FakeStack(state=())
    receipt = world.teardown(stack).run()
    assert not receipt.complete
    assert [remaining.thing.type for remaining in receipt.remains] == [
        "Microsoft.Authorization/roleAssignments"
    ]
    assert "ScopeLocked" in receipt.remains[0].why
    assert (receipt.production_grants.by_principal, receipt.production_grants.by_description) == (1, 1)
    assert receipt.production_grants.principals == (principal,)
    assert not stack.removed
    assert groups.get(world.owner, GROUP) is None


def test_run_again_after_the_lock_went_ends_complete(world: World) -> None:
    world.build()
    lock = world.lock(CONTAINER)
    assert not world.teardown().run().complete
    world.owner.delete(lock)
    assert world.teardown().run().complete


@pytest.mark.parametrize("scope", [GROUP, ACCOUNT])
def test_a_lock_in_the_group_is_told_first(world: World, scope: str) -> None:
    world.build()
    world.lock(scope)
    with pytest.raises(NotAllowed, match="keep"):
        world.teardown().run()
    assert world.requests("DELETE") == []


def test_a_group_of_that_name_without_our_marker_is_left_alone(world: World) -> None:
    world.build(tags={"owner": "somebody"})
    with pytest.raises(NotAllowed, match="no marker"):
        world.teardown().run()
    assert world.requests("DELETE") == []


def test_what_the_tags_call_permanent_is_left_alone_whatever_the_files_say(world: World) -> None:
    world.build(tags={**OURS, "mayfly-env": "prod", "mayfly-fabric": "prod"})
    teardown = world.teardown(include_foreign=True, forget=True)
    teardown.target = replace(teardown.target, environment="prod")
    with pytest.raises(NotAllowed, match="permanent, as the tags of"):
        teardown.run()
    assert world.requests("DELETE") == []


def test_no_tag_makes_an_environment_with_an_id_permanent(world: World) -> None:
    """Whoever deployed it writes its tags, and `down` would refuse for ever."""
    world.build(tags={**OURS, **SOURCE, "mayfly-fabric": "qa-7"})
    assert world.teardown().run().complete


def test_a_grant_where_neither_files_nor_tags_tell_of_one_goes_with_its_identity(world: World) -> None:
    """The deployer may give the reader role on the containers of other fabrics, too."""
    principal = world.build()
    unnamed = CONTAINER.replace("flights", "bookings")
    world.owner.put(unnamed, {"properties": {}}, wait=False)
    giving = permissions.deployer(NONPRODUCTION, [unnamed])[-1]
    deployer = {"principalId": world.server.principal("deployer").object_id}
    sent = {name: value for name, value in giving.items() if name != "scope"} | deployer
    world.owner.put(f"{unnamed}/{grants.ASSIGNMENTS}/{uuid.uuid4()}", {"properties": sent}, wait=False)
    elsewhere = world.role(principal, permissions.STORAGE_BLOB_DATA_READER, unnamed, world.deployer)
    receipt = world.teardown().run()
    assert receipt.complete
    assert elsewhere in {thing.id for thing in receipt.gone}
    assert grants.get(world.owner, elsewhere) is None


@pytest.mark.parametrize(
    ("lie", "complete"),
    [("a/b/c/d", True), (f"{PRODUCTION}/lake/others/flights", False)],
    ids=["spoilt", "closed"],
)
def test_a_tag_that_lies_keeps_no_grant_from_going(world: World, lie: str, complete: bool) -> None:
    """One that cannot be read kept them all; with the group went the record of whose they were, and the next
    `down` found nothing and said so.
    """
    principal = world.build(tags={**OURS, **SOURCE, "mayfly-source-more": lie})
    (described,) = grants.of_environment(world.owner, IDENTITY, [CONTAINER]).grants
    grants.revoke(world.deployer, described.id)
    nameless = world.grant(principal, "")
    first = world.teardown().run()
    assert grants.get(world.owner, nameless) is None
    assert first.complete is complete
    assert all("others" in one.why for one in first.remains)
    assert world.teardown().run().complete


def test_another_environments_group_of_that_name_is_left_alone(world: World) -> None:
    world.build(tags={**OURS, "mayfly-env": "qa-8"})
    with pytest.raises(NotAllowed, match="qa-8"):
        world.teardown().run()


def test_another_projects_environment_of_that_name_is_left_alone(world: World) -> None:
    """Its group has the same name, and its grant lies on the same container."""
    principal = world.build(tags={**OURS, "mayfly-project": "sales"})
    theirs = naming.azure.identity("sales", "qa-7", NONPRODUCTION)
    for grant in grants.of_principal(world.owner, principal, [CONTAINER]).grants:
        grants.revoke(world.owner, grant.id)
    kept = world.grant(principal, grants.description(theirs))
    with pytest.raises(NotAllowed, match="qa-7 of the project 'sales'"):
        world.teardown().run()
    ours_of_another_name = TeardownTarget(
        "qa-7", "mayfly", "azure", (NONPRODUCTION,), "qa-7-orders", (CONTAINER,)
    )
    teardown = world.teardown()
    teardown.target = ours_of_another_name
    receipt = teardown.run()
    assert (receipt.complete, receipt.was) == (True, ())
    assert grants.get(world.owner, kept) is not None
    assert world.requests("DELETE") == []


def test_a_foreign_resource_stops_it_until_it_may_go_too(world: World) -> None:
    world.build()
    foreign = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/somebodyelses"
    account = {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {},
    }
    world.owner.put(foreign, account, wait=False)
    with pytest.raises(NotAllowed, match="somebodyelses"):
        world.teardown().run()
    assert world.requests("DELETE") == []
    assert world.teardown(include_foreign=True).run().complete


def test_a_list_that_lags_hides_no_foreign_account_and_no_identity(world: World) -> None:
    """Made when the list was last brought up to date: only the providers tell of them."""
    with admin.lagging(world.server.cloud.folder):
        principal = world.build()
        assert [*world.owner.list(f"{GROUP}/resources")] == []
        assert world.teardown().run().production_grants.principals == (principal,)
        world.build()
        body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        world.owner.put(
            f"{GROUP}/providers/{ids.ACCOUNT}/somebodyelses", {**body, "properties": {}}, wait=False
        )
        with pytest.raises(NotAllowed, match="somebodyelses"):
            world.teardown().run()


def test_an_account_that_the_list_still_names_is_no_obstacle(world: World) -> None:
    world.build()
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    foreign = f"{GROUP}/providers/{ids.ACCOUNT}/somebodyelses"
    world.owner.put(foreign, body, wait=False)
    with admin.lagging(world.server.cloud.folder):
        world.owner.delete(foreign, wait=False)
        assert foreign in {one["id"] for one in world.owner.list(f"{GROUP}/resources")}
        assert world.teardown().run().complete


@pytest.mark.parametrize(("source", "ours"), [(ACCOUNT, True), (LAKE_ACCOUNT, False)])
def test_a_topic_that_defender_put_beside_the_account_is_no_foreign_resource(
    world: World, source: str, ours: bool
) -> None:
    """Defender for Storage makes it without tags, in the account's group; of another source it is foreign."""
    world.build()
    topic = f"{GROUP}/providers/{ids.TOPIC}/qa7flights-0b1c"
    properties = {"source": source, "topicType": "Microsoft.Storage.StorageAccounts"}
    world.owner.put(topic, {"location": "westeurope", "properties": properties}, wait=False)
    if not ours:
        with pytest.raises(NotAllowed, match="systemTopics"):
            world.teardown().run()
        return
    receipt = world.teardown().run()
    assert receipt.complete
    assert topic in {thing.id for thing in receipt.gone}


def test_every_identity_in_the_group_is_the_environments(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resource's own, and a user-assigned one, which only its own GET tells the principal of."""
    world.build()
    site, shared = (str(uuid.uuid4()) for _ in range(2))
    listed, get = groups.inventory, world.deployer.get
    identity = f"{GROUP}/providers/{ids.IDENTITY}/runner"
    theirs = (
        groups.Resource(f"{GROUP}/providers/Microsoft.Web/sites/w", "Microsoft.Web/sites", "w", "qa-7", site),
        groups.Resource(identity, ids.IDENTITY, "runner", "qa-7"),
    )
    monkeypatch.setattr(groups, "inventory", lambda cloud, id: [*listed(cloud, id), *theirs])
    known = {identity: {"properties": {"principalId": shared}}}
    monkeypatch.setattr(world.deployer, "get", lambda id: known.get(id) or get(id))
    found = subject.find(world.deployer, "mayfly", "qa-7", NONPRODUCTION, "qa-7-flights", (CONTAINER,))
    assert {site, shared} <= {*found.principals}
    assert len(found.principals) == 3


def test_down_does_not_go_for_what_others_were_granted(world: World) -> None:
    """A neighbour's grant on the same container, and a person's: neither loop nor proof counts them."""
    world.build()
    theirs = naming.azure.identity("mayfly", "qa-70", NONPRODUCTION)
    neighbour = world.grant(world.server.principal("qa-70").object_id, grants.description(theirs))
    analyst = world.role(
        world.server.principal("analyst").object_id, permissions.STORAGE_BLOB_DATA_READER, LAKE_ACCOUNT
    )
    receipt = world.teardown().run()
    assert receipt.complete
    assert not {neighbour, analyst} & {thing.id for thing in receipt.was}
    assert grants.get(world.owner, neighbour) is not None
    assert grants.get(world.owner, analyst) is not None


def test_a_scope_of_production_that_may_not_be_read_is_unknown_and_no_success(world: World) -> None:
    """403 on the source's role assignments: there may be grants, and the stack stays to say so."""
    world.build()
    closed = CONTAINER.replace("mayflylake", "closedlake").replace("/lake/", "/closed/")
    world.owner.put(closed.partition("/providers/")[0], {"location": "westeurope"}, wait=False)
    stack = FakeStack(state=())
    receipt = world.teardown(stack, sources=(CONTAINER, closed)).run()
    assert not receipt.complete
    assert not stack.removed
    assert receipt.production_grants.by_principal is None
    assert receipt.production_grants.by_description is None
    assert [remaining.why.startswith("unknown: ") for remaining in receipt.remains] == [True]


def test_a_foreign_resource_of_a_type_that_we_do_not_know_is_seen_to_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no api-version to ask for it by, so its group's list tells."""
    world.build()
    vault = groups.Resource(
        f"{GROUP}/providers/Microsoft.KeyVault/vaults/v", "Microsoft.KeyVault/vaults", "v", None
    )
    listed = groups.inventory

    def with_vault(cloud: Azure, id: str) -> list[groups.Resource]:
        found = listed(cloud, id)
        return [*found, vault] if found else found

    monkeypatch.setattr(groups, "inventory", with_vault)
    receipt = world.teardown(include_foreign=True).run()
    assert receipt.complete
    assert vault.id in {thing.id for thing in receipt.gone}


def test_a_group_of_another_name_is_found_by_its_marker(world: World) -> None:
    other = f"{SUBSCRIPTION}/resourceGroups/of-another-name"
    world.owner.put(other, {"location": "westeurope", "tags": OURS}, wait=False)
    receipt = world.teardown().run()
    assert receipt.complete
    assert [thing.id for thing in receipt.gone] == [other]


def test_the_receipt_is_written_whole(world: World, tmp_path: Path) -> None:
    world.build()
    receipt = world.teardown().run()
    path = receipt.write(tmp_path / "receipts")
    read = json.loads(path.read_text())
    assert read["complete"] is True
    assert wrong(path.read_text()) == []
    assert kept(path.parent, "qa-7").found == (receipt,)
    assert read["production_grants"]["by_principal"] == 0
    (name,) = receipt.reserved
    assert (name.name, name.type) == ("qa7flights", "Microsoft.Storage/storageAccounts")
    assert name.until == receipt.ended + timedelta(days=14)
    assert path.name.startswith("qa-7-2")
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_stack_that_does_not_go_remains(world: World) -> None:
    world.build()
    receipt = world.teardown(FakeStack(state=(), removes=fails("the backend is away"))).run()
    assert not receipt.complete
    assert not receipt.stack_removed
    assert [(remaining.thing.id, remaining.why) for remaining in receipt.remains] == [
        ("qa-7", "the backend is away")
    ]
