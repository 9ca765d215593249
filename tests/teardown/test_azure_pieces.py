"""What a teardown on Azure finds, refuses and tells: receipts on the local Azure, the rest on documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly.clouds.azure import grants, groups, permissions
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError, NotAllowed
from mayfly.naming import tagging
from mayfly.naming.azure import ids
from mayfly.teardown import TeardownTarget
from mayfly.teardown.azure import guard, subject, teardown
from mayfly.teardown.azure.grants import GrantKind
from mayfly.teardown.azure.group import GroupKind
from mayfly.teardown.azure.subject import Subject
from mayfly.teardown.loop import PartlyListed
from mayfly.teardown.receipt import Grants
from mayfly.teardown.stack import Claim
from tests.support.azure_documents import Documents
from tests.teardown.world import (
    ACCOUNT,
    CONTAINER,
    FACTORY,
    GROUP,
    IDENTITY,
    LAKE_ACCOUNT,
    OURS,
    ROLES,
    SOURCE,
    SUBSCRIPTION,
    FakeStack,
    World,
)

ORIGIN = {"mayfly-repository": "https://git.example/platform", "mayfly-commit": "c0ffee"}
CURATED = f"{ACCOUNT}/blobServices/default/containers/curated"
RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"
PRINCIPAL, OTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


def thing(id: str, type: str, detail: str = "") -> dict[str, str]:
    return {"id": id, "type": type, "detail": detail}


def told(receipt: Any) -> dict[str, Any]:
    """A receipt without its times."""
    document: dict[str, Any] = receipt.model_dump(exclude={"started", "ended", "seconds"})
    assert receipt.started <= receipt.ended
    return document


def one_of(world: World, principal: str) -> dict[str, str]:
    """The environment's grant, as a receipt has it."""
    (grant,) = grants.of_principal(world.owner, principal, [CONTAINER]).grants
    detail = f"Storage Blob Data Reader of {principal} on mayflylake/flights"
    return thing(grant.id, "Microsoft.Authorization/roleAssignments", detail)


def whole(world: World) -> tuple[dict[str, Any], tuple[dict[str, str], ...]]:
    """An environment with a container; what every receipt of it says, and all that was there."""
    principal = world.build(tags={**OURS, **SOURCE, **ORIGIN})
    world.owner.put(CURATED, {"properties": {}}, wait=False)
    common = {
        "schema_version": 1,
        "environment": "qa-7",
        "repository": "https://git.example/platform",
        "commit": "c0ffee",
        "workload_repository": None,
        "workload_commit": None,
        "known_from": ("tags", "settings"),
        "forgotten": (),
        "looked_for_others": teardown.LOOKED,
        "problems": (),
        "caveats": (),
        "production_grants": {
            "scopes": (CONTAINER,),
            "principals": (principal,),
            "by_principal": 0,
            "by_description": 0,
            "given": True,
        },
    }
    was = (
        one_of(world, principal),
        thing(GROUP, RESOURCE_GROUP),
        thing(ACCOUNT, "Microsoft.Storage/storageAccounts"),
        thing(FACTORY, "Microsoft.DataFactory/factories"),
        thing(CURATED, "Microsoft.Storage/storageAccounts/blobServices/containers"),
    )
    return common, was


def test_the_receipt_of_a_whole_teardown(world: World) -> None:
    common, was = whole(world)
    said, stack = list[str](), FakeStack(state=(Claim("t", FACTORY, "factory"),))
    under_way = world.teardown(stack)
    under_way.say = said.append
    found = told(under_way.run())
    (reserved,) = found.pop("reserved")
    assert (reserved["name"], reserved["type"]) == ("qa7flights", "Microsoft.Storage/storageAccounts")
    assert found == {
        **common,
        "was": was,
        "gone": was,
        "remains": (),
        "stack_removed": True,
        "complete": True,
    }
    assert stack.removed
    assert (said[0], said[-1]) == ("looking for qa-7", "removing the stack qa-7")


