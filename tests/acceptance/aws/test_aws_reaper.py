"""The in-cloud reaper on AWS: made by one `pulumi up`, it removes what is over with no CLI running."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import ACCOUNT
from mayfly import naming, settings
from mayfly.clouds.aws import groups
from mayfly.naming import stamp
from mayfly.settings import EnvironmentSettings
from tests.cli.aws.world import LAKE, PREFIX, ROOT, World
from tests.support.aws_sdk import AwsSdk, signed_in
from tests.support.checkout import Checkout
from tests.support.local_aws import local_aws
from tests.support.sweeping import ALIVE, DAY, KEEP, NOW, OLD

QUERY: Any = {"Type": "TAG_FILTERS_1_0", "Query": json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"]})}
PATIENCE = 60.0
CALLER = """
import boto3
from botocore.exceptions import ClientError

def main(event, context):
    told = {}
    for name, (service, operation, request) in event.items():
        try:
            getattr(boto3.client(service), operation)(**request)
            told[name] = "done"
        except ClientError as error:
            told[name] = error.response["Error"]["Code"]
    return told
"""


@dataclass
class CheckoutWorld(World):
    """The world of a checkout's own local AWS."""

    checkout: Checkout

    def variables(self, principal: str) -> dict[str, str]:
        return self.checkout.environ(principal)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """With a local AWS of its own: what the reaper leaves would be in the way of others."""
    with local_aws(tmp_path_factory.mktemp("reaper")) as found:
        yield found


@pytest.fixture(scope="module")
def owner(checkout: Checkout) -> Iterator[AwsSdk]:
    with signed_in(checkout.environ("owner")) as sdk:
        yield sdk


@pytest.fixture(scope="module")
def world(checkout: Checkout) -> Iterator[World]:
    found = CheckoutWorld(None, checkout)  # type: ignore[arg-type]  # its variables are the checkout's
    yield found
    for cloud in (found.owner, found.deployer):
        cloud.close()


@pytest.fixture(scope="module")
def reaper(checkout: Checkout) -> dict[str, Any]:
    """The outputs of the stack reaper-aws, made by the account's owner."""
    checkout.run("pulumi", "stack", "select", "--create", "reaper-aws").ok()
    update(checkout, "up")
    return checkout.outputs("reaper-aws")


def update(checkout: Checkout, verb: str, *more: str) -> None:
    flags = ("--stack", "reaper-aws", "--yes", "--skip-preview")
    checkout.run("pulumi", verb, *flags, *more, principal="owner").ok()


def name_of(reaper: dict[str, Any]) -> str:
    return str(reaper["function"]).rpartition(":")[2]


def make(world: World, environment: str, life: dict[str, str]) -> EnvironmentSettings:
    made = world.build(environment)
    groups.tag(world.owner, naming.aws.names(made).resource_group, life)
    return made


def listed(owner: AwsSdk) -> set[str]:
    pages = owner.groups.get_paginator("list_groups").paginate()
    return {group["GroupName"] for page in pages for group in page["GroupIdentifiers"]}


def told(owner: AwsSdk, reaper: dict[str, Any]) -> list[Any]:
    """What the function told in its log, line by line."""
    events = owner.logs.filter_log_events(logGroupName=reaper["log_group"])["events"]
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.1)


def test_it_looks_every_hour_one_at_a_time_and_a_failed_call_is_kept(
    reaper: dict[str, Any], owner: AwsSdk
) -> None:
    name = name_of(reaper)
    schedule = owner.schedules.get_schedule(Name=name)
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 hour)", "ENABLED")
    found = owner.functions.get_function(FunctionName=name)
    assert found["Concurrency"]["ReservedConcurrentExecutions"] == 1
    queue = owner.client("sqs").get_queue_attributes(QueueUrl=reaper["failures"], AttributeNames=["All"])
    arn = queue["Attributes"]["QueueArn"]
    assert found["Configuration"]["DeadLetterConfig"]["TargetArn"] == arn
    assert schedule["Target"]["DeadLetterConfig"]["Arn"] == arn
    assert queue["Attributes"]["MessageRetentionPeriod"] == str(14 * 24 * 3600)
    (log,) = owner.logs.describe_log_groups(logGroupNamePrefix=reaper["log_group"])["logGroups"]
    assert log["retentionInDays"] == 365


