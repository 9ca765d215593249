"""Teardown of a large environment by plain Pulumi, as the request log has it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import aws_bucket
from tests.support.aws_sdk import AwsSdk
from tests.support.aws_traces import traces
from tests.support.checkout import Checkout
from tests.support.request_log import RequestLog

ENVIRONMENT = "awsqa-big"
OBJECTS, MARKERS = 3_000, 1_500
"""More than a page of a list, and more than a call deletes, of each."""
NOBODY = {"Version": "2012-10-17", "Statement": []}
NOTHING = {**NOBODY, "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def before(checkout: Checkout, owner: AwsSdk) -> set[str]:
    """All that there is without it."""
    return owner.everything()


@pytest.fixture(scope="module")
def outputs(checkout: Checkout, owner: AwsSdk, before: set[str]) -> dict[str, Any]:
    """The environment with all that others left in it."""
    made: dict[str, Any] = checkout.run("mayfly", "up", ENVIRONMENT, "--json").ok().json()["outputs"]
    aws_bucket.put_objects(checkout, made["bucket"], OBJECTS)
    aws_bucket.put_versions(owner, made["bucket"], MARKERS)
    assert aws_bucket.versions(owner, made["bucket"]) == OBJECTS + MARKERS + 3
    leave_behind(owner)
    return made


def leave_behind(owner: AwsSdk) -> None:
    """What no Pulumi state knows: things without tags under the environment's paths."""
    owner.parameters.put_parameter(Name=f"/mayfly/{ENVIRONMENT}/note", Value="x", Type="String")
    owner.logs.create_log_group(logGroupName=f"/mayfly/{ENVIRONMENT}/somebodys")
    role, path = f"{ENVIRONMENT}-extra", f"/mayfly/{ENVIRONMENT}/"
    owner.iam.create_role(RoleName=role, Path=path, AssumeRolePolicyDocument=json.dumps(NOBODY))
    policy = owner.iam.create_policy(PolicyName=role, Path=path, PolicyDocument=json.dumps(NOTHING))["Policy"]
    owner.iam.attach_role_policy(RoleName=role, PolicyArn=policy["Arn"])


@pytest.fixture(scope="module")
def log(checkout: Checkout, outputs: dict[str, Any]) -> RequestLog:
    """The request log of the destroy alone."""
    found = RequestLog(checkout.root / ".mayfly/aws/requests.jsonl")
    found.mark()
    checkout.run("pulumi", "destroy", "--stack", ENVIRONMENT, "--yes", "--skip-preview").ok()
    found.freeze()
    return found


def changes(log: RequestLog) -> Iterator[str]:
    """The operations that were more than a look, in their order."""
    for entry in log.entries():
        if not entry["operation"].startswith(("Get", "List", "Head", "Describe")):
            assert (entry["principal"], entry["status"] < 300) == ("deployer", True), entry
            yield entry["operation"]


def test_one_sweep_removes_it_and_nothing_else_is_asked_for(log: RequestLog) -> None:
    """What is deleted with the group is deleted by nobody else: no bucket's policy, no object one by one."""
    made = list(changes(log))
    calls = Counter(made)
    full = -(-(OBJECTS + MARKERS + 3) // aws_bucket.A_CALL)
    assert full <= calls.pop("DeleteObjects") <= full + 1
    assert calls == {
        "AbortMultipartUpload": 1,
        "DeleteBucket": 1,
        "DeleteFunction": 2,
        "DeleteSchedule": 2,
        "DeleteLogGroup": 3,
        "DeleteParameter": 1,
        "DeleteRolePolicy": 2,
        "DetachRolePolicy": 1,
        "DeleteRole": 3,
        "DeletePolicy": 1,
        "DeleteGroup": 1,
    }
    order = ["DeleteSchedule", "DeleteFunction", "DeleteBucket", "DeleteRole", "DeletePolicy", "DeleteGroup"]
    assert [each for each in dict.fromkeys(made) if each in order] == order


def test_nothing_of_it_remains(
    log: RequestLog, outputs: dict[str, Any], owner: AwsSdk, before: set[str], checkout: Checkout
) -> None:
    assert traces(owner, ENVIRONMENT) == set()
    assert owner.everything() == before
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    assert ENVIRONMENT not in [each["environment"] for each in listed]


def test_down_after_it_finds_nothing_and_removes_the_stack(log: RequestLog, checkout: Checkout) -> None:
    receipt = checkout.run("mayfly", "down", ENVIRONMENT, "--json").ok().json()["receipt"]
    assert (receipt["complete"], receipt["was"], receipt["stack_removed"]) == (True, [], True)
    stacks = checkout.run("pulumi", "stack", "ls", "--json").ok().json()
    assert ENVIRONMENT not in [stack["name"] for stack in stacks]