def test_the_receipt_of_a_group_that_does_not_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in it is told too, each with the reason; the stack stays."""
    common, was = whole(world)

    def slow(*_: object) -> bool:
        raise TimeoutError("two hours")

    monkeypatch.setattr(groups, "delete", slow)
    grant, group, account, factory, curated = was
    still = "it was removed, and the cloud still has it"
    stack = FakeStack(state=())
    assert told(world.teardown(stack).run()) == {
        **common,
        "was": was,
        "gone": (grant,),
        "remains": (
            {"thing": group, "why": f"{GROUP} is still being deleted: two hours"},
            {"thing": account, "why": still},
            {"thing": factory, "why": still},
            {"thing": curated, "why": "its resource remains"},
        ),
        "reserved": (),
        "stack_removed": False,
        "complete": False,
    }
    assert not stack.removed


def test_the_receipt_of_nothing_says_so_whatever_is_known(world: World) -> None:
    found = told(world.teardown(FakeStack(state=(Claim("t", "more", "more"),))).run())
    assert (found["known_from"], found["looked_for_others"], found["was"]) == (("settings",), "", ())
    assert [one["thing"]["id"] for one in found["remains"]] == ["more", "qa-7"]


def test_a_scope_that_is_closed_is_a_problem_and_remains_unknown(world: World) -> None:
    world.build()
    closed = CONTAINER.replace("mayflylake", "closedlake").replace("/lake/", "/closed/")
    world.owner.put(closed.partition("/providers/")[0], {"location": "westeurope"}, wait=False)
    receipt = world.teardown(sources=(CONTAINER, closed)).run()
    (problem,) = receipt.problems
    assert problem.startswith(f"grants on production: {closed}: ")
    assert receipt.remains[0].thing == Thing(
        id="(grants on production)", type="unknown", detail="could not be listed"
    )


def group(id: str = GROUP, state: str = "Succeeded", **tags: str) -> dict[str, Any]:
    marks = {**OURS, **{key.replace("_", "-"): value for key, value in tags.items()}}
    return {
        "id": id,
        "name": id.rpartition("/")[2],
        "properties": {"provisioningState": state},
        "tags": marks,
    }


def resource(id: str, type: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "name": id.rpartition("/")[2], "tags": OURS, **more}


def found(documents: Documents, sources: list[str] | None) -> Subject:
    return subject.find(documents.cloud, "mayfly", "qa-7", NONPRODUCTION, "qa-7-flights", sources)


def test_a_subject_is_what_the_cloud_s_own_documents_say() -> None:
    """The group by its name, those that the tag nominates by their marker; sources, identities once each."""
    elsewhere, theirs = f"{SUBSCRIPTION}/resourceGroups/elsewhere", f"{SUBSCRIPTION}/resourceGroups/theirs"
    weather = CONTAINER.replace("flights", "weather")
    topic, foreign = f"{GROUP}/providers/{ids.TOPIC}/own", f"{GROUP}/providers/{ids.TOPIC}/foreign"
    gone, bare = f"{GROUP}/providers/{ids.TOPIC}/gone", f"{GROUP}/providers/{ids.TOPIC}/bare"
    identity = f"{GROUP}/providers/{ids.IDENTITY}/runner"
    documents = Documents(
        things={
            GROUP: group(**SOURCE),
            elsewhere: group(elsewhere),
            theirs: group(theirs, mayfly_project="sales"),
            topic: {"properties": {"source": ACCOUNT}},
            foreign: {"properties": {"source": LAKE_ACCOUNT}},
            bare: {},
            identity: {"properties": {"principalId": OTHER}},
        },
        lists={
            f"{SUBSCRIPTION}/resourceGroups": [{"id": GROUP.upper()}, {"id": elsewhere}, {"id": theirs}],
            f"{GROUP}/providers/{ids.FACTORY}": [
                resource(FACTORY, ids.FACTORY, identity={"principalId": PRINCIPAL})
            ],
            f"{elsewhere}/providers/{ids.FACTORY}": [
                resource(f"{elsewhere}/f", ids.FACTORY, identity={"principalId": PRINCIPAL.upper()})
            ],
            f"{GROUP}/resources": [
                *(resource(id, ids.TOPIC, tags={}) for id in (topic, foreign, gone, bare)),
                resource(f"{GROUP}/marked", ids.TOPIC),
                resource(identity, ids.IDENTITY.upper(), identity={"principalId": "wrong"}),
            ],
        },
    )
    answer = found(documents, [weather, CONTAINER.upper()])
    assert documents.asked[0] == (
        f"{SUBSCRIPTION}/resourceGroups", "tagName eq 'mayfly-env' and tagValue eq 'qa-7'"
    )  # fmt: skip
    assert (answer.project, answer.environment, answer.subscription) == ("mayfly", "qa-7", NONPRODUCTION)
    assert [one.id for one in answer.candidates] == [GROUP, elsewhere]
    assert answer.sources == (weather, CONTAINER)
    assert answer.principals == (PRINCIPAL.upper(), OTHER)
    assert [(one.id, one.environment) for one in answer.resources] == [
        (FACTORY, "qa-7"),
        (topic, "qa-7"),
        (foreign, None),
        (bare, None),
        (f"{GROUP}/marked", "qa-7"),
        (identity, "qa-7"),
        (f"{elsewhere}/f", "qa-7"),
    ]
    assert answer.identity == IDENTITY


def test_sources_that_neither_files_nor_tags_tell_are_unknown() -> None:
    documents = Documents(things={GROUP: group()})
    assert found(documents, None).sources is None
    assert found(documents, []).sources == ()
    assert found(Documents(things={GROUP: group(**SOURCE)}), None).sources == (CONTAINER,)


def test_a_group_of_that_name_is_a_candidate_whosever_it_is() -> None:
    theirs = group(GROUP.replace("qa-7-flights", "QA-7-Flights"), mayfly_env="qa-8")
    answer = found(Documents(things={GROUP: theirs}), [])
    assert ([one.id for one in answer.candidates], answer.ours, answer.resources) == ([theirs["id"]], (), ())


def refused(status: int, code: str) -> CloudError:
    return CloudError(status, code, "no")


def test_what_a_resource_holds() -> None:
    """Of accounts and factories, by type in any case; nothing where it is closed or has gone meanwhile."""
    kinds = ("pipelines", "datasets", "linkedservices", "triggers", "dataflows")
    documents = Documents(
        lists={
            **{f"{FACTORY}/{kind}": [{"id": f"{FACTORY}/{kind}/a", "type": kind}] for kind in kinds},
            f"{FACTORY}/datasets": refused(403, "AuthorizationFailed"),
            f"{FACTORY}/triggers": refused(404, "ParentResourceNotFound"),
            f"{ACCOUNT}/blobServices/default/containers": [{"id": CURATED, "type": "c"}],
        }
    )
    factory = groups.Resource(FACTORY, ids.FACTORY.upper(), "f", "qa-7")
    held = [
        Thing(id=f"{FACTORY}/{kind}/a", type=kind) for kind in ("pipelines", "linkedservices", "dataflows")
    ]
    assert subject.children(documents.cloud, factory) == held
    account = groups.Resource(ACCOUNT, ids.ACCOUNT, "a", "qa-7")
    assert subject.children(documents.cloud, account) == [Thing(id=CURATED, type="c")]
    vault = groups.Resource(f"{GROUP}/v", "Microsoft.KeyVault/vaults", "v", None)
    assert subject.children(documents.cloud, vault) == []
    for status, code in ((500, "InternalServerError"), (404, "SubscriptionNotFound")):
        documents.lists[f"{FACTORY}/datasets"] = refused(status, code)
        with pytest.raises(CloudError, match=code):
            subject.children(documents.cloud, factory)


LOCKS = "providers/Microsoft.Authorization/locks"


def lock(scope: str, level: str, name: str) -> dict[str, Any]:
    return {"id": f"{scope}/{LOCKS}/{name}", "name": name, "properties": {"level": level}}


def candidates(*documents: dict[str, Any], resources: tuple[groups.Resource, ...] = ()) -> Subject:
    given = tuple(
        groups.Group(
            id=one["id"],
            name=one["name"],
            location="",
            state=one["properties"]["provisioningState"],
            tags=one["tags"],
        )
        for one in documents
    )
    return Subject("mayfly", "qa-7", NONPRODUCTION, given, resources=resources)


def reasons(documents: Documents, about: Subject, include_foreign: bool = False) -> list[str]:
    try:
        guard.check(documents.cloud, about, include_foreign)
    except NotAllowed as error:
        return str(error).splitlines()
    return []


def test_a_refusal_names_every_reason_once() -> None:
    """Another's group, locks above, at and in the group, a foreign resource."""
    sales = group(f"{SUBSCRIPTION}/resourceGroups/sales", mayfly_project="sales")
    nobodys = {**group(f"{SUBSCRIPTION}/resourceGroups/nobodys"), "tags": {"owner": "me"}}
    unowned = {**group(f"{SUBSCRIPTION}/resourceGroups/unowned"), "tags": {**OURS, "mayfly-project": ""}}
    lists = {
        f"{GROUP}/providers/microsoft.authorization/locks": [
            lock(SUBSCRIPTION, "ReadOnly", "all"), lock(GROUP, "CanNotDelete", "keep")
        ],
        f"{GROUP}/{LOCKS}": [
            lock(SUBSCRIPTION, "ReadOnly", "all"), lock(GROUP, "CanNotDelete", "keep"),
            lock(ACCOUNT, "CanNotDelete", "in"),
        ],
    }  # fmt: skip
    theirs = groups.Resource(f"{GROUP}/vault", "t", "vault", None)
    own = groups.Resource(FACTORY, "t", "f", "qa-7")
    about = candidates(group(), sales, nobodys, unowned, resources=(own, theirs))
    all_of_them = [
        "qa-7 is left alone:",
        f"  {sales['id']} carries the marker of qa-7 of the project 'sales'",
        f"  {nobodys['id']} carries no marker of ours",
        f"  {unowned['id']} carries the marker of qa-7 of the project 'no project'",
        f"  there is a lock on {SUBSCRIPTION} (ReadOnly 'all'): remove the lock first",
        f"  there is a lock on {GROUP} (CanNotDelete 'keep'): remove the lock first",
        f"  there is a lock on {ACCOUNT} (CanNotDelete 'in'): remove the lock first",
        f"  {GROUP}/vault is not ours and would go too: move it away, or give --include-foreign",
    ]
    assert reasons(Documents(lists=lists), about) == all_of_them
    assert reasons(Documents(lists=lists), about, include_foreign=True) == all_of_them[:-1]


