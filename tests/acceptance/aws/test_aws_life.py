"""An environment's whole life on AWS by plain Pulumi, seen through AWS's own SDK."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet
import pytest

from tests.support.aws_sdk import AwsSdk
from tests.support.checkout import Checkout, finish
from tests.support.request_log import RequestLog

ACCOUNT = "123456789012"
LAKE = f"flights-lake-{ACCOUNT}"
MARKER = {
    "managed-by": "mayfly",
    "mayfly-env": "awsqa-7",
    "mayfly-fabric": "awsqa",
    "mayfly-project": "mayfly",
}
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
JANUARY = 27_004
READS = ("Describe", "Get", "Head", "List")


@pytest.fixture(scope="module")
def environment(checkout: Checkout, owner: AwsSdk) -> Iterator[dict[str, Any]]:
    """Make awsqa-7 with plain Pulumi, give its outputs, and destroy it; all else is as it was before."""
    production, before = lake(owner), owner.everything()
    checkout.run("pulumi", "stack", "select", "--create", "awsqa-7").ok()
    checkout.run("pulumi", "up", "--stack", "awsqa-7", "--yes", "--skip-preview").ok()
    yield checkout.run("pulumi", "stack", "output", "--json", "--stack", "awsqa-7").ok().json()
    checkout.run("pulumi", "destroy", "--stack", "awsqa-7", "--yes", "--skip-preview").ok()
    checkout.run("pulumi", "stack", "rm", "--stack", "awsqa-7", "--yes").ok()
    assert owner.everything() == before
    assert lake(owner) == production


def lake(owner: AwsSdk) -> list[Any]:
    """Every object of production's lake with all that a write would change, and who may do what there."""
    found = owner.s3.list_objects_v2(Bucket=LAKE)["Contents"]
    assert len(found) >= 12
    return [owner.s3.get_bucket_policy(Bucket=LAKE)["Policy"], *found]


def changes(log: RequestLog) -> list[str]:
    """The operations so far that were more than a look."""
    operations = [str(entry["operation"]) for entry in log.entries() if entry["status"] < 400]
    return [each for each in operations if not each.startswith(READS)]


def function_tags(owner: AwsSdk, arn: str) -> dict[str, str]:
    return dict(owner.functions.list_tags(Resource=arn)["Tags"])


def test_every_resource_is_there_with_its_tags(environment: dict[str, Any], owner: AwsSdk) -> None:
    group = owner.groups.get_group(Group=environment["resource_group"])["Group"]
    tags = owner.groups.get_tags(Arn=group["GroupArn"])["Tags"]
    assert MARKER.items() <= tags.items()
    assert {"mayfly-owner", "mayfly-created-at", "mayfly-expires-at"} <= set(tags)
    bucket = owner.s3.get_bucket_tagging(Bucket=environment["bucket"])["TagSet"]
    assert {each["Key"]: each["Value"] for each in bucket} == MARKER
    assert set(environment["functions"]) == {"flights", "reference"}
    for arn in environment["functions"].values():
        assert function_tags(owner, arn) == MARKER


def test_the_sink_is_private_encrypted_without_acls_and_expires(
    environment: dict[str, Any], owner: AwsSdk
) -> None:
    bucket = environment["bucket"]
    block = owner.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    (rule,) = owner.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] == "BucketOwnerEnforced"
    encryption = owner.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (line,) = owner.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert line["Expiration"] == {"Days": 30}
    assert "Status" not in owner.s3.get_bucket_versioning(Bucket=bucket)


