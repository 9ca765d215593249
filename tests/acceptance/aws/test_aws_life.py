"""An environment's whole life on AWS by plain Pulumi, seen through AWS's own clients."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import aws_asking
from tests.support.aws_asking import ByCommand, BySdk, Question
from tests.support.aws_sdk import AwsSdk, changes
from tests.support.checkout import Checkout, Finished
from tests.support.flights import published
from tests.support.request_log import RequestLog

ACCOUNT = "123456789012"
LAKE = f"flights-lake-{ACCOUNT}"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mayfly-boundary"
GROUP = f"arn:aws:resource-groups:eu-west-1:{ACCOUNT}:group/mayfly-awsqa-7"
LOG = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/mayfly/awsqa-7/flights"
MARKER = {
    "managed-by": "mayfly",
    "mayfly-env": "awsqa-7",
    "mayfly-fabric": "awsqa",
    "mayfly-project": "mayfly",
}
ROWS = 336_776

Answers = dict[str, Any]
Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def environment(checkout: Checkout, owner: AwsSdk) -> Iterator[Outputs]:
    """Make awsqa-7 with plain Pulumi, give its outputs, and destroy it; all else is as it was before."""
    production, before = lake(owner), owner.everything()
    checkout.run("pulumi", "stack", "select", "--create", "awsqa-7").ok()
    pulumi(checkout, "up", "--skip-preview")
    yield checkout.outputs("awsqa-7")
    pulumi(checkout, "destroy", "--skip-preview")
    checkout.run("pulumi", "stack", "rm", "--stack", "awsqa-7", "--yes").ok()
    assert owner.everything() == before
    assert lake(owner) == production


def pulumi(checkout: Checkout, verb: str, *options: str) -> str:
    """What an update of awsqa-7 by the deployer shows."""
    return checkout.run("pulumi", verb, "--stack", "awsqa-7", "--yes", *options).ok().stdout


def lake(owner: AwsSdk) -> list[Any]:
    """Every object of production's lake with all that a write would change, and who may do what there."""
    found = owner.s3.list_objects_v2(Bucket=LAKE)["Contents"]
    assert len(found) >= 12
    return [owner.s3.get_bucket_policy(Bucket=LAKE)["Policy"], *found]


def questions(environment: Outputs) -> dict[str, Question]:
    """What both clients are asked, by the name of what the answer is."""
    bucket = {"Bucket": environment["bucket"]}
    role = {"RoleName": environment["role_arn"].rpartition("/")[2]}
    tagged = {"TagFilters": [{"Key": "mayfly-env", "Values": ["awsqa-7"]}]}
    return {
        "tagged": Question("resourcegroupstaggingapi", "get-resources", tagged),
        "group tags": Question("resource-groups", "get-tags", {"Arn": GROUP}),
        "bucket tags": Question("s3api", "get-bucket-tagging", bucket),
        "public access": Question("s3api", "get-public-access-block", bucket),
        "encryption": Question("s3api", "get-bucket-encryption", bucket),
        "role": Question("iam", "get-role", role),
        "function": Question("lambda", "get-function", {"FunctionName": "awsqa-7-flights"}),
        "logs": Question("logs", "describe-log-groups", {"logGroupNamePrefix": "/mayfly/awsqa-7/"}),
        "log tags": Question("logs", "list-tags-for-resource", {"resourceArn": LOG}),
        "schedule": Question("scheduler", "get-schedule", {"Name": "awsqa-7-flights"}),
    }


@pytest.fixture(scope="module", params=["boto3", "aws"])
def answers(
    request: pytest.FixtureRequest, environment: Outputs, checkout: Checkout, owner: AwsSdk
) -> Answers:
    """What AWS says of awsqa-7 to its SDK, and to its command."""
    missing = aws_asking.missing() if request.param == "aws" else ""
    if missing:
        pytest.skip(missing)
    client = ByCommand(checkout, "owner") if request.param == "aws" else BySdk(owner)
    asked = questions(environment)
    return dict(zip(asked, client.answers(asked.values()), strict=True))