def test_a_group_that_goes_already_is_not_asked_for_locks() -> None:
    documents = Documents(lists={f"{GROUP}/{LOCKS}": [lock(GROUP, "CanNotDelete", "keep")]})
    assert reasons(documents, candidates(group(state="Deleting"))) == []
    assert documents.asked == []
    assert reasons(Documents(), candidates(group())) == []


def test_a_permanent_group_is_told_by_its_own_tags() -> None:
    permanent = group(mayfly_env="prod", mayfly_fabric="prod")
    about = replace(candidates(permanent), environment="prod")
    assert reasons(Documents(), about) == [
        "prod is left alone:",
        f"  it is permanent, as the tags of {GROUP} say",
    ]
    assert tagging.is_permanent(permanent["tags"], "prod")


def test_a_group_kind_says_how_far_a_deletion_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    asked: list[tuple[object, ...]] = []

    def delete(cloud: object, id: str, environment: str, progress: Callable[[float, str], None]) -> None:
        asked.append((cloud, id, environment))
        progress(12.4, "Deleting")

    monkeypatch.setattr(groups, "delete", delete)
    documents = Documents(things={GROUP: group()})
    kind = GroupKind(
        documents.cloud, candidates(group(), group(f"{GROUP}-2", mayfly_project="sales")), said.append
    )
    assert kind.find() == [Thing(id=GROUP, type=RESOURCE_GROUP)]
    kind.remove(Thing(id=GROUP, type=RESOURCE_GROUP))
    assert asked == [(documents, GROUP, "qa-7")]
    assert said == ["deleting qa-7-flights and all in it: Deleting, 12 s"]
    assert (kind.name, kind.at_once, kind.patience) == ("groups", 1, 0)