def test_the_schedule_removes_what_is_over_with_no_cli_running_and_nothing_else(
    reaper: dict[str, Any], world: World, owner: AwsSdk
) -> None:
    over = make(world, "awsqa-1", OLD)
    owner.s3.put_object(Bucket=naming.aws.names(over).bucket, Key="curated/a", Body=b"x")
    make(world, "awsqa-2", ALIVE)
    make(world, "awsqa-3", {**OLD, **KEEP})
    make(world, "awsqa-4", {**OLD, "mayfly-project": "another"})
    permanent = naming.aws.identity("mayfly", "awsprod") | {"mayfly-fabric": "awsprod"} | OLD
    for name, tags in {"mayfly-awsprod": permanent, "mayfly-awsqa-5": OLD}.items():
        owner.groups.create_group(Name=name, ResourceQuery=QUERY, Tags=tags)
    before = owner.everything()
    fire(owner, name_of(reaper))
    wait_for(lambda: any("outcomes" in line for line in told(owner, reaper)))
    gone = before - owner.everything()
    assert {what.split()[0] for what in gone} == {"bucket", "function", "group", "log", "role"}
    assert all("awsqa-1" in what for what in gone)
    *_, last = told(owner, reaper)
    assert last["outcomes"] == {"gone": 1}
    assert "stay until the next `mayfly sweep --execute`" in last["stacks"]
    why = {
        line["environment"]["environment"]: line["environment"]["why"]
        for line in told(owner, reaper)
        if "environment" in line
    }
    assert why["awsqa-3"] == f"kept until {stamp(NOW + DAY)} by me: a look"
    assert why["awsqa-4"] == "is of the project 'another'"
    assert why["awsprod"] == "is permanent"
    assert "awsqa-5" not in why  # it lacks the marker
    (receipt,) = (line["receipt"] for line in told(owner, reaper) if "receipt" in line)
    assert (receipt["environment"], receipt["complete"]) == ("awsqa-1", True)
    assert receipt["production_grants"]["scopes"] == [f"arn:aws:s3:::{LAKE}"]


def fire(owner: AwsSdk, name: str) -> None:
    """A schedule that is due once, and is the reaper's own in all else: its target, by its role."""
    own = owner.schedules.get_schedule(Name=name)
    owner.schedules.create_schedule(
        Name=f"{name}-now",
        ScheduleExpression="at(2020-01-01T00:00:00)",
        ActionAfterCompletion="DELETE",
        FlexibleTimeWindow=own["FlexibleTimeWindow"],
        Target=own["Target"],
    )


def test_a_sweep_that_leaves_something_is_tried_again_and_then_kept_in_the_queue(
    reaper: dict[str, Any], owner: AwsSdk
) -> None:
    """A group whose tags name another environment is not removed, and that has to be seen."""
    tags = {**naming.aws.identity("mayfly", "awsqa-7"), **OLD}
    owner.groups.create_group(Name="mayfly-awsqa-6", ResourceQuery=QUERY, Tags=tags)
    owner.functions.invoke(FunctionName=name_of(reaper), InvocationType="Event")
    queue = owner.client("sqs")
    (kept,) = queue.receive_message(QueueUrl=reaper["failures"], WaitTimeSeconds=20)["Messages"]
    failure = json.loads(kept["Body"])
    assert failure["requestContext"]["approximateInvokeCount"] == 3
    assert "awsqa-7 left: the tags of" in failure["responsePayload"]["errorMessage"]
    owner.groups.delete_group(Group="mayfly-awsqa-6")


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
HERE = {"LocationConstraint": "eu-west-1"}


