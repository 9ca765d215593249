"""The janitor on the local Azure: a whole sweep by its documented roles, and nothing that it could make."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly.cli.local.azure import admit_janitor
from mayfly.clouds.azure import Azure, CloudError, groups, permissions
from mayfly.clouds.azure.grants import ASSIGNMENTS
from mayfly.naming import times
from tests.support import sweeping
from tests.teardown.conftest import world as world
from tests.teardown.world import (
    ACCOUNT,
    CONTAINER,
    FACTORY,
    GROUP,
    LAKE,
    LAKE_ACCOUNT,
    OURS,
    SOURCE,
    World,
    caller,
)

ROOT = Path(__file__).resolve().parents[2]
OVER = {times.CREATED_AT: "2026-01-01T00:00:00Z", times.EXPIRES_AT: "2026-01-08T00:00:00Z"}


@pytest.fixture
def janitor(world: World) -> Azure:
    """With its documented roles, beside an environment that is over and one that is not."""
    world.build(tags={**OURS, **SOURCE, **OVER})
    admit_janitor(world.owner, world.server.principal("janitor").object_id, NONPRODUCTION, [CONTAINER])
    return caller(world.server, "janitor")


def test_a_sweep_runs_whole_as_the_janitor(
    world: World, janitor: Azure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    sweeping.sign_in(world.server, "janitor", CONTAINER, monkeypatch)
    sweeping.enter_project(tmp_path, monkeypatch)
    code, found = sweeping.swept("qa", capsys)
    assert (code, [*found]) == (0, ["qa-7"])
    assert found["qa-7"]["outcome"] == "gone"
    receipt = json.loads(Path(found["qa-7"]["receipt"]).read_text())
    assert receipt["complete"]
    assert receipt["production_grants"]["by_principal"] == 0
    made = [entry for entry in world.server.log() if entry["principal"] == "janitor"]
    assert {entry["method"] for entry in made} == {"GET", "DELETE"}


TOPICS = "Microsoft.EventGrid/systemTopics/delete"


@pytest.mark.parametrize("missing", permissions.JANITOR_DELETES)
def test_each_delete_of_the_janitors_role_is_needed(world: World, janitor: Azure, missing: str) -> None:
    if missing == TOPICS:  # Defender puts one there; the local Azure makes none by itself.
        topic = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/defender"
        sent = {"location": "westeurope", "properties": {"source": ACCOUNT, "topicType": "x"}}
        world.owner.put(topic, sent, wait=False)
    (role,) = permissions.janitor_roles(NONPRODUCTION, [])
    id = f"{role['scope']}/providers/Microsoft.Authorization/roleDefinitions/{role['name']}"
    sent = {key: value for key, value in role.items() if key not in ("name", "scope")}
    actions = [action for action in role["permissions"][0]["actions"] if action != missing]
    world.owner.put(id, {"properties": {**sent, "permissions": [{"actions": actions}]}}, wait=False)
    with pytest.raises(CloudError, match="AuthorizationFailed"):
        janitor.delete(GROUP)
    world.owner.put(id, {"properties": sent}, wait=False)
    assert janitor.delete(GROUP), "the control"


MAKES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a group": ("PUT", f"{GROUP}-new", {"location": "westeurope"}),
    "an extension": (
        "PATCH",
        f"{GROUP}/providers/Microsoft.Resources/tags/default",
        {"operation": "Merge", "properties": {"tags": {times.EXPIRES_AT: "2099-01-01T00:00:00Z"}}},
    ),
    "a factory": ("PUT", f"{FACTORY}2", {"location": "westeurope", "properties": {}}),
    "a pipeline": ("PUT", f"{FACTORY}/pipelines/p", {"properties": {"activities": []}}),
    "an account": (
        "PUT",
        f"{ACCOUNT}2",
        {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}},
    ),
    "a lock": (
        "PUT",
        f"{GROUP}/providers/Microsoft.Authorization/locks/mine",
        {"properties": {"level": "CanNotDelete"}},
    ),
}


@pytest.mark.parametrize("what", MAKES)
def test_the_janitor_makes_nothing(world: World, janitor: Azure, what: str) -> None:
    """With the control: Owner of the same subscription may."""
    method, path, body = MAKES[what]
    call = getattr(janitor, method.lower())
    with pytest.raises(CloudError, match="AuthorizationFailed"):
        call(path, body)
    world.server.assign("janitor", permissions.OWNER, f"/subscriptions/{NONPRODUCTION}")
    call(path, body)


@pytest.mark.parametrize("scope", [CONTAINER, GROUP])
def test_the_janitor_gives_nobody_a_role(world: World, janitor: Azure, scope: str) -> None:
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{permissions.STORAGE_BLOB_DATA_READER}"
    who = {"principalId": world.server.principal("janitor").object_id, "principalType": "ServicePrincipal"}
    id, body = f"{scope}/{ASSIGNMENTS}/{uuid.uuid4()}", {"properties": {"roleDefinitionId": role, **who}}
    with pytest.raises(CloudError, match="AuthorizationFailed"):
        janitor.put(id, body, wait=False)
    world.server.assign("janitor", permissions.RBAC_ADMINISTRATOR, scope)
    janitor.put(id, body, wait=False)


def test_its_roles_look_and_remove_and_do_nothing_else() -> None:
    """Not its deletes alone: no account's keys, no run of a pipeline."""
    first, grants = permissions.janitor_roles(NONPRODUCTION, [CONTAINER])
    for role in (first, grants):
        (allowed,) = role["permissions"]
        assert all(action.endswith(("/read", "/delete")) for action in allowed["actions"])
        assert allowed["dataActions"] == []
        assert not any("*" in action.removeprefix("*/read") for action in allowed["actions"])