def tags(pairs: Sequence[Any]) -> dict[str, str]:
    """Tags as the older services list them."""
    return {pair["Key"]: pair["Value"] for pair in pairs}


def test_all_carries_the_environments_tags(answers: Answers, environment: Outputs) -> None:
    group = answers["group tags"]["Tags"]
    assert MARKER.items() <= group.items()
    assert group["mayfly-owner"] == "data-platform"
    assert {"mayfly-created-at", "mayfly-expires-at"} <= set(group)
    found = {each["ResourceARN"]: tags(each["Tags"]) for each in answers["tagged"]["ResourceTagMappingList"]}
    (its_arn,) = (arn for arn in found if arn.endswith(f":group/{environment['resource_group']}"))
    assert found.pop(its_arn) == group
    listed = {f"arn:aws:s3:::{environment['bucket']}", *environment["functions"].values()}
    assert found == dict.fromkeys(listed, MARKER)
    assert tags(answers["bucket tags"]["TagSet"]) == tags(answers["role"]["Role"]["Tags"]) == MARKER
    assert answers["function"]["Tags"] == answers["log tags"]["tags"] == MARKER


def test_the_group_asks_for_those_tags(environment: Outputs, owner: AwsSdk) -> None:
    found = owner.groups.get_group_query(GroupName=environment["resource_group"])["GroupQuery"]
    query = json.loads(found["ResourceQuery"]["Query"])
    assert query["TagFilters"] == [
        {"Key": "mayfly-env", "Values": ["awsqa-7"]},
        {"Key": "mayfly-project", "Values": ["mayfly"]},
    ]


