"""The reaper's pipelines on a local Azure without sockets: what goes, what stays and why, what it may do."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.azure import admin
from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from localcloud.azure.datafactory.runs.expressions import parse
from mayfly.clouds.azure import permissions
from mayfly.naming import stamp
from mayfly.reaper import azure
from mayfly.reaper.azure import Rules
from tests.localcloud.azure.datafactory.factory_lab import WINDOW
from tests.support.azure_in_process import LocalCloud, local_cloud

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
OVER = {"mayfly-created-at": stamp(NOW - 9 * DAY), "mayfly-expires-at": stamp(NOW - 2 * DAY)}
ALIVE = {"mayfly-created-at": stamp(NOW - DAY), "mayfly-expires-at": stamp(NOW + 6 * DAY)}
LAKE = f"/subscriptions/{PRODUCTION}/resourceGroups/lake"
ACCOUNT = f"{LAKE}/providers/Microsoft.Storage/storageAccounts/lakeaccount"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/flights"
SOURCE_TAG = f"{PRODUCTION}/lake/lakeaccount/flights"
HOME = f"/subscriptions/{NONPRODUCTION}/resourceGroups/reaper-mayfly-abc123"
FACTORY = f"{HOME}/providers/Microsoft.DataFactory/factories/reaper-mayfly-abc123"
RULES = Rules(
    resource_manager="https://127.0.0.1:1",
    audience="https://management.core.windows.net/",
    project="mayfly",
    subscription=NONPRODUCTION,
    longest={"qa": 30 * DAY},
    sources=(CONTAINER,),
    hours=1,
)


def group_id(name: str) -> str:
    return f"/subscriptions/{NONPRODUCTION}/resourceGroups/{name}-flights"


@dataclass
class World:
    """A lake in production, and a reaper whose schedule is on."""

    local: LocalCloud
    rules: Rules = RULES
    principal: str = ""

    def arm(self, method: str, path: str, body: Any = None, version: str = "2021-04-01", **query: str) -> Any:
        reply = self.local.request(method, path, body, version=version, **query)
        assert reply.status < 400, reply.body
        return reply.body

    def assign(self, principal: str, definition: str, scope: str, **properties: Any) -> str:
        sent = {"principalId": principal, "principalType": "ServicePrincipal", **properties}
        path = f"{scope}/{azure.ASSIGNMENTS}/{uuid.uuid4()}"
        self.arm("PUT", path, {"properties": {"roleDefinitionId": definition, **sent}}, "2022-04-01")
        return path

    def set_up(self) -> World:
        storage = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        self.arm("PUT", LAKE, {"location": "westeurope"})
        self.arm("PUT", ACCOUNT, storage, "2024-01-01")
        self.arm("PUT", CONTAINER, {}, "2024-01-01")
        ours = {"managed-by": "mayfly", "mayfly-project": "mayfly"}
        self.arm("PUT", HOME, {"location": "westeurope", "tags": ours})
        made = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "tags": ours}
        self.principal = self.arm("PUT", FACTORY, made, "2018-06-01")["identity"]["principalId"]
        for role in permissions.reaper_roles(NONPRODUCTION, self.rules.sources, "abc123"):
            path = f"{role.pop('scope')}/providers/Microsoft.Authorization/roleDefinitions/{role.pop('name')}"
            self.arm("PUT", path, {"properties": role}, "2022-04-01")
        for grant in permissions.reaper(NONPRODUCTION, self.rules.sources, "abc123"):
            self.assign(self.principal, grant.pop("roleDefinitionId"), grant.pop("scope"), **grant)
        for key, text in azure.documents(self.rules).items():
            kind, name = key.split("/")
            self.arm("PUT", f"{FACTORY}/{kind}s/{name}", json.loads(text), "2018-06-01")
        self.arm("POST", f"{FACTORY}/triggers/hourly/start", version="2018-06-01")
        return self

    def environment(self, name: str, life: dict[str, str], grant: bool = True, **tags: str | None) -> str:
        """One as `mayfly up` makes it: a group with a factory that reads the lake. None takes a tag away."""
        marker = {"managed-by": "mayfly", "mayfly-env": name}
        every = {**marker, "mayfly-project": "mayfly", "mayfly-source-lake": SOURCE_TAG, **life}
        every |= {key.replace("_", "-"): value for key, value in tags.items()}  # type: ignore[misc]
        shown = {key: value for key, value in every.items() if value is not None}
        self.arm("PUT", group_id(name), {"location": "westeurope", "tags": shown})
        path = f"{group_id(name)}/providers/Microsoft.DataFactory/factories/f-{name}"
        made = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "tags": marker}
        principal = str(self.arm("PUT", path, made, "2018-06-01")["identity"]["principalId"])
        if grant:
            self.grant(name, principal)
        return principal

    def grant(self, name: str, principal: str, scope: str = CONTAINER, role: str = "") -> str:
        definition = role or permissions.STORAGE_BLOB_DATA_READER
        full = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/{definition}"
        return self.assign(
            principal, full, scope, description=f"mayfly:mayfly/{name}/{NONPRODUCTION}" if name else ""
        )

    def grants(self) -> set[str]:
        """Whom the grants on the lake's container name, besides the reaper."""
        found = self.arm("GET", f"{CONTAINER}/{azure.ASSIGNMENTS}", version="2022-04-01")["value"]
        own = [one["properties"] for one in found if one["properties"]["scope"].lower() == CONTAINER.lower()]
        return {one["principalId"] for one in own} - {self.principal}

    def there(self) -> set[str]:
        """The environments whose group is there and does not go."""
        found = self.arm("GET", f"/subscriptions/{NONPRODUCTION}/resourceGroups")["value"]
        alive = [one for one in found if one["properties"]["provisioningState"] != "Deleting"]
        return {one["name"].removesuffix("-flights") for one in alive} - {"reaper-mayfly-abc123"}

    def hour(self) -> dict[str, Any]:
        """An hour passes: what the sweep came to, and of each environment what `reap` says."""
        before = {one["runId"] for one in self.runs()}
        self.local.cloud.clock.move(timedelta(hours=1))
        fresh = [one for one in self.runs() if one["runId"] not in before]
        (first,) = (one for one in fresh if one["pipelineName"] == "sweep")
        run = self.ended(first["runId"])
        told = {}
        for one in self.runs():
            if one["runId"] not in before and one["pipelineName"] == "reap":
                name = one["parameters"]["id"].rsplit("/", 1)[-1].removesuffix("-flights")
                told[name] = self.why(one["runId"]) or one["message"] or one["status"]
        return {"status": run["status"], "told": told}

    def ended(self, run_id: str) -> Any:
        """A run once it has ended."""
        deadline, pause = time.monotonic() + 60, threading.Event()
        while (run := self.run(run_id))["status"] in ("Queued", "InProgress"):
            assert time.monotonic() < deadline, run
            pause.wait(0.02)
        return run

    def probe(self, method: str, path: str, version: str, body: Any = None) -> Any:
        """The end of a pipeline of the reaper's factory that makes one call as its identity."""
        call = {
            "method": method,
            "url": f"{RULES.resource_manager}{path}?api-version={version}",
            "authentication": {"type": "MSI", "resource": RULES.audience},
            **({"body": body} if body else {}),
        }
        activities = [{"name": "call", "type": "WebActivity", "typeProperties": call}]
        self.arm(
            "PUT", f"{FACTORY}/pipelines/probe", {"properties": {"activities": activities}}, "2018-06-01"
        )
        run_id = self.arm("POST", f"{FACTORY}/pipelines/probe/createRun", {}, "2018-06-01")["runId"]
        return self.ended(run_id)

    def tag(self, name: str, tags: dict[str, str]) -> None:
        path = f"{group_id(name)}/providers/Microsoft.Resources/tags/default"
        self.arm("PATCH", path, {"operation": "Merge", "properties": {"tags": tags}})

    def runs(self) -> list[Any]:
        found: list[Any] = []
        body: dict[str, Any] = dict(WINDOW)
        while True:
            page = self.arm("POST", f"{FACTORY}/queryPipelineRuns", body, "2018-06-01")
            found += page["value"]
            if "continuationToken" not in page:
                return found
            body["continuationToken"] = page["continuationToken"]

    def run(self, run_id: str) -> Any:
        return self.arm("GET", f"{FACTORY}/pipelineruns/{run_id}", version="2018-06-01")

    def why(self, run_id: str) -> str:
        path = f"{FACTORY}/pipelineruns/{run_id}/queryActivityruns"
        found = self.arm("POST", path, WINDOW, "2018-06-01")["value"]
        return next(
            (str(one["output"].get("value") or "") for one in found if one["activityName"] == "why"), ""
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with local_cloud(tmp_path) as local:
        yield World(local).set_up()


def expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "Expression":
            yield value["value"]
        for inner in value.values():
            yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def test_every_expression_is_one_and_within_the_services_limit() -> None:
    """8,192 characters: "Azure Data Factory limits"."""
    found = [one for text in azure.documents(RULES).values() for one in expressions(json.loads(text))]
    assert len(found) > 40
    for one in found:
        assert len(one) <= 8192
        parse(one[1:])


def test_an_hour_later_what_is_over_is_gone_with_its_grants_and_nothing_else(world: World) -> None:
    """No CLI runs, and nobody calls: the schedule is due."""
    world.environment("qa-1", OVER)
    alive = world.environment("qa-2", ALIVE)
    told = world.hour()
    assert told["status"] == "Succeeded"
    assert world.there() == {"qa-2"}
    assert world.grants() == {alive}
    assert told["told"]["qa-2"] == f"expires at {ALIVE['mayfly-expires-at']}, or before"
    assert world.arm("GET", CONTAINER, version="2024-01-01")["name"] == "flights"


def test_every_page_of_the_list_is_worked_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure, "PAGE", 1)
    with local_cloud(tmp_path) as local:
        paged = World(local).set_up()
        for number in range(3):
            paged.environment(f"qa-{number}", OVER if number else ALIVE, grant=False)
        assert paged.hour()["status"] == "Succeeded"
        assert sum(one["pipelineName"] == "page" for one in paged.runs()) > 2
        paged.hour()
        assert paged.there() == {"qa-0"}