def calls(reaper: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """What the function's role may not do: as (service, operation, request)."""
    alive = settings.load(ROOT, "awsqa-2", {})
    names, queue = naming.aws.names(alive), str(reaper["failures"])
    return {
        "a bucket": ("s3", "create_bucket", {"Bucket": "mf--awsqa-2--x", "CreateBucketConfiguration": HERE}),
        "an object": ("s3", "put_object", {"Bucket": names.bucket, "Key": "a", "Body": "x"}),
        "a look at data": ("s3", "get_object", {"Bucket": LAKE, "Key": f"{PREFIX}2013/01.csv"}),
        "the end of data": ("s3", "delete_object", {"Bucket": LAKE, "Key": f"{PREFIX}2013/01.csv"}),
        "a role": (
            "iam",
            "create_role",
            {"RoleName": "awsqa-2-x", "Path": "/mayfly/awsqa-2/", "AssumeRolePolicyDocument": TRUST},
        ),
        "a role's policy": (
            "iam",
            "put_role_policy",
            {"RoleName": names.role, "PolicyName": "x", "PolicyDocument": ALL},
        ),
        "more for itself": (
            "iam",
            "put_role_policy",
            {"RoleName": name_of(reaper), "PolicyName": "x", "PolicyDocument": ALL},
        ),
        "a longer life": (
            "resource-groups",
            "tag",
            {"Arn": f"arn:aws:resource-groups:eu-west-1:{ACCOUNT}:group/mayfly-awsqa-2", "Tags": ALIVE},
        ),
        "a function's call": ("lambda", "invoke", {"FunctionName": "awsqa-2-echo"}),
        "a log group": ("logs", "create_log_group", {"logGroupName": "/mayfly/awsqa-2/x"}),
        "a queue": ("sqs", "create_queue", {"QueueName": "awsqa-2-x"}),
        "another's log": (
            "logs",
            "create_log_stream",
            {"logGroupName": "/mayfly/awsqa-2/echo", "logStreamName": "x"},
        ),
        "its own end": ("lambda", "delete_function", {"FunctionName": name_of(reaper)}),
        "its queue's end": ("sqs", "delete_queue", {"QueueUrl": queue}),
    }


def test_its_role_makes_nothing_reads_no_data_and_does_not_remove_itself(
    reaper: dict[str, Any], world: World, owner: AwsSdk
) -> None:
    """By a function that runs as it. With the control: the same function as an administrator."""
    owner.s3.put_object(Bucket=LAKE, Key=f"{PREFIX}2013/01.csv", Body=b"x")
    if "mayfly-awsqa-2" not in listed(owner):
        make(world, "awsqa-2", ALIVE)
    role = owner.iam.get_role(RoleName=name_of(reaper))["Role"]
    found = called(owner, "probe", role["Arn"], {**calls(reaper), "a look": ("iam", "list_roles", {})})
    assert found == {**dict.fromkeys(calls(reaper), "denied"), "a look": "done"}
    trust = json.dumps(role["AssumeRolePolicyDocument"])
    admin = owner.iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    owner.iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=ALL)
    last = ("more for itself", "its own end", "its queue's end")
    harmless = {key: call for key, call in calls(reaper).items() if key not in last}
    assert called(owner, "control", admin, harmless) == dict.fromkeys(harmless, "done")


def test_a_deployer_does_not_call_it_change_it_or_take_its_role(
    reaper: dict[str, Any], checkout: Checkout, owner: AwsSdk
) -> None:
    name = name_of(reaper)
    role = owner.iam.get_role(RoleName=name)["Role"]["Arn"]
    own: Any = {"FunctionName": "awsqa-2-mine", "Runtime": "python3.12", "Handler": "handler.main"}
    with signed_in(checkout.environ("deployer")) as deployer:
        tries: dict[str, Callable[[], object]] = {
            "call": lambda: deployer.functions.invoke(FunctionName=name),
            "change": lambda: deployer.functions.update_function_code(FunctionName=name, ZipFile=packed("")),
            "remove": lambda: deployer.functions.delete_function(FunctionName=name),
            "stop": lambda: deployer.schedules.delete_schedule(Name=name),
            "forget": lambda: deployer.logs.delete_log_group(logGroupName=reaper["log_group"]),
            "take its role": lambda: deployer.functions.create_function(
                Role=role, Code={"ZipFile": packed(CALLER)}, **own
            ),
            "give it more": lambda: deployer.iam.put_role_policy(
                RoleName=name, PolicyName="x", PolicyDocument=ALL
            ),
        }
        assert {what: code_of(call) for what, call in tries.items()} == dict.fromkeys(tries, "denied")


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return "denied" if "AccessDenied" in error.response["Error"]["Code"] else str(error)
    return "done"


def called(owner: AwsSdk, name: str, role: str, requests: dict[str, Any]) -> dict[str, str]:
    """What became of the requests: done, denied, or the error's code."""
    owner.functions.create_function(
        FunctionName=name, Runtime="python3.12", Handler="handler.main", Role=role, Timeout=60,
        Code={"ZipFile": packed(CALLER)},
    )  # fmt: skip
    owner.functions.get_waiter("function_active_v2").wait(FunctionName=name)
    answer = owner.functions.invoke(FunctionName=name, Payload=json.dumps(requests))
    found: dict[str, str] = json.loads(answer["Payload"].read())
    return {key: "denied" if "AccessDenied" in text else text for key, text in found.items()}


def packed(source: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("handler.py", source)
    return written.getvalue()


def test_down_does_not_take_it_for_an_environment_and_it_goes_by_plain_pulumi(
    reaper: dict[str, Any], checkout: Checkout, owner: AwsSdk
) -> None:
    update(checkout, "up", "--refresh", "--expect-no-changes")
    refused = checkout.run("mayfly", "down", "reaper-aws", principal="owner")
    assert (refused.code, "is the name of the in-cloud reapers' stacks" in refused.stderr) == (2, True)
    assert any(name_of(reaper) in what for what in owner.everything())
    update(checkout, "destroy")
    assert not any(name_of(reaper) in what for what in owner.everything())