@pytest.mark.parametrize("what", ["a lock", "an identity", "a container"])
def test_the_janitor_removes_no_more_than_what_environments_consist_of(
    world: World, janitor: Azure, what: str
) -> None:
    """A lock says that somebody wants it to stay. With the control."""
    if what == "a lock":
        id = world.lock(FACTORY)
    elif what == "an identity":
        id = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs"
        world.owner.put(id, {"location": "westeurope"}, wait=False)
    else:
        id = f"{ACCOUNT}/blobServices/default/containers/theirs"
        world.owner.put(id, {"properties": {}}, wait=False)
    with pytest.raises(CloudError, match="AuthorizationFailed"):
        janitor.delete(id)
    world.server.assign("janitor", permissions.OWNER, f"/subscriptions/{NONPRODUCTION}")
    assert janitor.delete(id)


def test_the_janitor_takes_no_persons_grant_and_none_beside_the_sources(world: World, janitor: Azure) -> None:
    """With the control: of a service principal on the source itself it does."""
    reader, beside = permissions.STORAGE_BLOB_DATA_READER, f"{CONTAINER}-2"
    world.owner.put(beside, {"properties": {}}, wait=False)
    somebody = world.server.principal("somebody").object_id
    persons = f"{CONTAINER}/{ASSIGNMENTS}/{uuid.uuid4()}"
    role = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/{reader}"
    who = {"principalId": str(uuid.uuid4()), "principalType": "User"}
    world.owner.put(persons, {"properties": {"roleDefinitionId": role, **who}}, wait=False)
    for id in (persons, *(world.role(somebody, reader, scope) for scope in (beside, LAKE_ACCOUNT, LAKE))):
        with pytest.raises(CloudError, match="AuthorizationFailed"):
            janitor.delete(id)
    assert janitor.delete(world.role(somebody, reader, CONTAINER))


def test_the_janitor_takes_readers_grants_and_nothing_else_of_production(
    world: World, janitor: Azure
) -> None:
    somebody = world.server.principal("somebody").object_id
    reads, writes = (
        world.role(somebody, role, CONTAINER)
        for role in (permissions.STORAGE_BLOB_DATA_READER, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR)
    )
    for id in (writes, CONTAINER, LAKE):
        with pytest.raises(CloudError, match="AuthorizationFailed"):
            janitor.delete(id)
    assert janitor.delete(reads)
    assert groups.get(world.owner, LAKE) is not None
    version, blob = {"x-ms-version": "2023-11-03"}, "/mayflylake/flights/2013.csv"
    assert world.server.send("blob", "GET", blob, as_="janitor", headers=version).status == 403
    world.server.assign("janitor", permissions.STORAGE_BLOB_DATA_READER, CONTAINER)
    assert world.server.send("blob", "GET", blob, as_="janitor", headers=version).status == 404, "the control"
