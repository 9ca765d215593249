"""Attacks on the boundary, each of which one of its denials alone stops, and on production's statements.

Each attack has its control: it succeeds when that denial is taken away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import permissions
from tests.support.aws_decisions import Asked, Judge, judge

OTHER, ENVIRONMENT, LAKE = "999999999999", "awsqa-1", "lake"
EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
BOUNDARY = permissions.boundary(ACCOUNT, {LAKE: ["flights/"]})
NAME = f"{ENVIRONMENT}-flights-abcdef"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}/{ENVIRONMENT}-flights"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/mayfly/{ENVIRONMENT}/{NAME}"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
TAG = "aws:PrincipalTag/mayfly-env"
OF_FUNCTION = {"lambda:SourceFunctionArn": f"{FUNCTION}{ENVIRONMENT}-flights", TAG: ENVIRONMENT}
OWN = f"arn:aws:s3:::mf--{ENVIRONMENT}--flights-abcdef/k"
MARKED = {**OF_FUNCTION, "aws:ResourceTag/mayfly-env": ENVIRONMENT}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Judge]:
    with judge() as made:
        yield made


def admits(principal: Any = None, **more: Any) -> dict[str, Any]:
    """A resource's policy that gives everything to the role's session."""
    who = {"AWS": SESSION} if principal is None else principal
    statement = {"Effect": "Allow", "Principal": who, "Action": "*", "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def asked(action: str, arn: str, keys: Mapping[str, str] = OF_FUNCTION, **more: Any) -> Asked:
    """By a function of an environment, whose role's own policy allows everything."""
    wanted = {"identity": [EVERYTHING], "boundary": BOUNDARY, "role": ROLE, **more}
    return Asked(action, arn, SESSION, keys=keys, **wanted)


def without(document: Mapping[str, Any], *sids: str) -> dict[str, Any]:
    left = [one for one in document["Statement"] if one["Sid"] not in sids]
    assert len(left) == len(document["Statement"]) - len(sids)
    return {**document, "Statement": left}


