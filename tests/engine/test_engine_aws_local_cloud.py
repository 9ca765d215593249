"""Programs with real pulumi-aws classes, run by the real CLI against the local AWS that users start."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

import localcloud
from localcloud.engine.values import decode, encode
from tests.engine.conftest import Workspace

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
at = aws.Provider("aws", region="eu-west-1", allowed_account_ids=[config.get("account") or "123456789012"])
here = pulumi.ResourceOptions(provider=at)
tags = {"mayfly-env": "qa-1", "who": config.get("who") or "me"}
days = config.get_int("days") or 7


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service):
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


bucket = aws.s3.Bucket("bucket", bucket="mf--qa-1--flights", tags=tags, force_destroy=True, opts=here)
aws.s3.BucketPublicAccessBlock(
    "block", bucket=bucket.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
    restrict_public_buckets=True, opts=here,
)
aws.s3.BucketOwnershipControls(
    "owner", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=here
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "encryption", bucket=bucket.id, opts=here,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
)
aws.s3.BucketVersioning(
    "versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=here
)
aws.s3.BucketLifecycleConfiguration(
    "lifecycle", bucket=bucket.id, opts=here,
    rules=[{
        "id": "last-line", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": days},
        "noncurrent_version_expiration": {"noncurrent_days": 1},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
    }],
)
aws.s3.BucketPolicy(
    "tls", bucket=bucket.id, opts=here,
    policy=bucket.arn.apply(lambda arn: document({
        "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, arn + "/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })),
)
boundary = aws.iam.Policy(
    "boundary", name="boundary", opts=here,
    policy=document({"Effect": "Allow", "Action": config.get("allowed") or "s3:Get*", "Resource": "*"}),
)
role = aws.iam.Role(
    "role", name="qa-1-flights", path="/mayfly/qa-1/", assume_role_policy=trust("lambda.amazonaws.com"),
    permissions_boundary=boundary.arn, tags=tags, opts=here,
)
aws.iam.RolePolicy(
    "own", role=role.name, opts=here,
    policy=bucket.arn.apply(lambda arn: document({"Effect": "Allow", "Action": ["s3:*"], "Resource": arn})),
)
aws.iam.RolePolicyAttachment("attached", role=role.name, policy_arn=boundary.arn, opts=here)
caller = aws.iam.Role("caller", assume_role_policy=trust("scheduler.amazonaws.com"), opts=here)
logs = aws.cloudwatch.LogGroup(
    "logs", name="/mayfly/qa-1/flights", retention_in_days=days, tags=tags, opts=here
)
text = "def main(event, context):\\n    return " + repr(config.get("answer") or "one") + "\\n"
code = pulumi.AssetArchive({"handler.py": pulumi.StringAsset(text)})
function = aws.lambda_.Function(
    "function", name="qa-1-flights", role=role.arn, runtime="python3.12", handler="handler.main", code=code,
    timeout=30, memory_size=256, environment={"variables": {"YEAR": config.get("year") or "2013"}},
    logging_config={"log_format": "Text", "log_group": logs.name}, tags=tags, opts=here,
)
schedule = aws.scheduler.Schedule(
    "schedule", name="qa-1-flights", schedule_expression="rate(1 days)", state="DISABLED",
    flexible_time_window={"mode": "OFF"}, opts=here,
    target={"arn": function.arn, "role_arn": caller.arn, "input": json.dumps({"month": 3})},
)
group = aws.resourcegroups.Group(
    "group", name="mayfly-qa-1", description="qa-1", tags=tags, opts=here,
    resource_query={"query": json.dumps({
        "ResourceTypeFilters": ["AWS::AllSupported"],
        "TagFilters": [{"Key": "mayfly-env", "Values": ["qa-1"]}],
    })},
)
parameter = aws.ssm.Parameter(
    "parameter", name="/mayfly/qa-1/infrastructure", type="String", tags=tags, opts=here,
    value=json.dumps({"year": config.get("year") or "2013"}),
)
aws.sqs.Queue("queue", name="qa-1-failures", message_retention_seconds=days * 86400, tags=tags, opts=here)
pulumi.export("caller", caller.name)
pulumi.export("function", function.arn)
pulumi.export("invoke", function.invoke_arn)
caller_identity = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=at))
pulumi.export("account", caller_identity.account_id)
"""


BUCKET = "mf--qa-1--flights"
NAME = "qa-1-flights"