def test_a_list_that_cannot_be_read_is_told(world: World) -> None:
    found = world.arm("GET", f"/subscriptions/{NONPRODUCTION}/{azure.ASSIGNMENTS}", version="2022-04-01")
    own = [one["id"] for one in found["value"] if one["properties"]["principalId"] == world.principal]
    for one in own:
        world.arm("DELETE", one, version="2022-04-01")
    world.environment("qa-1", OVER)
    assert world.hour()["status"] == "Failed"
    assert world.there() == {"qa-1"}


KEPT = {**OVER, "mayfly-kept-until": stamp(NOW + 3 * DAY), "mayfly-kept-by": "me"}
LONG_KEPT = {**OVER, "mayfly-kept-until": stamp(NOW - DAY), "mayfly-kept-by": "me"}
UNREADABLE = "is not a valid date and time string"


LEFT: dict[str, tuple[Any, Any, str]] = {
    "qa-1": (KEPT, {}, f"is kept until {KEPT['mayfly-kept-until']}"),
    "prod": (OVER, {"mayfly_fabric": "prod"}, "is permanent"),
    "qa-3": (OVER, {"mayfly_project": "another"}, "is of another project"),
    "qa-4": (OVER, {"mayfly_project": None}, "is of another project"),
    "qa-5": ({}, {"mayfly_expires_at": stamp(NOW + DAY)}, f"expires at {stamp(NOW + DAY)}, or before"),
    "qa-6": ({}, {}, "expires at , or before"),
    "qa-9": (OVER, {"mayfly_env": "qa-99"}, "is not called after its environment"),
}