def test_every_role_is_under_the_environments_path_and_bounded(
    environment: dict[str, Any], owner: AwsSdk
) -> None:
    roles = owner.iam.list_roles(PathPrefix="/mayfly/awsqa-7/")["Roles"]
    assert environment["role_arn"] in {role["Arn"] for role in roles}
    for each in roles:
        role = owner.iam.get_role(RoleName=each["RoleName"])["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
        assert {tag["Key"]: tag["Value"] for tag in role["Tags"]} == MARKER
        assert owner.iam.list_attached_role_policies(RoleName=each["RoleName"])["AttachedPolicies"] == []


def test_schedules_are_there_and_off(environment: dict[str, Any], owner: AwsSdk) -> None:
    for name in environment["functions"]:
        found = owner.schedules.get_schedule(Name=f"awsqa-7-{name}")
        assert found["State"] == "DISABLED"
        assert found["Target"]["Arn"] == environment["functions"][name]


def test_a_second_up_changes_nothing(
    environment: dict[str, Any], checkout: Checkout, log: RequestLog
) -> None:
    options = ("--yes", "--skip-preview", "--refresh", "--expect-no-changes")
    checkout.run("pulumi", "up", "--stack", "awsqa-7", *options).ok()
    assert changes(log) == []


def test_one_changed_line_is_one_call(
    environment: dict[str, Any], checkout: Checkout, log: RequestLog
) -> None:
    path = checkout.root / "examples/flights/functions/reference/handler.py"
    original = path.read_text()
    path.write_text(f"{original}\n# changed by a test\n")
    try:
        checkout.run("pulumi", "up", "--stack", "awsqa-7", "--yes", "--skip-preview").ok()
    finally:
        path.write_text(original)
    assert [(entry["operation"], entry["path"].split("/")[3]) for entry in log.entries(method="PUT")] == [
        ("UpdateFunctionCode", "awsqa-7-reference")
    ]
    assert changes(log) == ["UpdateFunctionCode"]


def test_drift_is_shown_and_taken_back(
    environment: dict[str, Any], checkout: Checkout, owner: AwsSdk
) -> None:
    owner.functions.update_function_configuration(FunctionName="awsqa-7-flights", Timeout=7)
    owner.s3.delete_public_access_block(Bucket=environment["bucket"])
    role = environment["role_arn"].rpartition("/")[2]
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    document = json.dumps({"Version": "2012-10-17", **everything})
    owner.iam.put_role_policy(RoleName=role, PolicyName="mayfly", PolicyDocument=document)
    shown = checkout.run("pulumi", "up", "--stack", "awsqa-7", "--yes", "--refresh", "--diff").ok().stdout
    assert "timeout: 7 => 300" in shown
    assert "+ 1 created" in shown
    assert '- Action  : "*"' in shown
    kept = owner.iam.get_role_policy(RoleName=role, PolicyName="mayfly")["PolicyDocument"]
    assert '"Action": "*"' not in json.dumps(kept)
    assert owner.functions.get_function_configuration(FunctionName="awsqa-7-flights")["Timeout"] == 300


def test_a_function_reads_production_and_writes_its_own_sink(
    environment: dict[str, Any], deployer: AwsSdk, owner: AwsSdk
) -> None:
    answer = deployer.functions.invoke(FunctionName="awsqa-7-flights", Payload=b'{"month": 1}')
    assert json.loads(answer["Payload"].read())["rows"] == JANUARY
    (written,) = owner.s3.list_objects_v2(Bucket=environment["bucket"], Prefix="curated/")["Contents"]
    content = owner.s3.get_object(Bucket=environment["bucket"], Key=written["Key"])["Body"].read()
    assert pyarrow.parquet.read_table(io.BytesIO(content)).num_rows == JANUARY
    (stream,) = deployer.logs.describe_log_streams(logGroupName="/mayfly/awsqa-7/flights")["logStreams"]
    assert stream["logStreamName"]


def test_a_preview_of_a_new_environment_makes_nothing(checkout: Checkout, log: RequestLog) -> None:
    checkout.run("pulumi", "stack", "select", "--create", "awsqa-8").ok()
    try:
        checkout.run("pulumi", "preview", "--stack", "awsqa-8").ok()
        assert changes(log) == []
    finally:
        checkout.run("pulumi", "stack", "rm", "--stack", "awsqa-8", "--yes").ok()


def test_neighbours_with_the_longest_names_come_and_go_in_parallel(
    environment: dict[str, Any], checkout: Checkout, owner: AwsSdk
) -> None:
    """The one's name is what the other's begins with, and both are as long as names may be."""
    before = owner.everything()
    shorter = f"awsqa-{'a' * 38}"
    longer = f"{shorter}-1"
    together(checkout, ["up", "--skip-preview", "--yes"], shorter, longer)
    made = {
        each.removeprefix("bucket ") for each in owner.everything() if each.startswith(f"bucket {longer}")
    }
    assert {len(bucket) for bucket in made} == {63}
    of_the_longer = {each for each in owner.everything() - before if longer in each}
    together(checkout, ["destroy", "--skip-preview", "--yes"], shorter)
    assert owner.everything() == before | of_the_longer
    together(checkout, ["destroy", "--skip-preview", "--yes"], longer)
    assert owner.everything() == before


def together(checkout: Checkout, verb: list[str], *stacks: str) -> None:
    """Run a verb on stacks at once, each in a process of its own."""
    for stack in stacks:
        checkout.run("pulumi", "stack", "select", "--create", stack).ok()
    for process in [checkout.start("pulumi", *verb, "--stack", stack) for stack in stacks]:
        finish(process).ok()
