"""The local AWS, and environments in it as teardown finds them: made by boto3, by its owner."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from urllib3.response import HTTPResponse

import localcloud
from localcloud import ACCOUNT, REGION, Running
from mayfly.clouds.aws import Aws, permissions
from mayfly.naming import aws, clones

ANYBODY = {"Version": "2012-10-17", "Statement": []}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
SERVICES = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
TRUST = {"Effect": "Allow", "Principal": {"Service": SERVICES}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Account:
    """A running local AWS and its principals."""

    running: Running
    principals: Mapping[str, Mapping[str, str]]

    def environ(self, name: str) -> dict[str, str]:
        """What a process needs to call it as one of its principals."""
        return {
            "AWS_ACCESS_KEY_ID": self.principals[name]["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.principals[name]["secret_access_key"],
            "AWS_ENDPOINT_URL": str(self.running.aws_url),
            "AWS_CA_BUNDLE": str(self.running.ca),
        }

    def caller(self, name: str) -> Aws:
        """A client of its own for one of its principals."""
        return Aws.from_environment(self.environ(name), REGION, ACCOUNT)


@contextmanager
def open_account(folder: Path) -> Iterator[Account]:
    """A local AWS whose deployer has the documented policy for the stages awsqa-*."""
    running = localcloud.start(folder, "aws")
    try:
        found = Account(running, json.loads(running.principals.read_text()))
        with found.caller("owner") as owner:
            _permit(owner)
        yield found
    finally:
        localcloud.stop(folder)


def _permit(owner: Aws) -> None:
    iam = owner.client("iam")
    iam.create_policy(PolicyName=aws.BOUNDARY, PolicyDocument=json.dumps(permissions.boundary(ACCOUNT, {})))
    document = permissions.deployer(ACCOUNT, REGION, [permissions.stage("awsqa")], databases=["lake"])
    arn = iam.create_policy(PolicyName="deployer", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="deployer", PolicyArn=arn)


@dataclass
class Built:
    """An environment, made thing by thing."""

    owner: Aws
    environment: str
    project: str = "mayfly"
    tagged: bool = True
    arns: list[str] = field(default_factory=list)

    @property
    def tags(self) -> dict[str, str]:
        return (
            {**aws.identity(self.project, self.environment), "mayfly-fabric": "awsqa"} if self.tagged else {}
        )

    @property
    def pairs(self) -> list[Any]:
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]

    @property
    def bucket_name(self) -> str:
        return f"mf--{self.environment}--flights-{aws.bucket_hash(self.project, self.environment, ACCOUNT)}"

    @property
    def keys(self) -> list[str]:
        return [f"curated/{number} ü+%.csv" for number in range(3)]

    def all_of_it(self, locked: bool = False) -> Built:
        """One of every kind that a sweep knows. locked: objects may be held."""
        self.bucket(full=True, locked=locked)
        role = self.role()
        self.policy()
        self.function("flights", role)
        self.schedule("flights", role)
        self.log_group("flights")
        self.parameter("infrastructure")
        self.database("sales")
        self.group()
        return self

    def bucket(self, full: bool = False, locked: bool = False) -> str:
        """Versioned; full: objects, an older version, a delete marker, an upload that nobody finished."""
        s3, name = self.owner.client("s3"), self.bucket_name
        place: Any = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=locked)
        if self.tagged:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": self.pairs})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if full:
            for key in (*self.keys, self.keys[0]):
                s3.put_object(Bucket=name, Key=key, Body=b"x")
            s3.delete_object(Bucket=name, Key=self.keys[1])
            s3.create_multipart_upload(Bucket=name, Key="curated/half")
        return self._made(f"arn:aws:s3:::{name}")

    def stash(self) -> str:
        """A bucket under the environment's prefix that does not end in its hash."""
        name = f"mf--{self.environment}--stash-{self.project}"
        place: Any = {"LocationConstraint": REGION}
        self.owner.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)
        return self._made(f"arn:aws:s3:::{name}")

    def outside(self) -> str:
        """A role that lies under no environment's path."""
        iam, name = self.owner.client("iam"), "of-the-account"
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=json.dumps({**ANYBODY, "Statement": [TRUST]})
            )
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def role(self, name: str = "flights-abcdef") -> str:
        iam, name = self.owner.client("iam"), f"{self.environment}-{name}-{self.project}"
        made = iam.create_role(
            RoleName=name,
            Path=aws.iam_path(self.environment),
            AssumeRolePolicyDocument=json.dumps({**ANYBODY, "Statement": [TRUST]}),
            Tags=self.pairs,
        )
        read = json.dumps({**ANYBODY, "Statement": [READ]})
        iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=read)
        return self._made(made["Role"]["Arn"])

    def forget_role(self, name: str) -> None:
        """Somebody removed it."""
        iam, name = self.owner.client("iam"), f"{self.environment}-{name}-{self.project}"
        iam.delete_role_policy(RoleName=name, PolicyName="read")
        iam.delete_role(RoleName=name)
        self.arns = [arn for arn in self.arns if not arn.endswith(f"/{name}")]

    def policy(self) -> str:
        """With an older version."""
        iam, read = self.owner.client("iam"), json.dumps({**ANYBODY, "Statement": [READ]})
        made = iam.create_policy(
            PolicyName=f"{self.environment}-{self.project}",
            Path=aws.iam_path(self.environment),
            PolicyDocument=read,
            Tags=self.pairs,
        )
        arn = made["Policy"]["Arn"]
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=read, SetAsDefault=True)
        return self._made(arn)

    def copy(self, name: str, role: str) -> str:
        """A function of a fabric of applications, which is not named after the environment."""
        return self.function(name, role, start="")

    def function(self, name: str, role: str, start: str | None = None) -> str:
        """start: of its name, the environment's when not given."""
        start = f"{self.environment}-" if start is None else start
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", "def main(event, context):\n    return event\n")
        made = self.owner.client("lambda").create_function(
            FunctionName=f"{start}{name}",
            Runtime="python3.12",
            Handler="handler.main",
            Role=role,
            Code={"ZipFile": code.getvalue()},
            Tags=self.tags,
        )
        return self._made(made["FunctionArn"])

    def schedule(self, name: str, role: str) -> str:
        target = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.environment}-{name}"
        made = self.owner.client("scheduler").create_schedule(
            Name=f"{self.environment}-{name}",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            State="DISABLED",
            Target={"Arn": target, "RoleArn": role},
        )
        return self._made(made["ScheduleArn"])

    def log_group(self, name: str) -> str:
        group = f"{aws.log_prefix(self.environment)}{name}"
        self.owner.client("logs").create_log_group(logGroupName=group, tags=self.tags)
        return self._made(f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}")

    def parameter(self, name: str) -> str:
        path = f"mayfly/{self.environment}/{name}"
        self.owner.client("ssm").put_parameter(Name=f"/{path}", Value="{}", Type="String", Tags=self.pairs)
        return self._made(f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{path}")

    def database(self, entry: str) -> str:
        """A clone of one table, as Glue has it: a pointer among a table's parameters."""
        glue, name = (
            self.owner.client("glue"),
            clones.namespace(self.project, self.environment, ACCOUNT, entry),
        )
        glue.create_database(DatabaseInput={"Name": name, "Parameters": self.tags})
        parameters = {"table_type": "ICEBERG", "metadata_location": "s3://lake/x.metadata.json"}
        glue.create_table(DatabaseName=name, TableInput={"Name": "orders", "Parameters": parameters})
        return self._made(f"arn:aws:glue:{REGION}:{ACCOUNT}:database/{name}")

    def group(self, **tags: str) -> str:
        query = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": []}
        made = self.owner.client("resource-groups").create_group(
            Name=aws.resource_group(self.environment),
            ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)},
            Tags={**self.tags, **tags},
        )
        return self._made(made["Group"]["GroupArn"])

    def _made(self, arn: str) -> str:
        self.arns.append(arn)
        return arn


@dataclass
class Answers:
    """Answers of a service in place of its own, for as long as `give` gives any; counts what was asked.

    only: of which addresses.
    """

    cloud: Aws
    service: Any
    operation: str
    give: Callable[[int], tuple[int, str] | None]
    only: Callable[[str], bool] = lambda _: True
    asked: int = 0

    def __post_init__(self) -> None:
        client = self.cloud.client(self.service)
        name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-send.{name}.{self.operation}", self._send)

    def _send(self, request: AWSRequest, **_: Any) -> AWSResponse | None:
        if not self.only(str(request.url)):
            return None
        self.asked += 1
        given = self.give(self.asked)
        if given is None:
            return None
        status, body = given
        raw = HTTPResponse(io.BytesIO(body.encode()), status=status, preload_content=False)
        return AWSResponse(str(request.url), status, HTTPHeaders(), raw)