@pytest.mark.parametrize("now", [None, group(mayfly_env="qa-8"), group(mayfly_project="sales")])
def test_a_group_that_is_ours_no_more_is_not_found(now: dict[str, Any] | None) -> None:
    documents = Documents(things={GROUP: now} if now else {})
    assert GroupKind(documents.cloud, candidates(group()), print).find() == []


def test_what_has_no_version_to_ask_for_is_told_by_its_groups_list() -> None:
    vault = f"{GROUP}/providers/Microsoft.KeyVault/vaults/v"
    listed = {f"{GROUP}/resources": [resource(vault.upper(), "Microsoft.KeyVault/vaults")]}
    about = candidates(group())
    there = Thing(id=vault, type="Microsoft.KeyVault/vaults")
    assert GroupKind(Documents(lists=listed).cloud, about, print).exists(there)
    assert not GroupKind(Documents().cloud, about, print).exists(there)
    assert GroupKind(Documents(things={FACTORY: {}}).cloud, about, print).exists(Thing(id=FACTORY, type="t"))
    assert not GroupKind(Documents(lists=listed).cloud, about, print).exists(Thing(id=FACTORY, type="t"))


def assignment(
    scope: str, name: str, principal: str, description: str = "", role: str = ""
) -> dict[str, Any]:
    role = role or permissions.STORAGE_BLOB_DATA_READER
    properties = {"scope": scope, "principalId": principal, "roleDefinitionId": f"{ROLES}/{role}"}
    return {
        "id": f"{scope}/{grants.ASSIGNMENTS}/00000000-0000-4000-8000-00000000000{name}",
        "properties": {**properties, "description": description},
    }