def test_the_sink_is_private_and_encrypted(answers: Answers) -> None:
    block = answers["public access"]["PublicAccessBlockConfiguration"]
    assert (len(block), set(block.values())) == (4, {True})
    (rule,) = answers["encryption"]["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_the_sink_knows_no_acls_answers_over_tls_and_expires(environment: Outputs, owner: AwsSdk) -> None:
    bucket = environment["bucket"]
    (ownership,) = owner.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"
    (rule,) = owner.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["Status"], rule["Expiration"]) == ("Enabled", {"Days": 30})
    assert "Status" not in owner.s3.get_bucket_versioning(Bucket=bucket)
    (statement,) = json.loads(owner.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_role_is_under_the_environments_path_and_bounded(answers: Answers, environment: Outputs) -> None:
    role = answers["role"]["Role"]
    assert (role["Arn"], role["Path"]) == (environment["role_arn"], "/mayfly/awsqa-7/")
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_so_is_the_schedules_role(environment: Outputs, owner: AwsSdk) -> None:
    schedule = owner.schedules.get_schedule(Name="awsqa-7-flights")["Target"]["RoleArn"]
    roles = {
        role["Arn"]: role["RoleName"] for role in owner.iam.list_roles(PathPrefix="/mayfly/awsqa-7/")["Roles"]
    }
    assert set(roles) == {environment["role_arn"], schedule}
    for name in roles.values():
        role = owner.iam.get_role(RoleName=name)["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
        assert tags(role["Tags"]) == MARKER
        assert owner.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []


def test_the_functions_are_what_the_files_and_the_variable_group_say(
    answers: Answers, environment: Outputs
) -> None:
    function = answers["function"]["Configuration"]
    shape = {key: function[key] for key in ("Runtime", "Handler", "Timeout", "MemorySize", "Role")}
    assert shape == {
        "Runtime": "python3.12",
        "Handler": "handler.main",
        "Timeout": 300,
        "MemorySize": 1024,
        "Role": environment["role_arn"],
    }
    assert function["Environment"]["Variables"] == {
        "LAKE": f"s3://{LAKE}/flights/",
        "CURATED": environment["sinks"]["curated"],
        "YEAR": "2013",
    }
    assert function["LoggingConfig"]["LogGroup"] == "/mayfly/awsqa-7/flights"
    kept = {each["logGroupName"]: each["retentionInDays"] for each in answers["logs"]["logGroups"]}
    assert kept == {"/mayfly/awsqa-7/flights": 30, "/mayfly/awsqa-7/reference": 30}


def test_schedules_are_there_and_off(answers: Answers, environment: Outputs) -> None:
    schedule = answers["schedule"]
    assert (schedule["State"], schedule["ScheduleExpression"]) == ("DISABLED", "cron(0 5 * * ? *)")
    assert schedule["Target"]["Arn"] == environment["functions"]["flights"]


def test_a_second_up_changes_nothing(environment: Outputs, checkout: Checkout, log: RequestLog) -> None:
    pulumi(checkout, "up", "--skip-preview", "--refresh", "--expect-no-changes")
    assert changes(log) == []
    assert "GetBucketEncryption" in {entry["operation"] for entry in log.entries()}


def test_drift_is_shown_and_taken_back(
    environment: Outputs, checkout: Checkout, owner: AwsSdk, log: RequestLog
) -> None:
    before = state(owner, environment)
    drift(owner, environment)
    assert all(now != then for now, then in zip(state(owner, environment), before, strict=True))
    log.mark()
    shown = checkout.run("pulumi", "preview", "--stack", "awsqa-7", "--refresh", "--diff").ok().stdout
    assert changes(log) == []
    assert re.search(r"timeout +: 7 => 300", shown)
    assert re.search(r"memorySize *: 128 => 1024", shown)
    assert 'mayfly-fabric: "mine" => "awsqa"' in shown
    assert '- Action  : "*"' in shown
    assert "+ aws:s3/bucketPublicAccessBlock" in shown
    assert "+ 1 to create" in shown
    assert "~ 3 to update" in shown
    pulumi(checkout, "up", "--skip-preview", "--refresh")
    assert state(owner, environment) == before


def drift(owner: AwsSdk, environment: Outputs) -> None:
    """Change behind Pulumi's back: a tag, a function, a role's policy; and the public access block goes."""
    bucket, role = environment["bucket"], environment["role_arn"].rpartition("/")[2]
    mine = {**MARKER, "mayfly-fabric": "mine"}
    pairs: Any = [{"Key": key, "Value": value} for key, value in mine.items()]
    owner.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs})
    owner.functions.update_function_configuration(FunctionName="awsqa-7-flights", Timeout=7, MemorySize=128)
    owner.s3.delete_public_access_block(Bucket=bucket)
    widen(owner, role, "mayfly")


def widen(owner: AwsSdk, role: str, policy: str) -> None:
    """Let a role do everything, as far as this policy goes."""
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    document = json.dumps({"Version": "2012-10-17", **everything})
    owner.iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)


def state(owner: AwsSdk, environment: Outputs) -> list[Any]:
    """What `drift` changes, as it is now."""
    bucket, role = environment["bucket"], environment["role_arn"].rpartition("/")[2]
    function = owner.functions.get_function_configuration(FunctionName="awsqa-7-flights")
    block: Any
    try:
        block = owner.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except owner.s3.exceptions.ClientError as error:
        block = error.response["Error"]["Code"]
    return [
        tags(owner.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]),
        (function["Timeout"], function["MemorySize"]),
        block,
        owner.iam.get_role_policy(RoleName=role, PolicyName="mayfly")["PolicyDocument"],
    ]


