"""The documented policies hold here as on AWS: the boundary, the deployer's, and a source bucket's."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import ACCOUNT, REGION, Running
from mayfly.clouds.aws import permissions
from mayfly.naming.aws import boundary_arn
from tests.localcloud.aws.conftest import HERE, LAKE, Caller, code

LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
BOUNDARY = boundary_arn(ACCOUNT)

PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    codes = {}
    for name, (service, method, parameters) in event.items():
        try:
            getattr(boto3.client(service), method)(**parameters)
            codes[name] = "ok"
        except ClientError as error:
            codes[name] = error.response["Error"]["Code"]
    return codes
"""


def zipped(source: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("handler.py", source)
    return file.getvalue()


def tags(environment: str) -> list[dict[str, str]]:
    values = {"managed-by": "mayfly", "mayfly-env": environment, "mayfly-project": "mayfly"}
    return [{"Key": key, "Value": value} for key, value in values.items()]


def make_role(iam: Any, environment: str, **changed: Any) -> str:
    wanted = {
        "RoleName": f"{environment}-flights",
        "Path": f"/mayfly/{environment}/",
        "AssumeRolePolicyDocument": json.dumps(LAMBDA),
        "PermissionsBoundary": BOUNDARY,
        "Tags": tags(environment),
        **changed,
    }
    given = {key: value for key, value in wanted.items() if value is not None}
    return str(iam.create_role(**given)["Role"]["Arn"])


def make_function(caller: Caller, environment: str, role: str, **changed: Any) -> str:
    function = f"{environment}-probe"
    caller.client("lambda").create_function(
        **{
            "FunctionName": function, "Runtime": "python3.12", "Handler": "handler.handler", "Role": role,
            "Code": {"ZipFile": zipped(PROBE)}, "Timeout": 30, "MemorySize": 256,
            "Tags": {tag["Key"]: tag["Value"] for tag in tags(environment)},
            "LoggingConfig": {"LogGroup": f"/mayfly/{environment}/probe"}, **changed,
        }
    )  # fmt: skip
    return function


def run(caller: Caller, function: str, calls: Mapping[str, Any]) -> dict[str, str]:
    answer = caller.client("lambda").invoke(FunctionName=function, Payload=json.dumps(calls))
    found: dict[str, str] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, found
    return found


@pytest.mark.parametrize("environment", ["awsqa-*", "awsqa-?", "awsqa-${*}", f"awsqa-{'x' * 256}"])
def test_no_tag_of_a_role_holds_a_wildcard(deployer: Caller, name: str, environment: str) -> None:
    """The boundary puts it into names of buckets: `awsqa-*` would be those of every environment."""
    iam, own = deployer.client("iam"), f"awsqa-{name}"
    assert code(lambda: make_role(iam, own, Tags=tags(environment))) == "ValidationError"
    make_role(iam, own)
    retag = {"RoleName": f"{own}-flights", "Tags": tags(environment)}
    assert code(lambda: iam.tag_role(**retag)) == "ValidationError"


def test_the_deployer_makes_a_stage_of_its_own_and_no_other(
    deployer: Caller, owner: Caller, name: str
) -> None:
    environment, iam = f"awsqa-{name}", deployer.client("iam")
    role = make_role(iam, environment)
    assert role == f"arn:aws:iam::{ACCOUNT}:role/mayfly/{environment}/{environment}-flights"
    put = {"RoleName": f"{environment}-flights", "PolicyName": "own", "PolicyDocument": ALL}
    assert code(lambda: iam.put_role_policy(**put)) == "ok"
    assert code(lambda: iam.get_role(RoleName=f"{environment}-flights")) == "ok"
    s3, logs = deployer.client("s3"), deployer.client("logs")
    bucket = f"mf--{environment}--flights"
    assert code(lambda: s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=HERE)) == "ok"
    assert (
        code(lambda: s3.create_bucket(Bucket=f"x{bucket}", CreateBucketConfiguration=HERE)) == "AccessDenied"
    )
    assert code(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"")) == "AccessDenied"
    assert code(lambda: logs.create_log_group(logGroupName=f"/mayfly/{environment}/probe")) == "ok"
    assert code(lambda: logs.create_log_group(logGroupName="/mayfly/awsprod/x")) == "AccessDeniedException"
    function = make_function(deployer, environment, role)
    assert run(deployer, function, {"who": ("sts", "get_caller_identity", {})}) == {"who": "ok"}
    lambda_ = deployer.client("lambda")
    assert code(lambda: lambda_.delete_function(FunctionName=function)) == "ok"
    assert code(lambda: iam.delete_role_policy(RoleName=put["RoleName"], PolicyName="own")) == "ok"
    assert code(lambda: iam.delete_role(RoleName=put["RoleName"])) == "ok"