def granting(
    lists: Mapping[str, Any], sources: tuple[str, ...] | None = (CONTAINER,)
) -> tuple[GrantKind, Documents]:
    """Grants at scopes, each there by its own GET as well."""
    everything = [one for listed in lists.values() if not isinstance(listed, Exception) for one in listed]
    documents = Documents(
        things={one["id"]: one for one in everything},
        lists={
            "/subscriptions": [{"id": f"/subscriptions/{PRODUCTION}"}, {"id": SUBSCRIPTION}],
            **{f"{scope}/{grants.ASSIGNMENTS}": listed for scope, listed in lists.items()},
        },
    )
    about = replace(candidates(group()), sources=sources, principals=(PRINCIPAL,))
    return GrantKind(documents.cloud, about), documents


DESCRIBED = grants.description(IDENTITY)


def test_the_grants_that_go_and_those_that_are_counted() -> None:
    """Described ones go, all of an own identity wherever it is seen, none in the group; others' never."""
    own, copied, others = (
        assignment(CONTAINER, "1", PRINCIPAL, DESCRIBED),
        assignment(CONTAINER, "2", OTHER, DESCRIBED),
        assignment(CONTAINER, "3", OTHER),
    )
    inside = assignment(ACCOUNT, "4", PRINCIPAL)
    beside = assignment(f"{SUBSCRIPTION}/resourceGroups/more", "5", PRINCIPAL, role="f" * 8)
    kind, documents = granting(
        {CONTAINER: [own, copied, others], SUBSCRIPTION: [inside, beside], f"/subscriptions/{PRODUCTION}": []}
    )
    assert [*kind.principals] == [PRINCIPAL]
    reader = "Storage Blob Data Reader of"
    type = "Microsoft.Authorization/roleAssignments"
    assert kind.find() == [
        Thing(id=own["id"], type=type, detail=f"{reader} {PRINCIPAL} on mayflylake/flights"),
        Thing(id=copied["id"], type=type, detail=f"{reader} {OTHER} on mayflylake/flights"),
        Thing(
            id=beside["id"],
            type=type,
            detail=f"ffffffff of {PRINCIPAL} on {SUBSCRIPTION}/resourceGroups/more",
        ),
    ]
    assert [*kind.principals] == [PRINCIPAL, OTHER]
    assert kind.proof() == Grants(
        scopes=(CONTAINER,), principals=(PRINCIPAL, OTHER), by_principal=4, by_description=2
    )
    del documents.things[copied["id"]]
    assert (kind.proof().by_principal, kind.proof().by_description) == (3, 1)
    assert kind.exists(Thing(id=own["id"], type=type))
    assert not kind.exists(Thing(id=copied["id"], type=type))


