"""What the preflight makes of AWS's answers, which are played on the wire; the SDK parses them as always."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from urllib3.response import HTTPResponse

from mayfly.clouds.aws import Aws, CloudError, permissions
from mayfly.clouds.aws.preflight import preflight

ACCOUNT, LAKE = "123456789012", "flights-lake"
REQUEST = {
    "account": ACCOUNT,
    "region": "eu-west-1",
    "project": "mayfly",
    "environment": "awsqa-1",
    "resource_group": "mayfly-awsqa-1",
    "bucket": "mf--awsqa-1--x",
    "role": "awsqa-1-x",
    "functions": ["awsqa-1-flights"],
    "sources": {"lake": f"arn:aws:s3:::{LAKE}/flights/"},
    "roles": 2,
    "code_bytes": 3 << 20,
}
SERVICES = ("iam", "lambda", "resource-groups", "s3", "service-quotas", "ssm", "sts")


@dataclass
class Answer:
    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def error(code: str) -> str:
    """As JSON services and as the others say it, in one body for all."""
    return json.dumps({"__type": code, "message": "so it is"})


def xml(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>so it is</Message></Error></ErrorResponse>"


def version(prefix: str) -> Answer:
    """The boundary, as GetPolicyVersion tells it."""
    document = quote(json.dumps(permissions.boundary(ACCOUNT, {LAKE: [prefix]})))
    return Answer(
        200,
        "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion>"
        f"<Document>{document}</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>",
    )


def summary(roles: int) -> Answer:
    """What GetAccountSummary tells of roles."""
    entries = "".join(
        f"<entry><key>{name}</key><value>{number}</value></entry>"
        for name, number in {"Roles": roles, "RolesQuota": 1000}.items()
    )
    return Answer(
        200,
        "<GetAccountSummaryResponse><GetAccountSummaryResult>"
        f"<SummaryMap>{entries}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>",
    )


def groups(number: int) -> Answer:
    """That many Resource Groups."""
    named = [{"GroupName": f"g{one}"} for one in range(number)]
    return Answer(200, json.dumps({"GroupIdentifiers": named}))


def quota(value: float) -> Answer:
    return Answer(200, json.dumps({"Quota": {"Value": value}}))


SIZES = {
    "AccountLimit": {"TotalCodeSize": 75 << 30},
    "AccountUsage": {"TotalCodeSize": (10 << 20) + 1},
}
ROLES_LEFT = {"name": "roles", "where": f"account {ACCOUNT}", "used": 4, "limit": 1000, "needed": 2}
HERE = f"account {ACCOUNT} in eu-west-1"
GROUPS_LEFT = {"name": "resource groups", "where": HERE, "used": 3, "limit": 100, "needed": 1}
CODE_LEFT = {"name": "MiB of functions' code", "where": HERE, "used": 11, "limit": 76800, "needed": 3}
NOTHING = {
    "GetAccountSummary": summary(4),
    "GetAccountSettings": Answer(200, json.dumps(SIZES)),
    "ListGroups": groups(3),
    "GetCallerIdentity": Answer(
        200,
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    ),
    "GetPolicy": Answer(
        200,
        "<GetPolicyResponse><GetPolicyResult><Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"
        "</GetPolicyResult></GetPolicyResponse>",
    ),
    "GetPolicyVersion": version("flights/"),
    "GetRole": Answer(404, xml("NoSuchEntity")),
    "GetGroup": Answer(404, error("NotFoundException")),
    "GetFunction": Answer(404, error("ResourceNotFoundException")),
    "HeadBucket mf--awsqa-1--x": Answer(404),
    f"HeadBucket {LAKE}": Answer(200, headers={"x-amz-bucket-region": "eu-west-1"}),
}
"""An account that has the boundary and the lake, and nothing of the environment."""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setattr("mayfly.clouds.aws.client.ATTEMPTS", 1)
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    with Aws.from_environment({**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "eu-west-1") as made:
        yield made


def asked(cloud: Aws, **other: Answer) -> dict[str, Any]:
    """What the preflight says where these answers take the place of the usual ones."""
    played = {**NOTHING, **{name.replace("__", " "): answer for name, answer in other.items()}}

    def answer(request: AWSRequest, event_name: str, **_: Any) -> AWSResponse:
        operation, bucket = event_name.rpartition(".")[2], str(request.url).rpartition("/")[2]
        given = played.get(operation) or played[f"{operation} {bucket}"]
        raw: Any = HTTPResponse(io.BytesIO(given.body.encode()), status=given.status, preload_content=False)
        headers: Any = given.headers
        return AWSResponse(str(request.url), given.status, headers, raw)

    for service in SERVICES:
        make: Any = cloud.client
        make(service).meta.events.register("before-send", answer)
    return preflight(cloud, REQUEST)


LAKES = f"HeadBucket__{LAKE}"


def test_where_nothing_is_in_the_way_nothing_is_told(cloud: Aws) -> None:
    found = asked(cloud)
    assert found == {
        "problems": [],
        "group_tags": {},
        "regions": {"lake": "eu-west-1"},
        "quotas": [GROUPS_LEFT, ROLES_LEFT, CODE_LEFT],
    }


@pytest.mark.parametrize("used", [80, 100, 250])
def test_service_quotas_is_asked_for_the_limit_of_groups_where_the_default_is_near(
    cloud: Aws, used: int
) -> None:
    found = asked(cloud, ListGroups=groups(used), GetServiceQuota=quota(300.0))
    assert found["quotas"][0] == {**GROUPS_LEFT, "used": used, "limit": 300}


@pytest.mark.parametrize(
    ("question", "refused", "names"),
    [
        ("GetAccountSummary", Answer(403, xml("AccessDenied")), ["roles"]),
        ("GetAccountSettings", Answer(403, error("AccessDeniedException")), ["MiB of functions' code"]),
        ("GetAccountSettings", Answer(500, error("ServiceException")), ["MiB of functions' code"]),
        ("ListGroups", Answer(403, error("ForbiddenException")), ["resource groups"]),
        ("GetServiceQuota", Answer(400, error("AccessDeniedException")), ["resource groups"]),
        ("GetServiceQuota", Answer(400, error("NoSuchResourceException")), ["resource groups"]),
    ],
)
def test_a_quota_that_is_not_told_stops_nothing_and_is_not_taken_for_room(
    cloud: Aws, question: str, refused: Answer, names: list[str]
) -> None:
    near = {"ListGroups": groups(100)} if question == "GetServiceQuota" else {}
    found = asked(cloud, **near, **{question: refused})
    assert found["problems"] == []
    assert [one["name"] for one in found["quotas"] if "unread" in one] == names


def test_a_source_of_another_account_comes_up(cloud: Aws) -> None:
    """S3 refuses us, since nobody lets the deployer list it, and says where the bucket is."""
    elsewhere = Answer(403, headers={"x-amz-bucket-region": "eu-central-1"})
    found = asked(cloud, **{LAKES: elsewhere})
    assert (found["problems"], found["regions"]) == ([], {"lake": "eu-central-1"})


def test_a_refusal_that_is_not_s3s_own_is_a_missing_right_and_not_absence(cloud: Aws) -> None:
    (problem,) = asked(cloud, **{LAKES: Answer(403)})["problems"]
    assert (problem["where"], problem["denied"]) == ("sources.lake", True)
    assert problem["what"].startswith("s3:ListBucket is denied: 403")


def test_a_source_that_is_not_there_is_told(cloud: Aws) -> None:
    (problem,) = asked(cloud, **{LAKES: Answer(404)})["problems"]
    assert (problem["what"], problem["denied"]) == (f"arn:aws:s3:::{LAKE}/flights/ does not exist", False)


@pytest.mark.parametrize(("prefix", "readable"), [("", True), ("flights/", True), ("flights/2013/", False)])
def test_a_source_that_the_boundary_does_not_name_is_told(cloud: Aws, prefix: str, readable: bool) -> None:
    """The first thing that a new source is refused by, once it runs."""
    problems = asked(cloud, GetPolicyVersion=version(prefix))["problems"]
    assert [problem["where"] for problem in problems] == ([] if readable else ["sources.lake"])
    assert readable or "does not let roles read" in problems[0]["what"]


def test_a_name_that_is_in_another_region_is_taken_and_no_missing_right(cloud: Aws) -> None:
    moved = Answer(301, headers={"x-amz-bucket-region": "us-east-1"})
    (problem,) = asked(cloud, **{"HeadBucket__mf--awsqa-1--x": moved})["problems"]
    assert problem["denied"] is False
    assert "taken" in problem["what"]


BROKEN = [(500, "InternalError"), (503, "ServiceUnavailable"), (429, "TooManyRequestsException"), (401, "X")]
CHECKS = [
    "GetPolicy",
    "GetPolicyVersion",
    "GetRole",
    "GetGroup",
    "GetFunction",
    LAKES,
    "HeadBucket__mf--awsqa-1--x",
]


@pytest.mark.parametrize(("status", "code"), BROKEN)
@pytest.mark.parametrize("check", CHECKS)
def test_a_cloud_that_cannot_answer_is_no_answer(cloud: Aws, check: str, status: int, code: str) -> None:
    """Neither taken for absence nor told as something that the user could put right."""
    body = (
        ""
        if check.startswith("Head")
        else xml(code)
        if check in ("GetPolicy", "GetPolicyVersion", "GetRole")
        else error(code)
    )
    with pytest.raises(CloudError) as told:
        asked(cloud, **{check: Answer(status, body, {"x-amz-bucket-region": "eu-west-1"})})
    assert told.value.status == status