def test_what_is_kept_permanent_or_not_ours_is_left_with_the_reason(world: World) -> None:
    principals = {world.environment(name, life, **tags) for name, (life, tags, _) in LEFT.items()}
    for name, gone in (("qa-7", "managed_by"), ("qa-8", "mayfly_env")):
        taken: dict[str, Any] = {gone: None}
        principals.add(world.environment(name, OVER, **taken))
    found = world.hour()
    assert found == {"status": "Succeeded", "told": {name: why for name, (_, _, why) in LEFT.items()}}
    # What lacks the marker is not even looked at.
    assert world.there() == {*LEFT, "qa-7", "qa-8"}
    assert world.grants() == principals


UNREAD = ("soon", "03/15/2013 12:00:00", "2013-03-15", "0001-01-01T00:00:00Z", "")


def test_a_time_that_cannot_be_read_fails_closed_and_is_told(world: World) -> None:
    tags = ("mayfly_expires_at", "mayfly_created_at", "mayfly_kept_until")
    cases = [(tag, text) for tag in tags for text in UNREAD]
    for number, (tag, text) in enumerate(cases):
        world.environment(f"qa-{number}", OVER, grant=False, **{tag: text})
    world.environment("qa-over", OVER)
    found = world.hour()
    assert found["status"] == "Failed"
    assert all(UNREADABLE in found["told"][f"qa-{number}"] for number in range(len(cases)))
    assert world.there() == {f"qa-{number}" for number in range(len(cases))}  # and the other one went