@pytest.mark.parametrize(
    "changed",
    [
        {"PermissionsBoundary": None},
        {"Path": "/"},
        {"Path": "/mayfly/awsprod/"},
        {"Tags": tags("awsprod")},
        {"Tags": None},
    ],
    ids=["no boundary", "no path", "another's path", "another's tag", "no tag"],
)
def test_the_deployer_makes_no_other_role(deployer: Caller, name: str, changed: dict[str, Any]) -> None:
    iam = deployer.client("iam")
    assert code(lambda: make_role(iam, f"awsqa-{name}", **changed)) == "AccessDenied"


def test_the_deployer_does_not_touch_the_boundary(deployer: Caller, name: str) -> None:
    iam, environment = deployer.client("iam"), f"awsqa-{name}"
    make_role(iam, environment)
    role = {"RoleName": f"{environment}-flights"}
    denied = [
        lambda: iam.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=ALL, SetAsDefault=True),
        lambda: iam.delete_policy(PolicyArn=BOUNDARY),
        lambda: iam.delete_role_permissions_boundary(**role),
        lambda: iam.put_role_permissions_boundary(
            **role, PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        lambda: iam.attach_role_policy(**role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        lambda: iam.update_assume_role_policy(**role, PolicyDocument=json.dumps(LAMBDA)),
        lambda: iam.untag_role(**role, TagKeys=["mayfly-env"]),
        lambda: iam.tag_role(**role, Tags=[{"Key": "mayfly-env", "Value": "awsprod"}]),
        lambda: iam.put_user_policy(UserName="deployer", PolicyName="all", PolicyDocument=ALL),
        lambda: iam.create_access_key(UserName="owner"),
    ]
    assert [code(call) for call in denied] == ["AccessDenied"] * len(denied)


def test_a_foreign_role_is_not_passed(deployer: Caller, owner: Caller, name: str) -> None:
    environment = f"awsqa-{name}"
    foreign = owner.client("iam").create_role(
        RoleName=f"admin-{name}", AssumeRolePolicyDocument=json.dumps(LAMBDA)
    )["Role"]["Arn"]
    with pytest.raises(ClientError, match="iam:PassRole") as told:
        make_function(deployer, environment, foreign)
    assert told.value.response["Error"]["Code"] == "AccessDeniedException"
    function = make_function(deployer, environment, make_role(deployer.client("iam"), environment))
    lambda_ = deployer.client("lambda")
    changed = {"FunctionName": function, "Role": foreign}
    assert code(lambda: lambda_.update_function_configuration(**changed)) == "AccessDeniedException"
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}", "RoleArn": foreign}
    schedule = {
        "Name": f"{environment}-x", "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
    }  # fmt: skip
    scheduler = deployer.client("scheduler")
    assert code(lambda: scheduler.create_schedule(**schedule, Target=target)) == "AccessDeniedException"


def test_a_role_that_is_not_there_or_does_not_trust_the_service(owner: Caller, name: str) -> None:
    trusting_another = json.dumps(LAMBDA).replace("lambda.", "ec2.")
    made = owner.client("iam").create_role(
        RoleName=f"other-{name}", AssumeRolePolicyDocument=trusting_another
    )["Role"]["Arn"]
    for role in (made, f"arn:aws:iam::{ACCOUNT}:role/not-there"):
        with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
            make_function(owner, name, role)


