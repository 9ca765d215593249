from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mayfly.clouds.azure import CloudError, Refused
from mayfly.clouds.azure.client import Azure, api_version
from mayfly.errors import NotAllowed

GROUP = "/subscriptions/6d617966-6c79-4000-8000-0000000000b0/resourceGroups/qa-7"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/f"


def test_get_gives_the_document_and_none_for_what_is_absent(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", GROUP, answer(200, {"name": "qa-7"}))
    assert cloud.get(GROUP) == {"name": "qa-7"}
    assert cloud.get(FACTORY) is None
    assert [sent.query["api-version"] for sent in arm.sent] == ["2024-03-01", "2018-06-01"]


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (GROUP, "2024-03-01"),
        (f"{GROUP}/resources", "2024-03-01"),
        (f"{FACTORY}/pipelines/p/createRun", "2018-06-01"),
        (f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a", "2024-01-01"),
        (f"{FACTORY}/providers/Microsoft.Authorization/roleAssignments/x", "2022-04-01"),
        (f"{GROUP}/providers/microsoft.authorization/locks", "2020-05-01"),
    ],
)
def test_the_version_follows_from_the_type(path: str, version: str) -> None:
    assert api_version(path) == version


def test_a_body_goes_out_as_it_stands_and_names_are_quoted(cloud: Azure, arm: Any, answer: Any) -> None:
    path = f"{FACTORY}/pipelines/Copy data é1"
    arm.on("PUT", path, answer(200, {"etag": "1"}))
    body = {"properties": {"activities": [], "folder": {"name": "ä"}, "unheardOf": {"a": 1.0}}}
    assert cloud.put(path, body) == {"etag": "1"}
    assert arm.sent[0].body == body


def test_an_error_keeps_code_and_request_id(cloud: Azure, arm: Any, answer: Any) -> None:
    refusal = {"error": {"code": "AuthorizationFailed", "message": "The client may not."}}
    arm.on("GET", GROUP, answer(403, refusal, {"x-ms-request-id": "r-1"}))
    with pytest.raises(Refused) as caught:
        cloud.get(GROUP)
    assert (caught.value.code, caught.value.request_id, caught.value.exit_code) == (
        "AuthorizationFailed",
        "r-1",
        3,
    )
    assert isinstance(caught.value, NotAllowed)
    assert "r-1" in str(caught.value)
    assert "a-token" not in repr(caught.value)


@pytest.mark.parametrize(
    ("told", "hours"),
    [(lambda now: format_datetime(now - timedelta(hours=3), usegmt=True), 3), (lambda _: "soon", 0)],
)
def test_a_cloud_tells_by_how_much_our_clock_is_ahead(
    cloud: Azure, arm: Any, answer: Any, told: Callable[[datetime], str], hours: int
) -> None:
    arm.on("GET", GROUP, answer(200, {}, {"Date": told(datetime.now(UTC))}))
    cloud.get(GROUP)
    assert abs(cloud.clock_ahead - timedelta(hours=hours)) < timedelta(minutes=5)