BOUNDED: dict[str, tuple[dict[str, str], bool]] = {
    "qa-1": ({**OVER, "mayfly-expires-at": "9990-01-01T00:00:00Z"}, True),
    "qa-2": (
        {"mayfly-created-at": stamp(NOW - 31 * DAY), "mayfly-expires-at": "9990-01-01T00:00:00Z"},
        False,
    ),
    "qa-3": ({"mayfly-created-at": stamp(NOW - 31 * DAY)}, False),
    "qa-4": (LONG_KEPT, False),
}


def test_a_tag_makes_no_life_longer_than_the_fabrics_longest(world: World) -> None:
    for name, (life, _) in BOUNDED.items():
        world.environment(name, life, grant=False)
    assert world.hour()["status"] == "Succeeded"
    assert world.there() == {name for name, (_, there) in BOUNDED.items() if there}


def test_when_it_was_made_is_what_the_cloud_says_if_the_tag_says_later(world: World) -> None:
    """An `up` of a hostile deployer may write a new time of creation each day."""
    world.environment("qa-1", {"mayfly-expires-at": "9990-01-01T00:00:00Z"}, grant=False)
    for days, there in ((29, {"qa-1"}), (1, set())):
        world.arm("POST", f"{FACTORY}/triggers/hourly/stop", version="2018-06-01")
        world.local.cloud.clock.move(days * DAY)
        world.tag("qa-1", {"mayfly-created-at": stamp(world.local.cloud.clock.now())})
        world.arm("POST", f"{FACTORY}/triggers/hourly/start", version="2018-06-01")
        world.hour()
        assert world.there() == there


def test_an_unknown_fabric_is_left_and_told(world: World) -> None:
    world.environment("new-1", OVER)
    found = world.hour()
    assert found == {"status": "Failed", "told": {"new-1": "no file tells of its fabric, new"}}
    assert world.there() == {"new-1"}


def foreign(world: World, name: str) -> None:
    made = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    world.arm("PUT", f"{group_id(name)}/{azure.ACCOUNTS}/theirs", made, "2024-01-01")


def lock(world: World, scope: str) -> None:
    world.arm("PUT", f"{scope}/{azure.LOCKS}/hold", {"properties": {"level": "CanNotDelete"}}, "2020-05-01")


def other_source(world: World, name: str) -> None:
    world.tag(name, {"mayfly-source-b": SOURCE_TAG.replace("flights", "other")})


LOCKED = "there is a lock on it, in it or above it"
HELD: dict[str, tuple[Callable[[World, str], None], str]] = {
    "qa-1": (foreign, "it holds resources that are not its own"),
    "qa-2": (lambda world, name: lock(world, group_id(name)), LOCKED),
    "qa-3": (lambda world, name: lock(world, f"{group_id(name)}/{azure.FACTORIES}/f-{name}"), LOCKED),
    "qa-4": (other_source, "its tags name a source that the reaper does not know"),
}


def held(world: World) -> dict[str, str]:
    """What the runs of `remove` say, by environment."""
    found = (one for one in world.runs() if one["pipelineName"] == "remove")
    return {
        one["parameters"]["id"].rsplit("/", 1)[-1].removesuffix("-flights"): one["message"] for one in found
    }


def test_what_is_due_and_held_is_left_whole_and_told(world: World) -> None:
    principals = {world.environment(name, OVER) for name in HELD}
    for name, (hold, _) in HELD.items():
        hold(world, name)
    assert world.hour()["status"] == "Failed"
    assert (world.there(), world.grants()) == ({*HELD}, principals)
    for name, message in held(world).items():
        assert f"It is due, and left: {HELD[name][1]}" in message