def test_one_changed_line_is_previewed_alone_sent_by_one_call_and_live_at_the_next_invoke(
    environment: Outputs, checkout: Checkout, deployer: AwsSdk, log: RequestLog
) -> None:
    path = checkout.root / "examples/flights/functions/reference/handler.py"
    original = path.read_text()
    path.write_text(
        original.replace('return {"tables": copied}', 'return {"tables": copied, "by": "a test"}')
    )
    try:
        shown = checkout.run("pulumi", "preview", "--stack", "awsqa-7").ok().stdout
        assert "~ 1 to update" in shown
        assert "awsqa-7-function-reference" in shown
        assert "awsqa-7-function-flights" not in shown
        pulumi(checkout, "up", "--skip-preview")
    finally:
        path.write_text(original)
    assert changes(log) == ["UpdateFunctionCode"]
    (sent,) = log.entries(method="PUT")
    assert "/awsqa-7-reference/" in sent["path"]
    answer = json.loads(deployer.functions.invoke(FunctionName="awsqa-7-reference")["Payload"].read())
    assert answer["by"] == "a test"
    assert "reference/airlines.csv" in answer["tables"]


def test_a_preview_of_a_new_environment_works_with_unknowns(checkout: Checkout, log: RequestLog) -> None:
    checkout.run("pulumi", "stack", "select", "--create", "awsqa-8").ok()
    try:
        shown = checkout.run("pulumi", "preview", "--stack", "awsqa-8").ok().stdout
        assert "awsqa-8-function-flights" in shown
        assert changes(log) == []
    finally:
        checkout.run("pulumi", "stack", "rm", "--stack", "awsqa-8", "--yes").ok()


def test_a_run_turns_production_into_parquet(
    environment: Outputs, checkout: Checkout, owner: AwsSdk, log: RequestLog
) -> None:
    shown = checkout.run("mayfly", "run", "awsqa-7", "flights").ok().stdout
    assert f"{ROWS} rows written" in shown
    assert_month_by_month(log, environment)
    written = pa.concat_tables(parquet(owner, environment))
    expected = published()
    assert written.num_rows == expected.num_rows == ROWS
    assert written.column_names == expected.column_names
    # Another tool chose wider types for the numbers; a value that does not fit raises.
    assert expected.cast(written.schema).equals(written)


def parquet(owner: AwsSdk, environment: Outputs) -> Iterator[pa.Table]:
    """The tables in the environment's own sink, in their names' order, which is the months'."""
    bucket = environment["bucket"]
    for found in owner.s3.list_objects_v2(Bucket=bucket, Prefix="curated/flights/")["Contents"]:
        content = owner.s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        yield pyarrow.parquet.read_table(io.BytesIO(content), partitioning=None)


def assert_month_by_month(log: RequestLog, environment: Outputs) -> None:
    """The role read twelve files of the lake and wrote twelve to its sink, and nothing else was written."""
    role = environment["role_arn"].rpartition("/")[2]
    made = [(entry["operation"], entry["path"]) for entry in log.entries(name=role) if entry["status"] < 300]
    read = {path for operation, path in made if operation == "GetObject"}
    assert read == {f"/{LAKE}/flights/2013/{month:02}.csv" for month in range(1, 13)}
    wrote = [path for operation, path in made if operation == "PutObject"]
    sink = f"/{environment['bucket']}/curated/flights/2013"
    assert sorted(wrote) == [f"{sink}/month={month:02}.parquet" for month in range(1, 13)]
    assert changes(log).count("PutObject") == len(wrote)


def test_the_proof_holds_and_fails_when_policy_and_boundary_are_widened(
    environment: Outputs, checkout: Checkout, owner: AwsSdk
) -> None:
    role = environment["role_arn"].rpartition("/")[2]
    proved = prove(checkout).ok()
    assert proved.json()["proved"]
    try:
        widen(owner, role, "more")
        owner.iam.delete_role_permissions_boundary(RoleName=role)
        widened = prove(checkout)
    finally:
        owner.iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=BOUNDARY)
        owner.iam.delete_role_policy(RoleName=role, PolicyName="more")
    assert widened.code == 1
    surprises = {row["what"] for row in widened.json()["probes"] if not row["ok"]}
    assert {"has the boundary", "create a user"} <= surprises


def prove(checkout: Checkout) -> Finished:
    """The deployer's proof."""
    return checkout.run("mayfly", "prove", "awsqa-7", "--json", "--patience", "0")