SALARIES, KEY = "arn:aws:s3:::payroll/salaries.csv", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
FOREIGN = f"arn:aws:lambda:{REGION}:{OTHER}:function:outsider"
TAKEN = {TAG: ENVIRONMENT}
DRESSED_UP = {**OF_FUNCTION, TAG: "awsprod"}
UNTAGGED = {"lambda:SourceFunctionArn": OF_FUNCTION["lambda:SourceFunctionArn"]}
BY_PATH = {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/mayfly/*"}}}

ATTACKS: dict[str, tuple[str, Asked]] = {
    "an action that no function needs, by a policy that names the session": (
        "NothingElse", asked("s3:PutObjectAcl", OWN, resource=admits()),
    ),
    "a foreign bucket read, by a policy that names the session": (
        "NothingElseRead", asked("s3:GetObject", SALARIES, resource=admits()),
    ),
    "a foreign bucket read, by a policy for everybody under a path": (
        "NothingElseRead", asked("s3:GetObject", SALARIES, resource=admits("*", **BY_PATH)),
    ),
    "a foreign bucket read, by the role's own policy": (
        "NothingElseRead", asked("s3:GetObject", SALARIES),
    ),
    "a source read beside its prefix": (
        "NothingElseRead", asked("s3:GetObject", f"arn:aws:s3:::{LAKE}/salaries/a.csv"),
    ),
    "something decrypted by the function itself, by a key that names the session": (
        "NothingElseDecrypted", asked("kms:Decrypt", KEY, resource=admits(), required=True),
    ),
    "a source written, by a policy that names the session": (
        "NothingOfOthers", asked("s3:PutObject", f"arn:aws:s3:::{LAKE}/flights/a.csv", resource=admits()),
    ),
    "another environment's sink written, by a policy for everybody": (
        "NothingOfOthers", asked("s3:PutObject", "arn:aws:s3:::mf--awsqa-1-2--x/k", resource=admits("*")),
    ),
    "an outsider's bucket of a fitting name written": (
        "NothingOfOtherAccounts", asked("s3:PutObject", OWN, owner=OTHER, resource=admits("*")),
    ),
    "a foreign function called, by a policy that names the session": (
        "NoFunctionOfOthers", asked("lambda:InvokeFunction", f"{FUNCTION}payroll", resource=admits()),
    ),
    "a source read by whom the role was made to trust": (
        "NoDataOutsideFunctions", asked("s3:GetObject", f"arn:aws:s3:::{LAKE}/flights/a.csv", TAKEN),
    ),
    "a sink written by whom the role was made to trust": (
        "NoDataOutsideFunctions", asked("s3:PutObject", OWN, TAKEN),
    ),
    "a foreign bucket read by a role without a tag": (
        "NothingWithoutTheTag", asked("s3:GetObject", SALARIES, UNTAGGED),
    ),
    "production's sink written with a tag of the session": (
        "NothingUnderAnotherPath", asked("s3:PutObject", "arn:aws:s3:::mf--awsprod--x/k", DRESSED_UP),
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_denial_of_the_boundary_stops_an_attack(evaluator: Judge, attack: str) -> None:
    sid, request = ATTACKS[attack]
    assert not evaluator.allows(request)
    assert evaluator.allows(replace(request, boundary=without(BOUNDARY, sid))), "the control"


def test_every_denial_has_its_attack() -> None:
    denials = {one["Sid"] for one in BOUNDARY["Statement"] if one["Effect"] == "Deny"}
    assert {sid for sid, _ in ATTACKS.values()} == denials


HOME = {
    "a source read": asked("s3:GetObject", f"arn:aws:s3:::{LAKE}/flights/a.csv"),
    "a source listed": asked("s3:ListBucket", f"arn:aws:s3:::{LAKE}"),
    "the own sink written": asked("s3:PutObject", OWN),
    "the own sink read": asked("s3:GetObject", OWN),
    "a line logged": asked(
        "logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mayfly/{ENVIRONMENT}/f:log-stream:s"
    ),
    "an own function called": asked("lambda:InvokeFunction", f"{FUNCTION}{ENVIRONMENT}-flights", MARKED),
    "an own function called by a schedule": asked(
        "lambda:InvokeFunction",
        f"{FUNCTION}{ENVIRONMENT}-flights",
        {TAG: ENVIRONMENT, "aws:ResourceTag/mayfly-env": ENVIRONMENT},
    ),
    "an object decrypted": asked(
        "kms:Decrypt", KEY, {**OF_FUNCTION, "kms:ViaService": f"s3.{REGION}.amazonaws.com"}
    ),
    "a function's variables decrypted, before its code runs": asked(
        "kms:Decrypt", KEY, {TAG: ENVIRONMENT, "kms:ViaService": f"lambda.{REGION}.amazonaws.com"}
    ),
}


@pytest.mark.parametrize("what", HOME)
def test_the_boundary_leaves_what_an_environment_needs(evaluator: Judge, what: str) -> None:
    assert evaluator.allows(HOME[what])


@pytest.mark.parametrize("service", ["ssm", "secretsmanager", "sqs"])
def test_no_other_service_decrypts_for_it(evaluator: Judge, service: str) -> None:
    keys = {**OF_FUNCTION, "kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    assert not evaluator.allows(asked("kms:Decrypt", KEY, keys))


def test_an_outsiders_function_that_carries_our_tag_is_not_called(evaluator: Judge) -> None:
    request = asked("lambda:InvokeFunction", FOREIGN, MARKED, owner=OTHER, resource=admits())
    assert not evaluator.allows(request)
    assert evaluator.allows(replace(request, boundary=widened(BOUNDARY, "InvokeOwnFunctions", Resource="*")))


def widened(document: Mapping[str, Any], sid: str, **changed: Any) -> dict[str, Any]:
    """With another text in a statement; None takes a part of it away."""
    statements = [{**one, **changed} if one["Sid"] == sid else one for one in document["Statement"]]
    assert statements != document["Statement"]
    whole = [{key: value for key, value in one.items() if value is not None} for one in statements]
    return {**document, "Statement": whole}


PRODUCTION = permissions.production(LAKE, ["flights/"], {ACCOUNT: ["awsqa-*"]})
IN_LAKE = f"arn:aws:s3:::{LAKE}/flights/a.csv"


def by(role: str, action: str, owner: str, policy: Mapping[str, Any] = PRODUCTION) -> Asked:
    """By a role with rights of its own and without a boundary, on the lake of an account."""
    name = role.rpartition("/")[2]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/x"
    keys = {"s3:prefix": "flights/"} if action == "s3:ListBucket" else {}
    arn = f"arn:aws:s3:::{LAKE}" if action == "s3:ListBucket" else IN_LAKE
    whole = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return Asked(action, arn, session, whole, keys, [EVERYTHING], resource=policy, owner=owner)


@pytest.mark.parametrize("owner", [ACCOUNT, OTHER])
def test_a_stages_role_reads_and_does_nothing_else(evaluator: Judge, owner: str) -> None:
    role = "mayfly/awsqa-1/x"
    assert evaluator.allows(by(role, "s3:GetObject", owner))
    assert evaluator.allows(by(role, "s3:ListBucket", owner))
    assert not evaluator.allows(by(role, "s3:PutObject", owner))


def every_role(document: Mapping[str, Any], part: str, instead: str) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(document).replace(part, instead))
    assert changed != document
    return changed


def test_a_role_outside_the_stages_path_is_not_let_into_another_account(evaluator: Judge) -> None:
    """Whatever rights it has of its own: across accounts the bucket's policy has to allow as well."""
    wide = every_role(PRODUCTION, "role/mayfly/awsqa-*/*", "role/*")
    for role in ("analyst", "mayfly/billing-1/x", "mayfly/x"):
        assert not evaluator.allows(by(role, "s3:GetObject", OTHER)), role
    assert evaluator.allows(by("analyst", "s3:GetObject", OTHER, wide)), "the control"


def test_another_projects_environment_does_not_read_in_the_buckets_own_account(evaluator: Judge) -> None:
    """Where a role's own rights are enough, unless they are denied."""
    request = by("mayfly/billing-1/x", "s3:GetObject", ACCOUNT)
    assert not evaluator.allows(request)
    assert evaluator.allows(replace(request, resource=without(PRODUCTION, "MayflyNoOtherStage")))


def test_production_goes_on_writing_its_own_lake(evaluator: Judge) -> None:
    """The denials are for roles of environments: opened to all roles, they would stop production itself."""
    assert evaluator.allows(by("loader", "s3:PutObject", ACCOUNT))
    wide = every_role(PRODUCTION, "role/mayfly/*", "role/*")
    assert not evaluator.allows(by("loader", "s3:PutObject", ACCOUNT, wide)), "the control"


DEPLOYER = permissions.deployer(ACCOUNT, REGION, ["awsqa-*"])
ROLES = f"arn:aws:iam::{ACCOUNT}:role/mayfly/awsqa-1/awsqa-1-x"
MADE = {
    "iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary",
    "aws:RequestTag/managed-by": "mayfly",
    "aws:RequestTag/mayfly-env": "awsqa-1",
}


def deploys(action: str, arn: str, keys: Mapping[str, str], policy: Mapping[str, Any] = DEPLOYER) -> Asked:
    return Asked(action, arn, f"arn:aws:iam::{ACCOUNT}:user/deployer", keys=keys, identity=[policy])


def test_a_role_is_passed_to_lambda_and_the_scheduler_alone(evaluator: Judge) -> None:
    def passed(to: str, policy: Mapping[str, Any] = DEPLOYER) -> bool:
        keys = {"iam:PassedToService": f"{to}.amazonaws.com"}
        return evaluator.allows(deploys("iam:PassRole", ROLES, keys, policy))

    assert [passed(to) for to in ("lambda", "scheduler", "ec2", "glue")] == [True, True, False, False]
    assert passed("ec2", widened(DEPLOYER, "PassRoles", Condition=None)), "the control"


@pytest.mark.parametrize("key", MADE)
def test_a_role_is_made_with_the_boundary_and_both_tags(evaluator: Judge, key: str) -> None:
    """What the policy asks for no longer, a role can be made without; the boundary is asked for twice."""
    less = {name: value for name, value in MADE.items() if name != key}
    assert evaluator.allows(deploys("iam:CreateRole", ROLES, MADE))
    assert not evaluator.allows(deploys("iam:CreateRole", ROLES, less))
    conditions = next(one for one in DEPLOYER["Statement"] if one["Sid"] == "MakeRoles")["Condition"]
    weaker = {
        operator: left
        for operator, keys in conditions.items()
        if (left := {name: value for name, value in keys.items() if name != key})
    }
    control = widened(without(DEPLOYER, "NeverWithoutTheBoundary"), "MakeRoles", Condition=weaker)
    assert evaluator.allows(deploys("iam:CreateRole", ROLES, less, control)), "the control"


def test_objects_of_foreign_buckets_are_not_the_deployers(evaluator: Judge) -> None:
    """A wildcard stands for a slash too, so a foreign bucket's key could look like a bucket of ours."""
    foreign = deploys("s3:DeleteObject", "arn:aws:s3:::awsqa-billing/a--b", {})
    assert not evaluator.allows(foreign)
    assert evaluator.allows(deploys("s3:DeleteObject", "arn:aws:s3:::mf--awsqa-1--x/a--b", {}))
    before = every_role(DEPLOYER, "s3:::mf--awsqa-*--*", "s3:::awsqa-*--*")
    assert evaluator.allows(replace(foreign, identity=[before])), "the control"