def test_a_lock_on_the_subscription_holds_all(world: World) -> None:
    world.environment("qa-1", OVER)
    lock(world, f"/subscriptions/{NONPRODUCTION}")
    world.hour()
    assert world.there() == {"qa-1"}
    assert LOCKED in held(world)["qa-1"]


def test_a_grant_that_stays_keeps_its_group(world: World) -> None:
    """One above the container is none that it may revoke."""
    principal = world.environment("qa-1", OVER)
    world.grant("qa-1", principal, scope=ACCOUNT)
    assert world.hour()["status"] == "Failed"
    assert world.there() == {"qa-1"}


def test_grants_of_others_stay_whatever_tags_say(world: World) -> None:
    """A hostile deployer writes a foreign identity into a tag of its own environment."""
    stranger = world.local.principal("stranger").object_id
    world.grant("", stranger)
    neighbour = world.environment("qa-11", ALIVE)
    world.environment("qa-1", OVER, mayfly_owner=stranger)
    assert world.hour()["status"] == "Succeeded"
    assert world.grants() == {stranger, neighbour}


def test_a_grant_of_a_dead_identity_goes_by_its_description(world: World) -> None:
    dead = world.local.principal("dead").object_id
    world.environment("qa-1", OVER)
    world.grant("qa-1", dead)
    world.hour()
    assert (world.there(), world.grants()) == (set(), set())


def test_an_extension_that_is_written_meanwhile_counts(world: World) -> None:
    """The list nominates, the group's own GET decides."""
    world.environment("qa-1", OVER)
    with admin.lagging(world.local.cloud.folder):
        world.tag("qa-1", ALIVE)
        world.hour()
    assert world.there() == {"qa-1"}


def forbidden(world: World) -> dict[str, tuple[str, str, Any, str]]:
    """Calls that its identity may not make, those that end production last."""
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{permissions.STORAGE_BLOB_DATA_READER}"
    grant = {
        "roleDefinitionId": f"/subscriptions/{PRODUCTION}{role}",
        "principalId": world.local.principal("stranger").object_id,
        "principalType": "ServicePrincipal",
    }
    life = {"operation": "Merge", "properties": {"tags": OVER}}
    tags = f"{group_id('qa-2')}/providers/Microsoft.Resources/tags/default"
    return {
        "a group": ("PUT", group_id("qa-9"), {"location": "westeurope"}, "2021-04-01"),
        "a tag": ("PATCH", tags, life, "2021-04-01"),
        "a pipeline": ("PUT", f"{FACTORY}/pipelines/mine", {"properties": {"activities": []}}, "2018-06-01"),
        "a grant": (
            "PUT", f"{CONTAINER}/{azure.ASSIGNMENTS}/{uuid.uuid4()}", {"properties": grant}, "2022-04-01",
        ),
        "the data": ("DELETE", CONTAINER, None, "2024-01-01"),
        "production's account": ("DELETE", ACCOUNT, None, "2024-01-01"),
        "production's group": ("DELETE", LAKE, None, "2021-04-01"),
    }  # fmt: skip


def test_its_identity_makes_nothing_and_touches_no_production(world: World) -> None:
    """By a pipeline of its own factory; with the control: the same call as the owner of all."""
    world.environment("qa-2", ALIVE)
    calls = forbidden(world)
    for what, (method, path, body, version) in calls.items():
        assert "AuthorizationFailed" in world.probe(method, path, version, body)["message"], what
    for what, (method, path, body, version) in calls.items():
        assert world.local.request(method, path, body, version=version).status < 300, what


def test_it_takes_no_other_role_from_anybody(world: World) -> None:
    """Its right on production's containers is for readers that are service principals; the control is one."""
    stranger = world.local.principal("stranger").object_id
    writer = world.grant("", stranger, role=permissions.STORAGE_BLOB_DATA_CONTRIBUTOR)
    reader = world.grant("", stranger)
    assert world.probe("DELETE", writer, "2022-04-01")["status"] == "Failed"
    assert world.probe("DELETE", reader, "2022-04-01")["status"] == "Succeeded"