def test_a_lock_in_the_way_is_a_refusal(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("DELETE", GROUP, answer(409, {"error": {"code": "ScopeLocked", "message": "locked"}}))
    with pytest.raises(Refused):
        cloud.delete(GROUP)


def test_an_answer_without_json_is_still_told(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", GROUP, answer(400, "not an object"))
    with pytest.raises(CloudError, match="HTTP400"):
        cloud.get(GROUP)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(cloud: Azure, arm: Any, answer: Any, status: int) -> None:
    arm.on("PUT", GROUP, answer(status, headers={"Retry-After": "17"}), answer(200, {"name": "qa-7"}))
    assert cloud.put(GROUP, {})["name"] == "qa-7"
    assert arm.slept == [17]


@pytest.mark.parametrize(
    ("told", "slept"),
    [
        ("86400", [300]),
        ("inf", [300]),
        ("Fri, 31 Dec 9999 23:59:59 GMT", [300]),
        ("nan", []),
        ("-5", []),
        ("soon", []),
    ],
)
def test_no_retry_after_is_waited_for_longer_than_minutes_or_ends_a_call(
    cloud: Azure, arm: Any, answer: Any, told: str, slept: list[float]
) -> None:
    arm.on("PUT", GROUP, answer(429, headers={"Retry-After": told}), answer(200, {"name": "qa-7"}))
    assert cloud.put(GROUP, {})["name"] == "qa-7"
    assert arm.slept == slept


def test_what_may_be_done_twice_is_asked_again_when_its_answer_is_lost(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    run = f"{GROUP}/providers/Microsoft.DataFactory/factories/f/pipelineruns/1"
    arm.on("POST", f"{run}/queryActivityruns", answer(0), answer(200, {"value": []}))
    assert cloud.post(run, "queryActivityruns") == {"value": []}
    start = f"{GROUP}/providers/Microsoft.DataFactory/factories/f/pipelines/p"
    arm.on("POST", f"{start}/createRun", answer(0), answer(200, {"runId": "2"}))
    with pytest.raises(CloudError):
        cloud.post(start, "createRun", again=False)
    assert arm.calls().count(f"POST {start}/createRun") == 1


def test_retries_are_bounded(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", GROUP, answer(503, {"error": {"code": "ServerBusy", "message": "later"}}))
    with pytest.raises(CloudError, match="ServerBusy"):
        cloud.get(GROUP)
    assert len(arm.sent) == 7


def test_a_long_deletion_is_polled_as_often_as_the_cloud_allows(cloud: Azure, arm: Any, answer: Any) -> None:
    poll = {"Location": "https://arm.test/operations/1", "Retry-After": "15"}
    arm.on("DELETE", GROUP, answer(202, headers=poll))
    arm.on("GET", "/operations/1", answer(202, headers=poll), answer(202, headers=poll), answer(200))
    told: list[str] = []
    assert cloud.delete(GROUP, progress=lambda seconds, state: told.append(state))
    assert arm.calls() == [f"DELETE {GROUP}"] + ["GET /operations/1"] * 3
    assert arm.slept == [15, 15, 15]
    assert told[-1] == "Succeeded"


def test_a_long_operation_that_fails_is_an_error(cloud: Azure, arm: Any, answer: Any) -> None:
    poll = {"Azure-AsyncOperation": "https://arm.test/operations/1", "Retry-After": "1"}
    failed = {"status": "Failed", "error": {"code": "InternalServerError", "message": "sorry"}}
    arm.on("PUT", GROUP, answer(201, {"name": "qa-7"}, poll))
    arm.on("GET", "/operations/1", answer(200, failed))
    with pytest.raises(CloudError, match="sorry"):
        cloud.put(GROUP, {})


@pytest.mark.parametrize(
    ("status", "body"), [(201, {"name": "x"}), (200, {"properties": {"provisioningState": "Succeeded"}})]
)
def test_what_is_made_at_once_is_not_waited_for(
    cloud: Azure, arm: Any, answer: Any, status: int, body: Any
) -> None:
    arm.on("PUT", GROUP, answer(status, body))
    assert cloud.put(GROUP, {}) == body
    assert (len(arm.sent), arm.slept) == (1, [])


def test_a_resource_that_is_still_being_made_is_waited_for(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("PUT", GROUP, answer(201, {"properties": {"provisioningState": "Creating"}}, {"Retry-After": "4"}))
    made = {"properties": {"provisioningState": "Succeeded"}}
    arm.on("GET", GROUP, answer(200, made))
    assert cloud.put(GROUP, {}) == made
    assert arm.slept == [4]


@pytest.mark.parametrize("status", [204, 404])
def test_deleting_what_is_absent_succeeds(cloud: Azure, arm: Any, answer: Any, status: int) -> None:
    arm.on("DELETE", GROUP, answer(status))
    assert not cloud.delete(GROUP)


def test_a_list_follows_its_pages_but_not_to_another_host(cloud: Azure, arm: Any, answer: Any) -> None:
    next_page = "https://arm.test/subscriptions?page=2"
    arm.on(
        "GET",
        "/subscriptions",
        answer(200, {"value": [{"id": 1}], "nextLink": next_page}),
        answer(200, {"value": [{"id": 2}], "nextLink": "https://elsewhere.test/steal"}),
    )
    pages = cloud.list("/subscriptions", "tagName eq 'a'")
    assert [next(pages), next(pages)] == [{"id": 1}, {"id": 2}]
    assert arm.sent[0].query["$filter"] == "tagName eq 'a'"
    with pytest.raises(CloudError, match=r"elsewhere\.test"):
        next(pages)
    assert len(arm.sent) == 2


@pytest.mark.parametrize("header", ["Location", "Azure-AsyncOperation"])
def test_an_operation_is_not_followed_to_another_host(
    cloud: Azure, arm: Any, answer: Any, header: str
) -> None:
    """The poll would carry our token there."""
    arm.on("DELETE", GROUP, answer(202, headers={header: "https://elsewhere.test/steal", "Retry-After": "1"}))
    with pytest.raises(CloudError, match=r"elsewhere\.test"):
        cloud.delete(GROUP)
    assert arm.calls() == [f"DELETE {GROUP}"]


def test_a_next_page_may_spell_out_the_port(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on(
        "GET",
        "/subscriptions",
        answer(200, {"value": [{"id": 1}], "nextLink": "https://ARM.test:443/subscriptions?page=2"}),
        answer(200, {"value": [{"id": 2}]}),
    )
    assert list(cloud.list("/subscriptions")) == [{"id": 1}, {"id": 2}]


def test_a_list_without_an_end_is_ended(
    cloud: Azure, arm: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mayfly.clouds.azure.client.MOST_PAGES", 3)
    arm.on("GET", "/subscriptions", answer(200, {"nextLink": "https://arm.test/subscriptions"}))
    with pytest.raises(CloudError, match="TooManyPages"):
        list(cloud.list("/subscriptions"))


def test_a_subscription_that_is_not_seen_does_not_make_things_absent(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    """As after a sign-in to the wrong tenant: a teardown would report all of it gone."""
    unseen = {"error": {"code": "SubscriptionNotFound", "message": "could not be found"}}
    arm.otherwise = lambda sent: answer(404, unseen)
    with pytest.raises(CloudError, match="SubscriptionNotFound"):
        cloud.get(GROUP)
    with pytest.raises(CloudError, match="SubscriptionNotFound"):
        cloud.delete(GROUP)


def test_a_redirect_is_no_success(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", GROUP, answer(302, headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(CloudError, match="HTTP302"):
        cloud.get(GROUP)
    assert len(arm.sent) == 1