@pytest.fixture(scope="module")
def lake(owner: Caller) -> str:
    """Production's bucket, with its static statement for the roles of all environments."""
    s3, bucket = owner.client("s3"), LAKE
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=HERE)
    for key in ("flights/a.csv", "secret/a.csv"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    policy = permissions.merged(None, permissions.production(bucket, ["flights/"], {ACCOUNT: ["awsqa-*"]}))
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return bucket


@pytest.mark.parametrize("policy", ["x", "[]", "{}", ALL], ids=["no JSON", "a list", "empty", "nobody named"])
def test_a_buckets_policy_that_is_none_is_not_kept(owner: Caller, lake: str, policy: str) -> None:
    s3 = owner.client("s3")
    kept = s3.get_bucket_policy(Bucket=lake)["Policy"]
    assert code(lambda: s3.put_bucket_policy(Bucket=lake, Policy=policy)) == "MalformedPolicy"
    assert s3.get_bucket_policy(Bucket=lake)["Policy"] == kept


@pytest.fixture
def function(deployer: Caller, owner: Caller, name: str) -> str:
    """One whose role may do everything, as far as its own policy goes: the boundary is what is left."""
    environment = f"awsqa-{name}"
    role = make_role(deployer.client("iam"), environment)
    put = {"RoleName": f"{environment}-flights", "PolicyName": "all", "PolicyDocument": ALL}
    deployer.client("iam").put_role_policy(**put)
    for bucket in (f"mf--{environment}--flights", f"mf--{environment}-2--flights"):
        owner.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=HERE)
    return make_function(deployer, environment, role)


def test_the_boundary_leaves_reads_and_the_environments_own(
    deployer: Caller, lake: str, function: str, name: str
) -> None:
    own, others = f"mf--awsqa-{name}--flights", f"mf--awsqa-{name}-2--flights"
    put = {"Key": "k", "Body": "x"}
    found = run(
        deployer,
        function,
        {
            "read": ("s3", "get_object", {"Bucket": lake, "Key": "flights/a.csv"}),
            "list": ("s3", "list_objects_v2", {"Bucket": lake, "Prefix": "flights/"}),
            "write own": ("s3", "put_object", {"Bucket": own, **put}),
            "read own": ("s3", "get_object", {"Bucket": own, "Key": "k"}),
            "delete own": ("s3", "delete_object", {"Bucket": own, "Key": "k"}),
            "read beside": ("s3", "get_object", {"Bucket": lake, "Key": "secret/a.csv"}),
            "list beside": ("s3", "list_objects_v2", {"Bucket": lake, "Prefix": "secret/"}),
            "list all": ("s3", "list_objects_v2", {"Bucket": lake}),
            "write": ("s3", "put_object", {"Bucket": lake, "Key": "flights/a.csv", "Body": "x"}),
            "delete": ("s3", "delete_object", {"Bucket": lake, "Key": "flights/a.csv"}),
            "policy": ("s3", "put_bucket_policy", {"Bucket": lake, "Policy": ALL}),
            "write others": ("s3", "put_object", {"Bucket": others, **put}),
            "make a user": ("iam", "create_user", {"UserName": "mallory"}),
            "take a role": ("sts", "assume_role", {"RoleArn": BOUNDARY, "RoleSessionName": "x-y"}),
        },
    )
    allowed = {"read", "list", "write own", "read own", "delete own"}
    assert {name for name, answer in found.items() if answer == "ok"} == allowed
    denied = {answer for name, answer in found.items() if name not in allowed}
    assert denied <= {"AccessDenied", "AccessDeniedException", "ValidationError"}, found


def test_a_wider_boundary_lets_it_write(owner: Caller, deployer: Caller, function: str, name: str) -> None:
    """The control: what denies is the boundary, and nothing that the local cloud made up."""
    iam = owner.client("iam")
    wide = iam.create_policy(PolicyName=f"wide-{name}", PolicyDocument=ALL)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=f"awsqa-{name}-flights", PermissionsBoundary=wide)
    bucket = f"mf--awsqa-{name}-2--flights"
    calls = {"write others": ("s3", "put_object", {"Bucket": bucket, "Key": "k", "Body": "x"})}
    assert run(deployer, function, calls) == {"write others": "ok"}


def test_a_function_has_its_role_and_nobody_elses_secrets(
    running: Running, deployer: Caller, owner: Caller, name: str
) -> None:
    environment = f"awsqa-{name}"
    source = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    role = make_role(deployer.client("iam"), environment)
    function = make_function(deployer, environment, role, Code={"ZipFile": zipped(source)})
    variables = run(deployer, function, {})
    assert variables["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert variables["AWS_ENDPOINT_URL"] == running.aws_url
    assert variables["AWS_CA_BUNDLE"] == str(running.ca)
    assert owner.secret not in variables.values()
    assert not {name for name in variables if "TOKEN" in name.upper()} - {"AWS_SESSION_TOKEN"}
    session = Caller(
        running,
        variables["AWS_ACCESS_KEY_ID"],
        variables["AWS_SECRET_ACCESS_KEY"],
        variables["AWS_SESSION_TOKEN"],
    )
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{environment}-flights/{function}"
