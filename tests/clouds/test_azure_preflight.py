"""What the preflight makes of each answer: a problem, or the end."""

from __future__ import annotations

from typing import Any

import pytest

from mayfly.clouds.azure import CloudError, firewall
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.preflight import ROLES, preflight
from mayfly.errors import Denied, Problem, refusal
from mayfly.life.admission import Quota

OWN, PRODUCTION = (f"/subscriptions/6d617966-6c79-4000-8000-0000000000{end}0" for end in "ba")
GROUP = f"{OWN}/resourceGroups/qa-7-flights"
SINK = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/qa7flights"
NAMES = f"{OWN}/providers/Microsoft.Storage/checkNameAvailability"
ACCOUNT = f"{PRODUCTION}/resourceGroups/lake/providers/Microsoft.Storage/storageAccounts/lake"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/flights"
LOCKS = "providers/microsoft.authorization/locks"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/qa-7-flights"
REQUEST = {
    "subscription": OWN.rpartition("/")[2],
    "location": "westeurope",
    "group": "qa-7-flights",
    "account": "qa7flights",
    "factory": "qa-7-flights",
    "project": "flights",
    "environment": "qa-7",
    "sources": {"lake": CONTAINER},
}
LAKE: dict[str, Any] = {
    "name": "lake",
    "properties": {"primaryEndpoints": {"blob": "https://lake.blob.test/"}},
}
ANSWERS = {
    f"GET {CONTAINER}": {"id": CONTAINER},
    f"GET {CONTAINER}/{LOCKS}": {"value": []},
    f"GET {ACCOUNT}": LAKE,
    f"POST {NAMES}": {"nameAvailable": True},
    f"GET {OWN}/providers/Microsoft.DataFactory": {"registrationState": "Registered"},
    f"GET {OWN}/providers/Microsoft.Storage": {"registrationState": "Registered"},
}
ASKED = [*ANSWERS, f"GET {GROUP}", f"GET {SINK}"]
METRICS = "providers/Microsoft.Authorization/roleAssignmentsUsageMetrics"
ACCOUNTS_LEFT = f"{OWN}/providers/Microsoft.Storage/locations/westeurope/usages"


def metrics(used: int) -> dict[str, int]:
    return {"roleAssignmentsCurrentCount": used, "roleAssignmentsLimit": 4000}


QUOTAS: dict[str, Any] = {
    f"GET {OWN}/{METRICS}": metrics(1),
    f"GET {PRODUCTION}/{METRICS}": metrics(1),
    f"GET {ACCOUNTS_LEFT}": {
        "value": [
            {"name": {"value": "Others"}, "currentValue": 0, "limit": 1},
            {"name": {"value": "StorageAccounts"}, "currentValue": 2, "limit": 250},
        ]
    },
    f"GET {OWN}/resourceGroups": {"value": [{"id": GROUP}]},
    f"GET {OWN}/providers/Microsoft.DataFactory/factories": {"value": []},
}


@pytest.fixture
def cloud(cloud: Azure, arm: Any, answer: Any) -> Azure:
    """One in which the environment can be made."""
    for question, body in {**ANSWERS, **QUOTAS}.items():
        arm.on(*question.split(" "), answer(200, body))
    return cloud


def problems(cloud: Azure, **changes: Any) -> list[Problem]:
    return [Problem(**problem) for problem in preflight(cloud, {**REQUEST, **changes})["problems"]]


def test_each_question_is_asked_once_and_nothing_is_written(cloud: Azure, arm: Any) -> None:
    assert problems(cloud) == []
    assert sorted(call.lower() for call in arm.calls()) == sorted(
        question.lower() for question in [*ASKED, *QUOTAS]
    )


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalServerError"), (401, "InvalidToken"), (429, "Busy")]
)
def test_a_cloud_that_cannot_answer_now_is_no_problem_of_the_users_and_never_none(
    cloud: Azure, arm: Any, answer: Any, question: str, status: int, code: str
) -> None:
    arm.on(*question.split(" "), answer(status, {"error": {"code": code, "message": "later"}}))
    with pytest.raises(CloudError, match=f"{code}: later") as raised:
        preflight(cloud, REQUEST)
    assert raised.value.status == status


