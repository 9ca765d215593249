"""The ids of what is made on AWS, and whose it is: for a state that a killed `up` left."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mayfly import naming
from mayfly.clouds.aws import Aws
from mayfly.clouds.aws.owner import Owner
from mayfly.engine import recovery_aws
from mayfly.engine.recovery import Finder
from mayfly.settings import EnvironmentSettings
from tests.cli.aws.world import World
from tests.support.aws_script import Script

pytestmark = pytest.mark.usefixtures("as_the_deployer")

TYPES = {
    "bucket": "aws:s3/bucket:Bucket",
    "role": "aws:iam/role:Role",
    "function": "aws:lambda/function:Function",
    "log": "aws:cloudwatch/logGroup:LogGroup",
    "schedule": "aws:scheduler/schedule:Schedule",
    "group": "aws:resourcegroups/group:Group",
    "parameter": "aws:ssm/parameter:Parameter",
}


@pytest.fixture(scope="module")
def environment(world: World) -> EnvironmentSettings:
    """One with all that there are ids of."""
    made = world.build("awsqa-7")
    names, tags = naming.aws.names(made), naming.aws.identity(made.project, made.name)
    function = world.owner.client("lambda").get_function(FunctionName="awsqa-7-echo")["Configuration"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    scheduler = world.owner.client("iam").create_role(
        RoleName=names.schedule_role, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    world.owner.client("scheduler").create_schedule(
        Name="awsqa-7-echo",
        ScheduleExpression="rate(1 day)",
        State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function["FunctionArn"], "RoleArn": scheduler["Role"]["Arn"]},
    )
    pairs: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
    parameter = naming.aws.parameter(made.name)
    world.owner.client("ssm").put_parameter(Name=parameter, Value="{}", Type="String", Tags=pairs)
    world.owner.client("s3").create_bucket(
        Bucket=f"{names.bucket}x", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return made


def named(environment: EnvironmentSettings) -> dict[str, tuple[dict[str, str], str]]:
    """Kind → the inputs that name it, and its id."""
    names = naming.aws.names(environment)
    log, parameter = naming.aws.log_group(environment, "echo"), naming.aws.parameter(environment.name)
    return {
        "bucket": ({"bucket": names.bucket}, names.bucket),
        "role": ({"name": names.role}, names.role),
        "function": ({"name": "awsqa-7-echo"}, "awsqa-7-echo"),
        "log": ({"name": log}, log),
        "schedule": ({"name": "awsqa-7-echo"}, "default/awsqa-7-echo"),
        "group": ({"name": names.resource_group}, names.resource_group),
        "parameter": ({"name": parameter}, parameter),
    }


def pending(kind: str, inputs: dict[str, str], tags: dict[str, str]) -> dict[str, Any]:
    tagged = {} if kind == "schedule" else {"tags": tags}
    return {"urn": kind, "type": TYPES[kind], "inputs": {**inputs, **tagged}}


def found_by(cloud: Aws) -> Finder:
    return recovery_aws.finder(cloud, Owner("flights", "awsqa-7", "123456789012", "eu-west-1"))


@pytest.mark.parametrize("kind", TYPES)
def test_what_carries_the_marker_is_found_by_its_id(
    world: World, environment: EnvironmentSettings, kind: str
) -> None:
    find, (inputs, id) = found_by(world.deployer), named(environment)[kind]
    ours = naming.aws.identity(environment.project, environment.name)
    assert find(pending(kind, inputs, ours)) == id


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "schedule"])
def test_what_is_of_another_environment_or_absent_is_not(
    world: World, environment: EnvironmentSettings, kind: str
) -> None:
    """A schedule takes no tags; it has a name that nobody else hits upon."""
    find, (inputs, _) = found_by(world.owner), named(environment)[kind]
    theirs = naming.aws.identity("another", environment.name)
    assert find(pending(kind, inputs, theirs)) is None
    absent = {name: f"{value}-absent" for name, value in inputs.items()}
    assert find(pending(kind, absent, theirs)) is None


def test_a_policy_is_found_by_the_arn_that_its_path_makes() -> None:
    arn = "arn:aws:iam::123456789012:policy/mayfly/awsqa-7/more"
    ours = naming.aws.identity("flights", "awsqa-7")
    tags = [{"Key": key, "Value": value} for key, value in ours.items()]
    cloud = Script(GetPolicy={"Policy": {"Tags": tags}})
    inputs = {"name": "more", "path": "/mayfly/awsqa-7/", "tags": ours}
    assert found_by(cloud)({"type": "aws:iam/policy:Policy", "inputs": inputs}) == arn
    assert cloud.asked("GetPolicy") == [{"PolicyArn": arn}]


def test_a_bucket_that_has_no_tags_yet_is_ours(world: World, environment: EnvironmentSettings) -> None:
    name = f"{naming.aws.names(environment).bucket}x"
    ours = naming.aws.identity(environment.project, environment.name)
    assert found_by(world.owner)(pending("bucket", {"bucket": name}, ours)) == name


def test_what_can_be_made_again_and_what_has_no_name_yet_is_left_out(world: World) -> None:
    find = found_by(world.deployer)
    assert find({"type": "aws:s3/bucketPolicy:BucketPolicy", "inputs": {"bucket": "x"}}) is None
    assert find({"type": TYPES["role"], "inputs": {}}) is None


class NewerGroups:
    """Resource Groups as AWS has them since their ARNs end in an id: the name alone does not do."""

    arn = "arn:aws:resource-groups:eu-west-1:123456789012:group/mayfly-awsqa-7/0abc"

    def get_group(self, Group: str) -> dict[str, Any]:
        return {"Group": {"GroupArn": self.arn, "Name": Group}}

    def get_tags(self, Arn: str) -> dict[str, Any]:
        if Arn != self.arn:
            said: Any = {"Error": {"Code": "NotFoundException", "Message": "no such group"}}
            raise ClientError(said, "GetTags")
        return {"Tags": naming.aws.identity("flights", "awsqa-7")}


def test_a_group_is_found_by_the_arn_that_aws_gives_it() -> None:
    cloud: Any = SimpleNamespace(client=lambda _: NewerGroups(), region="eu-west-1", account="123456789012")
    ours = naming.aws.identity("flights", "awsqa-7")
    wanted = pending("group", {"name": "mayfly-awsqa-7"}, ours)
    assert found_by(cloud)(wanted) == "mayfly-awsqa-7"
