"""A schedule that is due does what its role may, and nothing that it may not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from tests.localcloud.aws.conftest import HERE, Caller
from tests.localcloud.aws.test_permissions import ALL, LAMBDA, make_function, make_role

TRUST = json.dumps(LAMBDA).replace("lambda.", "scheduler.")
DUE = "at(2020-01-01T00:00:00)"


def until(holds: Callable[[], bool], longest: float = 30) -> None:
    deadline = time.monotonic() + longest
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def environment(owner: Caller, name: str) -> str:
    """Its function does what its event says, and its role may all that the boundary leaves."""
    environment, iam = f"awsqa-{name}", owner.client("iam")
    role = make_role(iam, environment)
    iam.put_role_policy(RoleName=f"{environment}-flights", PolicyName="all", PolicyDocument=ALL)
    owner.client("s3").create_bucket(Bucket=f"mf--{environment}--x", CreateBucketConfiguration=HERE)
    make_function(owner, environment, role)
    return environment


def schedule(owner: Caller, environment: str, key: str, action: str, tagged: str) -> None:
    """A schedule that is due once, and then gone: has the function write an object.

    action: what its role may do to the function. tagged: the environment that the role's boundary lets it act
    in.
    """
    iam, role = owner.client("iam"), f"{environment}-{key}"
    arn = make_role(
        iam, environment, RoleName=role, AssumeRolePolicyDocument=TRUST,
        Tags=[{"Key": "mayfly-env", "Value": tagged}],
    )  # fmt: skip
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{environment}-probe"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=json.dumps(policy))
    write = ("s3", "put_object", {"Bucket": f"mf--{environment}--x", "Key": key, "Body": "x"})
    owner.client("scheduler").create_schedule(
        Name=role, ScheduleExpression=DUE, FlexibleTimeWindow={"Mode": "OFF"}, ActionAfterCompletion="DELETE",
        Target={"Arn": function, "RoleArn": arn, "Input": json.dumps({"write": write})},
    )  # fmt: skip


def written(owner: Caller, environment: str) -> list[str]:
    found: dict[str, Any] = owner.client("s3").list_objects_v2(Bucket=f"mf--{environment}--x")
    return [each["Key"] for each in found.get("Contents", [])]


def test_a_schedules_role_decides(owner: Caller, deployer: Caller, environment: str) -> None:
    scheduler = owner.client("scheduler")
    schedule(owner, environment, "without", "lambda:GetFunction", environment)
    schedule(owner, environment, "bounded", "lambda:InvokeFunction", f"{environment}-2")
    until(lambda: scheduler.list_schedules(NamePrefix=environment)["Schedules"] == [])
    schedule(owner, environment, "with", "lambda:InvokeFunction", environment)
    until(lambda: bool(written(owner, environment)))
    assert written(owner, environment) == ["with"]