def test_a_closed_scope_of_the_sources_is_unknown_and_one_beside_is_none() -> None:
    closed = CONTAINER.replace("flights", "closed")
    own = assignment(CONTAINER, "1", PRINCIPAL, DESCRIBED)
    scopes = {CONTAINER: [own], closed: refused(403, "AuthorizationFailed"), SUBSCRIPTION: refused(403, "x")}
    kind, _ = granting(scopes, (CONTAINER, closed))
    with pytest.raises(PartlyListed) as partly:
        kind.find()
    assert (str(partly.value), [one.id for one in partly.value.things]) == (
        f"{closed}: AuthorizationFailed: no",
        [own["id"]],
    )
    assert (kind.proof().by_principal, kind.proof().by_description) == (None, None)
    open_, _ = granting({CONTAINER: [own], SUBSCRIPTION: refused(403, "x")})
    assert (len(open_.find()), open_.proof().by_principal, open_.proof().by_description) == (1, 1, 1)


def test_grants_without_scopes_are_unknown() -> None:
    kind, _ = granting({}, None)
    with pytest.raises(MayflyError) as told:
        kind.find()
    assert str(told.value) == "neither the fabric's files nor the group's tags say where grants may be"
    assert kind.proof() == Grants(scopes=(), principals=(PRINCIPAL,), by_principal=None, by_description=None)
    assert (kind.name, kind.at_once, kind.patience) == ("grants on production", 1, 300)


@pytest.mark.parametrize(
    ("id", "own"),
    [
        (GROUP.upper(), True),
        (f"{SUBSCRIPTION}/resourceGroups/elsewhere/providers/x/y/z", True),
        (f"{GROUP}-2", False),
        (f"{CONTAINER}/{grants.ASSIGNMENTS}/a".upper(), True),
        (f"{LAKE_ACCOUNT}/{grants.ASSIGNMENTS}/a", False),
        (CONTAINER, False),
        ("", False),
    ],
)
def test_which_claims_of_a_state_are_the_environments_own(id: str, own: bool) -> None:
    about = replace(candidates(group(f"{SUBSCRIPTION}/resourceGroups/elsewhere")), sources=(CONTAINER,))
    request = TeardownTarget("qa-7", "mayfly", "azure", (NONPRODUCTION,), "qa-7-flights")
    under_way = teardown.Teardown(Documents().cloud, FakeStack(), request, print)
    assert under_way._is_own(about, Claim("t", id, "one")) is own


@pytest.mark.parametrize("include_foreign", [True, False])
def test_what_may_go_along_is_asked_before_anything_else(
    include_foreign: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def check(cloud: object, about: Subject, include_foreign: bool) -> None:
        asked.extend((cloud, about.environment, include_foreign))
        raise NotAllowed("left alone")

    monkeypatch.setattr(guard, "check", check)
    documents = Documents()
    request = TeardownTarget(
        "qa-7", "mayfly", "azure", (NONPRODUCTION,), "qa-7-flights", (), include_foreign=include_foreign
    )
    with pytest.raises(NotAllowed, match="left alone"):
        teardown.Teardown(documents.cloud, FakeStack(), request, lambda _: None).run()
    assert asked == [documents, "qa-7", include_foreign]
    assert documents.done == []