@pytest.mark.parametrize("question", ASKED)
def test_a_missing_right_is_one_line_that_names_it_and_ends_with_3(
    cloud: Azure, arm: Any, answer: Any, question: str
) -> None:
    prose = "The client 'x' with object id 'y' does not have authorization " + "and so on " * 20
    refused = {"error": {"code": "AuthorizationFailed", "message": prose}}
    arm.on(*question.split(" "), answer(403, refused, {"x-ms-request-id": "r-1"}))
    (problem,) = problems(cloud)
    assert (problem.denied, problem.fix) == (True, ROLES)
    assert problem.what.endswith("/read is denied (AuthorizationFailed, request r-1)")
    error = refusal([problem])
    assert (type(error), error.exit_code, len(str(error).splitlines())) == (Denied, 3, 2)


def test_what_is_wrong_with_a_question_is_told_in_the_clouds_words(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    arm.on("GET", GROUP, answer(400, {"error": {"code": "InvalidName", "message": "too odd"}}))
    (problem,) = problems(cloud)
    assert (problem.denied, "InvalidName: too odd" in problem.what) == (False, True)


@pytest.mark.parametrize(
    ("question", "body"),
    [(f"GET {CONTAINER}", None), (f"GET {ACCOUNT}", None), (f"GET {ACCOUNT}", {"properties": {}})],
)
def test_a_source_that_is_answered_without_content_is_a_problem_and_no_source(
    cloud: Azure, arm: Any, answer: Any, question: str, body: Any
) -> None:
    arm.on(*question.split(" "), answer(200, body))
    found = preflight(cloud, REQUEST)
    (problem,) = found["problems"]
    assert problem["where"] == "sources.lake"
    assert "was answered without" in problem["what"]
    assert found["endpoints"] == {}


def test_a_container_that_is_not_there_is_told(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", CONTAINER, answer(404, {"error": {"code": "ContainerNotFound", "message": "none"}}))
    (problem,) = problems(cloud)
    assert (problem.where, problem.what) == ("sources.lake", f"{CONTAINER} does not exist")
    assert problem.fix == "give the resource id of an existing container"


@pytest.mark.parametrize("changes", [{}, {"infrastructure": True}])
def test_a_source_in_the_environments_own_subscription_is_refused_unless_the_fabric_shares_it(
    cloud: Azure, arm: Any, answer: Any, changes: dict[str, Any]
) -> None:
    """Given by a pipeline's override, and published by an application's infrastructure."""
    locks: dict[str, Any] = {f"GET {ACCOUNT}/{LOCKS}": {"value": []}}
    beside = {key.replace(PRODUCTION, OWN): body for key, body in {**ANSWERS, **locks}.items()}
    for question, body in beside.items():
        arm.on(*question.split(" "), answer(200, body))
    container = CONTAINER.replace(PRODUCTION, OWN)
    if changes:
        group = f"{OWN}/resourceGroups/prod-flights"
        tags = {"managed-by": "mayfly", "mayfly-env": "prod", "mayfly-project": "flights"}
        tags["mayfly-source-lake"] = f"{REQUEST['subscription']}/lake/lake/flights"
        arm.on("GET", group, answer(200, {"id": group, "name": "prod-flights", "tags": tags}))
        changes = {"sources": {}, "infrastructure": {"environment": "prod", "group": group}}
    else:
        changes = {"sources": {"lake": container}}
    (problem,) = problems(cloud, **changes)
    assert "lies in the environment's own subscription" in problem.what
    assert problems(cloud, **changes, shared_subscription=True) == []
    assert problems(cloud, **changes, permanent=True) == []


def test_a_permanent_environments_grant_is_kept_by_locks_on_the_account(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    lock = {"id": f"{ACCOUNT}/{LOCKS}/keep", "name": "keep", "properties": {"level": "CanNotDelete"}}
    arm.on("GET", f"{ACCOUNT}/{LOCKS}", answer(200, {"value": [lock]}))
    assert problems(cloud) == []
    (problem,) = problems(cloud, permanent=True)
    assert f"a grant on {ACCOUNT} could not be revoked" in problem.what


def test_a_subscription_that_is_not_registered_is_told_and_no_problem(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    missing = {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}}
    arm.on("GET", SINK, answer(409, missing))
    arm.on("POST", NAMES, answer(409, missing))
    for namespace, state in (("Storage", "NotRegistered"), ("DataFactory", "Registering")):
        arm.on("GET", f"{OWN}/providers/Microsoft.{namespace}", answer(200, {"registrationState": state}))
    found = preflight(cloud, REQUEST)
    assert found["problems"] == []
    (note,) = found["notes"]
    assert (
        f"az provider register --namespace Microsoft.Storage --subscription {REQUEST['subscription']}" in note
    )
    sent = [call for call in arm.sent if call.path.endswith("/providers/Microsoft.Storage")]
    assert {call.query["api-version"] for call in sent} == {"2024-03-01"}


def account(**properties: Any) -> dict[str, Any]:
    return {"name": "lake", "properties": properties}


DENY = {"defaultAction": "Deny"}


def rule(id: str) -> dict[str, Any]:
    return {"networkAcls": {**DENY, "bypass": "None", "resourceAccessRules": [{"resourceId": id}]}}


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({}, None),
        ({"networkAcls": {"defaultAction": "Allow", "bypass": "None"}}, None),
        ({"networkAcls": {**DENY, "bypass": "Logging, AzureServices"}}, None),
        ({"publicNetworkAccess": "Disabled", "networkAcls": {**DENY, "bypass": "AzureServices"}}, None),
        (rule(FACTORY.upper()), None),
        (rule(f"{OWN}/resourcegroups/*/providers/Microsoft.DataFactory/factories/*"), None),
        (rule(f"{FACTORY}-other"), "denies what no rule allows"),
        ({"networkAcls": {**DENY, "bypass": "None"}}, "denies what no rule allows: the factory"),
        ({"networkAcls": {**DENY, "bypass": "Logging, Metrics", "ipRules": [{}]}}, "of the same region"),
        ({"publicNetworkAccess": "Disabled"}, "public network access disabled"),
        ({"publicNetworkAccess": "Disabled", "networkAcls": {"bypass": "None"}}, "access disabled"),
    ],
)
def test_a_firewall_that_keeps_the_factory_out_is_told_before_anything_is_made(
    cloud: Azure, arm: Any, answer: Any, properties: dict[str, Any], told: str | None
) -> None:
    arm.on("GET", ACCOUNT, answer(200, account(**LAKE["properties"], **properties)))
    found = problems(cloud)
    assert [told in problem.what for problem in found if told] == ([True] if told else [])
    assert [problem.fix for problem in found] == ([firewall.FIX] if told else [])


def test_each_quota_is_told_with_what_one_more_environment_needs_of_it(cloud: Azure) -> None:
    told = [Quota.of(quota) for quota in preflight(cloud, REQUEST)["quotas"]]
    own, production = (f"subscription {scope.rpartition('/')[2]}" for scope in (OWN, PRODUCTION))
    assert told == [
        Quota("role assignments", own, 1, 4000, 1),
        Quota("role assignments", production, 1, 4000, 1),
        Quota("storage accounts", f"{own} in westeurope", 2, 250),
        Quota("resource groups", own, 1, 980),
        Quota("data factories", own, 0, 800),
    ]


@pytest.mark.parametrize("question", QUOTAS)
@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, "AuthorizationFailed (403)"),
        (500, {"error": {"code": "InternalServerError", "message": "no"}}, "InternalServerError (500)"),
        (404, {"error": {"code": "InvalidResourceType", "message": "no"}}, ""),
    ],
)
def test_a_quota_that_is_not_told_stops_nothing_and_is_not_taken_for_room(
    cloud: Azure, arm: Any, answer: Any, question: str, status: int, body: Any, why: str
) -> None:
    arm.on(*question.split(" "), answer(status, body))
    found = preflight(cloud, REQUEST)
    (unread,) = (quota for quota in found["quotas"] if "unread" in quota)
    assert found["problems"] == []
    assert unread["unread"] == (why or unread["unread"])


def test_an_account_usage_that_is_not_named_is_not_known(cloud: Azure, arm: Any, answer: Any) -> None:
    arm.on("GET", ACCOUNTS_LEFT, answer(200, {"value": []}))
    (unread,) = (quota for quota in preflight(cloud, REQUEST)["quotas"] if "unread" in quota)
    assert (unread["name"], unread["unread"]) == ("storage accounts", "NotTold")
