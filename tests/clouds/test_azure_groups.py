from __future__ import annotations

from typing import Any

import pytest

from mayfly.clouds.azure import groups, runs
from mayfly.clouds.azure.client import Azure
from mayfly.errors import BadInput, NotAllowed

SUBSCRIPTION = "6d617966-6c79-4000-8000-0000000000b0"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/qa-7-flights"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/f"
OURS = {"managed-by": "mayfly", "mayfly-env": "qa-7"}
RUN = "11111111-2222-3333-4444-555555555555"


def group(state: str = "Succeeded", tags: dict[str, str] | None = None) -> dict[str, Any]:
    properties = {"provisioningState": state}
    return {"id": GROUP, "name": "qa-7-flights", "location": "x", "tags": tags, "properties": properties}


def no_sleep(seconds: float) -> None:
    assert seconds > 0


def test_a_list_only_nominates(cloud: Azure, arm: Any, answer: Any) -> None:
    other = {**group(tags=OURS), "id": f"{GROUP}2", "name": "gone"}
    arm.on(
        "GET",
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups",
        answer(200, {"value": [group(tags=OURS), other]}),
    )
    arm.on("GET", GROUP, answer(200, group(tags=OURS)))
    arm.on("GET", other["id"], answer(404, {}))
    nominated = groups.environments(cloud, SUBSCRIPTION)
    assert len(arm.sent) == 1, "one query, however many there are"
    found = [groups.get(cloud, one.id) for one in nominated]
    assert [one.environment for one in found if one] == ["qa-7"]
    assert arm.sent[0].query["$filter"] == "tagName eq 'managed-by' and tagValue eq 'mayfly'"


def test_a_group_is_deleted_once_and_asked_for_again(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", GROUP, answer(200, group(tags=OURS)), answer(200, group("Deleting", OURS)), answer(404, {}))
    arm.on("DELETE", GROUP, answer(202, headers={"Location": "https://arm.test/o/1", "Retry-After": "3"}))
    arm.on("GET", "/o/1", answer(200))
    assert groups.delete(cloud, GROUP, "qa-7", sleep=no_sleep)
    assert arm.calls().count(f"DELETE {GROUP}") == 1


def test_a_group_that_is_going_is_waited_for(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", GROUP, *[answer(200, group("Deleting", OURS))] * 3, answer(404, {}))
    told: list[str] = []
    assert groups.delete(cloud, GROUP, "qa-7", lambda seconds, state: told.append(state), no_sleep)
    assert not [call for call in arm.calls() if call.startswith("DELETE")]
    assert told == ["Deleting", "Deleting"]


def test_absent_is_success(cloud: Azure, arm: Any) -> None:
    assert not groups.delete(cloud, GROUP, "qa-7", sleep=no_sleep)


@pytest.mark.parametrize("tags", [None, {}, {"managed-by": "mayfly"}, {**OURS, "mayfly-env": "qa-8"}])
def test_only_what_is_ours_goes(cloud: Azure, arm: Any, answer: Any, tags: dict[str, str] | None) -> None:
    arm.on("GET", GROUP, answer(200, group(tags=tags)))
    with pytest.raises(NotAllowed):
        groups.delete(cloud, GROUP, "qa-7", sleep=no_sleep)
    assert len(arm.sent) == 1


def test_the_inventory_tells_ours_from_others(cloud: Azure, arm: Any, answer: Any) -> None:
    ours = {"id": FACTORY, "type": "Microsoft.DataFactory/factories", "name": "f", "tags": OURS}
    theirs = {"id": f"{FACTORY}2", "type": "Microsoft.Web/sites", "name": "w"}
    gone = {**ours, "id": f"{FACTORY}-gone"}
    arm.on("GET", f"{GROUP}/resources", answer(200, {"value": [gone, theirs]}))
    arm.on("GET", f"{GROUP}/providers/Microsoft.DataFactory/factories", answer(200, {"value": [ours]}))
    unregistered = {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}}
    arm.on("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts", answer(409, unregistered))
    found = groups.inventory(cloud, GROUP)
    assert [(resource.id, resource.environment) for resource in found] == [
        (FACTORY, "qa-7"),
        (f"{FACTORY}2", None),
    ]


def test_a_run_is_followed_to_its_end(cloud: Azure, arm: Any, answer: Any) -> None:
    path = f"{FACTORY}/pipelineruns/{RUN}"
    run = {
        "runId": RUN,
        "pipelineName": "p",
        "status": "InProgress",
        "runStart": "2026-01-01T10:00:00.1234567Z",
    }
    activity = {"activityName": "Copy", "activityType": "Copy", "status": "Succeeded", "durationInMs": 1500}
    arm.on("POST", f"{FACTORY}/pipelines/p/createRun", answer(200, {"runId": RUN}))
    arm.on("GET", path, answer(200, run), answer(200, {**run, "status": "Failed", "message": "why"}))
    pages = answer(200, {"value": [activity], "continuationToken": "t"}), answer(200, {"value": [activity]})
    arm.on("POST", f"{path}/queryActivityruns", *pages, *pages)
    assert runs.start(cloud, FACTORY, "p", {"year": 2013}) == RUN
    seen: list[int] = []
    ended = runs.follow(cloud, FACTORY, RUN, lambda run, found: seen.append(len(found)), sleep=no_sleep)
    assert (ended.status, ended.message, seen) == ("Failed", "why", [2, 2])
    assert arm.sent[0].body == {"year": 2013}


def test_an_unknown_pipeline_is_bad_input(cloud: Azure, arm: Any) -> None:
    for name in ("nothing", "../x", "", "a?b"):
        with pytest.raises(BadInput):
            runs.start(cloud, FACTORY, name)
    with pytest.raises(BadInput):
        runs.get(cloud, FACTORY, "../x")
    assert arm.calls() == [f"POST {FACTORY}/pipelines/nothing/createRun"]
