"""The local AWS with production's lake, what is foreign in the account, and an environment of the deployer's.

The deployer here is a user of its own: it has the documented policy for one fabric, and nothing else.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import localcloud
from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import Aws, permissions
from mayfly.naming import aws

PROJECT, ENVIRONMENT = "flights", "awsqa-1"
BUCKET = f"mf--{ENVIRONMENT}--flights-abcdef"
ROLE = f"{ENVIRONMENT}-flights-abcdef"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/mayfly/{ENVIRONMENT}/{ROLE}"
FUNCTION, LOG_GROUP = f"{ENVIRONMENT}-flights", f"/mayfly/{ENVIRONMENT}/flights"
GROUP, PARAMETER = f"mayfly-{ENVIRONMENT}", f"/mayfly/{ENVIRONMENT}/infrastructure"
LAKE, OTHER, PRODUCTION = "the-lake", "mf--awsqa-1-2--flights-b", "mf--awsprod--flights-c"
BOUNDARY = aws.boundary_arn(ACCOUNT)
STAGES = {ACCOUNT: ["awsqa-*"]}
NARROW = permissions.boundary(ACCOUNT, {LAKE: ["flights/"]})
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
TAGS = {
    "managed-by": "mayfly",
    "mayfly-env": ENVIRONMENT,
    "mayfly-fabric": "awsqa",
    "mayfly-project": PROJECT,
}
EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
HANDLER = """
import boto3

def main(event, context):
    if event.get("fail"):
        raise ValueError("no luck")
    print("so many calls:", len(event.get("calls", {})))
    return {name: called(*call) for name, call in event.get("calls", {}).items()}

def called(service, operation, arguments):
    client = boto3.client(service)
    try:
        getattr(client, operation)(**arguments)
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


def pairs(tags: Mapping[str, str]) -> list[Any]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def code() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("code.py", HANDLER)
    return written.getvalue()


def role(**other: Any) -> dict[str, Any]:
    """What CreateRole takes; None leaves an argument out."""
    asked = {
        "RoleName": ROLE,
        "Path": f"/mayfly/{ENVIRONMENT}/",
        "PermissionsBoundary": BOUNDARY,
        "Tags": pairs(TAGS),
        "AssumeRolePolicyDocument": TRUST,
        **other,
    }
    return {name: value for name, value in asked.items() if value is not None}


def function(**other: Any) -> dict[str, Any]:
    """What CreateFunction takes."""
    return {
        "FunctionName": FUNCTION,
        "Runtime": "python3.12",
        "Handler": "code.main",
        "Role": ROLE_ARN,
        "Code": {"ZipFile": code()},
        "Timeout": 60,
        "LoggingConfig": {"LogGroup": LOG_GROUP},
        "Tags": TAGS,
        **other,
    }


def schedule(**other: Any) -> dict[str, Any]:
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}", "RoleArn": ROLE_ARN}
    return {
        "Name": FUNCTION,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "DISABLED",
        "Target": {**target, **other},
    }


def group(environment: str = ENVIRONMENT) -> dict[str, Any]:
    tags = {**TAGS, "mayfly-env": environment}
    filters = [{"Key": "mayfly-env", "Values": [environment]}]
    query = json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": filters})
    found = {"Type": "TAG_FILTERS_1_0", "Query": query}
    return {"Name": f"mayfly-{environment}", "ResourceQuery": found, "Tags": tags}


@dataclass
class World:
    """A local AWS that runs; clients of its principals."""

    status: localcloud.Status
    stack: ExitStack

    def client(self, key: str, secret: str, token: str = "") -> Aws:
        environ = {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token,
            "AWS_ENDPOINT_URL": str(self.status.aws_url),
            "AWS_CA_BUNDLE": str(self.status.ca),
        }
        return self.stack.enter_context(Aws.from_environment(environ, REGION, ACCOUNT))

    @cached_property
    def owner(self) -> Aws:
        secrets = json.loads(self.status.principals.read_text())["owner"]
        return self.client(secrets["access_key_id"], secrets["secret_access_key"])

    @cached_property
    def deployer(self) -> Aws:
        return self.user("pipeline", [permissions.deployer(ACCOUNT, REGION, [permissions.stage("awsqa")])])

    def user(self, name: str, documents: Iterable[dict[str, Any]]) -> Aws:
        """A user with these policies, as managed ones, and with what is documented for the lake."""
        iam = self.owner.client("iam")
        iam.create_user(UserName=name)
        whole = [*documents, permissions.deployer_sources([LAKE])]
        for number, part in enumerate(part for document in whole for part in permissions.split(document)):
            made = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=json.dumps(part))
            iam.attach_user_policy(UserName=name, PolicyArn=made["Policy"]["Arn"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.client(key["AccessKeyId"], key["SecretAccessKey"])

    def put_boundary(self, document: Mapping[str, Any]) -> None:
        iam = self.owner.client("iam")
        for version in iam.list_policy_versions(PolicyArn=BOUNDARY)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=BOUNDARY, VersionId=version["VersionId"])
        iam.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=json.dumps(document), SetAsDefault=True)

    def admit(self) -> None:
        """Production's own statement on its lake."""
        ours = permissions.production(LAKE, ["flights/"], STAGES)
        policy = json.dumps(permissions.merged(None, ours))
        self.owner.client("s3").put_bucket_policy(Bucket=LAKE, Policy=policy)

    def build(self) -> None:
        """What the account's owner has: the boundary, the lake, and things that are nobody's business."""
        iam, s3 = self.owner.client("iam"), self.owner.client("s3")
        document = json.dumps(NARROW)
        iam.create_policy(PolicyName=aws.BOUNDARY, PolicyDocument=document)
        for name in (LAKE, OTHER, PRODUCTION):
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for key in ("flights/a.csv", "salaries/a.csv"):
            s3.put_object(Bucket=LAKE, Key=key, Body=b"1")
        self.admit()
        iam.create_role(RoleName="admin", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
        iam.create_role(RoleName="unbounded", Path=f"/mayfly/{ENVIRONMENT}/", AssumeRolePolicyDocument=TRUST)
        marked = {**TAGS, "mayfly-env": "awsprod"}
        for name, tags in (("payroll", {}), ("awsprod-flights", marked)):
            self.owner.client("lambda").create_function(
                **function(FunctionName=name, Role=ADMIN, LoggingConfig={}, Tags=tags)
            )


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """The local AWS, built, until the block ends."""
    status = localcloud.start(folder, cloud="aws")
    try:
        with ExitStack() as stack:
            made = World(status, stack)
            made.build()
            yield made
    finally:
        localcloud.stop(folder)


def make(cloud: Aws) -> None:
    """An environment, by the calls that the official provider makes for its resources."""
    s3, iam, logs = cloud.client("s3"), cloud.client("iam"), cloud.client("logs")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": pairs(TAGS)})
    s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    encrypted: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=encrypted)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule: Any = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(tls_only(BUCKET)))
    iam.create_role(**role())
    # As wide as can be: what holds is the boundary and production's own statement.
    iam.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))
    logs.create_log_group(logGroupName=LOG_GROUP, tags=TAGS)
    logs.put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=7)
    cloud.client("lambda").create_function(**function())
    cloud.client("scheduler").create_schedule(**schedule())
    cloud.client("resource-groups").create_group(**group())
    cloud.client("ssm").put_parameter(Name=PARAMETER, Value='{"a": 1}', Type="String", Tags=pairs(TAGS))


def tls_only(bucket: str) -> dict[str, Any]:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