class Cloud:
    """The local AWS, and its owner's clients."""

    def __init__(self, running: localcloud.Running) -> None:
        self.running = running
        self._secrets = json.loads(running.principals.read_text())["owner"]

    def requests(self, since: int = 0) -> localcloud.Log:
        """What the engine's owner has asked for."""
        return localcloud.log(self.running.folder, since)

    def writes(self, since: int) -> list[str]:
        """Operations that are not reads, as `service operation`."""
        asked = self.requests(since).entries
        reads = ("Get", "List", "Describe", "Head")
        return sorted(
            f"{one['service']} {one['operation']}" for one in asked if not one["operation"].startswith(reads)
        )

    def client(self, service: str) -> Any:
        key, secret = self._secrets["access_key_id"], self._secrets["secret_access_key"]
        session = boto3.Session(key, secret, region_name=localcloud.REGION)
        made: Any = session.client(  # type: ignore[call-overload]  # a name that is not a literal
            service, endpoint_url=self.running.aws_url, verify=str(self.running.ca)
        )
        return made


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("local") / "aws"
    localcloud.start(folder, cloud="aws")
    yield Cloud(localcloud.serve_owner(folder))
    localcloud.stop(folder)


@pytest.fixture
def project(tmp_path: Path, cloud: Cloud) -> Workspace:
    made = Workspace(tmp_path, PULUMI_DEBUG_PROVIDERS=f"aws:{cloud.running.engines['owner']}").warm()
    made.write("__main__.py", PROGRAM)
    return made


def _drift(cloud: Cloud) -> None:
    """What somebody else changes behind Pulumi's back, one thing of each kind."""
    own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam, s3 = cloud.client("iam"), cloud.client("s3")
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "who", "Value": "somebody"}]})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_policy(Bucket=BUCKET)
    iam.update_role(RoleName=NAME, MaxSessionDuration=7200)
    policy = iam.list_role_policies(RoleName=NAME)["PolicyNames"][0]
    iam.put_role_policy(RoleName=NAME, PolicyName=policy, PolicyDocument=json.dumps(own))
    cloud.client("lambda").update_function_configuration(FunctionName=NAME, Timeout=31)
    cloud.client("logs").put_retention_policy(logGroupName="/mayfly/qa-1/flights", retentionInDays=30)
    cloud.client("ssm").delete_parameter(Name="/mayfly/qa-1/infrastructure")


def _called(cloud: Cloud) -> Any:
    answer = cloud.client("lambda").invoke(FunctionName=NAME)
    return json.loads(answer["Payload"].read())


def test_a_whole_life(project: Workspace, cloud: Cloud) -> None:
    before = cloud.requests().offset
    preview = project.pulumi("preview")
    assert "20 to create" in preview
    assert cloud.writes(before) == []
    project.up()
    made = project.outputs()
    assert made["account"] == localcloud.ACCOUNT
    assert made["function"] == f"arn:aws:lambda:eu-west-1:{localcloud.ACCOUNT}:function:{NAME}"
    assert made["invoke"].endswith(f":lambda:path/2015-03-31/functions/{made['function']}/invocations")
    assert len(made["caller"]) == len("caller-") + 7
    assert _called(cloud) == "one"
    assert '"year' not in project.state()  # a parameter's value is a secret
    assert "20 unchanged" in project.up("--expect-no-changes")
    assert "20 unchanged" in project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    changed = ("days=14", "answer=two", "year=2014", "allowed=s3:List*")
    project.pulumi("config", "set-all", *(f"--plaintext={one}" for one in changed))
    before = cloud.requests().offset
    assert "6 updated" in project.up()
    assert cloud.writes(before) == [
        "iam CreatePolicyVersion",
        "lambda UpdateFunctionCode",
        "lambda UpdateFunctionConfiguration",
        "logs PutRetentionPolicy",
        "s3 PutBucketLifecycleConfiguration",
        "sqs SetQueueAttributes",
        "ssm PutParameter",
    ]
    assert _called(cloud) == "two"
    assert "20 unchanged" in project.up("--expect-no-changes")

    _drift(cloud)
    seen = project.pulumi("refresh", "--yes", "--skip-preview")
    for name in ("bucket", "versioning", "role", "own", "function", "logs"):
        assert any(f" {name} updated" in line for line in seen.splitlines()), name
    assert "2 deleted" in seen
    before = cloud.requests().offset
    assert "2 created" in project.up()
    assert cloud.writes(before) == [
        "iam PutRolePolicy",
        "iam UpdateRole",
        "lambda UpdateFunctionConfiguration",
        "logs PutRetentionPolicy",
        "s3 PutBucketPolicy",
        "s3 PutBucketTagging",
        "s3 PutBucketVersioning",
        "ssm PutParameter",
    ]
    assert "20 unchanged" in project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    cloud.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"x")
    cloud.client("lambda").delete_function(FunctionName=NAME)  # gone already is fine
    queues = cloud.client("sqs")
    queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName="qa-1-failures")["QueueUrl"])
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert cloud.client("s3").list_buckets()["Buckets"] == []
    assert cloud.client("iam").list_roles()["Roles"] == []
    assert cloud.client("ssm").describe_parameters()["Parameters"] == []
    assert cloud.client("logs").describe_log_groups()["logGroups"] == []


URN = "urn:pulumi:dev::probe::mayfly:aws:Group${}::it"
LOG_GROUP = URN.format("aws:cloudwatch/logGroup:LogGroup")
ROLE = URN.format("aws:iam/role:Role")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@contextlib.contextmanager
def _connected(cloud: Cloud, principal: str = "owner", **config: str) -> Iterator[Any]:
    """A provider instance, as an engine has it."""
    variables = {f"aws:config:{name}": value for name, value in config.items()}
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{cloud.running.engines[principal]}", options=options) as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(messages.ConfigureRequest(variables=variables))
        yield stub


def _create(stub: Any, urn: str, **inputs: Any) -> Any:
    checked = stub.Check(messages.CheckRequest(urn=urn, news=encode(inputs), randomSeed=b"1"))
    assert not checked.failures
    return stub.Create(messages.CreateRequest(urn=urn, properties=checked.inputs))


def test_what_exists_is_not_taken_over_unless_it_is_imported(cloud: Cloud) -> None:
    cloud.client("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=TRUST, Description="theirs")
    with _connected(cloud) as stub:
        with pytest.raises(grpc.RpcError) as refused:
            _create(stub, ROLE, name="taken", assumeRolePolicy=TRUST)
        said = refused.value.details()
        assert "creating IAM Role (taken): operation error IAM: CreateRole, https response error" in said
        assert "StatusCode: 409, RequestID: " in said
        assert "EntityAlreadyExists" in said
        found = stub.Read(messages.ReadRequest(urn=ROLE, id="taken"))
        wanted = {"name": "taken", "assumeRolePolicy": TRUST, "description": "theirs"}
        checked = stub.Check(messages.CheckRequest(urn=ROLE, news=encode(wanted)))
        same = stub.Diff(
            messages.DiffRequest(
                urn=ROLE, id="taken", old_inputs=found.inputs, olds=found.properties, news=checked.inputs
            )
        )
        assert same.changes == messages.DiffResponse.DIFF_NONE
        stub.Delete(messages.DeleteRequest(urn=ROLE, id="taken", properties=found.properties))
        stub.Delete(messages.DeleteRequest(urn=ROLE, id="taken", properties=found.properties))
        assert stub.Read(messages.ReadRequest(urn=ROLE, id="taken")).id == ""


def test_only_the_allowed_accounts_are_worked_in(cloud: Cloud) -> None:
    with pytest.raises(grpc.RpcError) as refused, _connected(cloud, allowedAccountIds='["999999999999"]'):
        pass
    assert f"AWS account ID not allowed: {localcloud.ACCOUNT}" in refused.value.details()


def test_a_principal_without_a_permission_is_refused_in_the_cloud_s_words(cloud: Cloud) -> None:
    with _connected(cloud, "deployer") as stub, pytest.raises(grpc.RpcError) as refused:
        _create(stub, ROLE, name="r", assumeRolePolicy=TRUST)
    assert "StatusCode: 403" in refused.value.details()
    assert "AccessDenied" in refused.value.details()


def test_what_was_half_made_is_kept_by_the_engine(cloud: Cloud) -> None:
    may = {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:Describe*"], "Resource": "*"}
    cloud.client("iam").put_user_policy(
        UserName="deployer", PolicyName="some", PolicyDocument=json.dumps({"Statement": [may]})
    )
    with _connected(cloud, "deployer") as stub, pytest.raises(grpc.RpcError) as failed:
        _create(stub, LOG_GROUP, name="/half", retentionInDays=7)
    assert "AccessDenied" in failed.value.details()
    packed = dict(failed.value.trailing_metadata())["grpc-status-details-bin"]
    detail = messages.ErrorResourceInitFailed()
    status_pb2.Status.FromString(packed).details[0].Unpack(detail)
    assert detail.id == "/half"
    assert decode(detail.inputs)["retentionInDays"] == 7
    cloud.client("iam").delete_user_policy(UserName="deployer", PolicyName="some")
    with _connected(cloud) as stub:
        told = {"urn": LOG_GROUP, "id": "/half", "olds": detail.properties, "old_inputs": detail.inputs}
        stub.Update(messages.UpdateRequest(**told, news=detail.inputs))
        (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/half")["logGroups"]
        assert (group["logGroupName"], group["retentionInDays"]) == ("/half", 7)
        stub.Delete(messages.DeleteRequest(urn=LOG_GROUP, id="/half", properties=detail.properties))


def test_a_full_bucket_goes_only_when_the_program_says_so(cloud: Cloud) -> None:
    urn, s3 = URN.format("aws:s3/bucket:Bucket"), cloud.client("s3")
    with _connected(cloud) as stub:
        made = _create(stub, urn, bucket="full", forceDestroy=False)
        s3.put_object(Bucket="full", Key="a", Body=b"x")
        with pytest.raises(grpc.RpcError) as refused:
            stub.Delete(messages.DeleteRequest(urn=urn, id=made.id, properties=made.properties))
        assert "deleting S3 Bucket (full)" in refused.value.details()
        assert "BucketNotEmpty" in refused.value.details()
        state = encode({**decode(made.properties), "forceDestroy": True})
        stub.Delete(messages.DeleteRequest(urn=urn, id=made.id, properties=state))
    assert "full" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
