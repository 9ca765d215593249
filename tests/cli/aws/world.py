"""The local AWS with production's lake and two environments, as the deployer would have made them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import localcloud
from components.aws import policies
from localcloud import ACCOUNT, REGION
from mayfly import naming, settings
from mayfly.cli.local import aws as local
from mayfly.clouds.aws import Aws
from mayfly.settings import EnvironmentSettings

ROOT = Path(__file__).resolve().parents[3]
LAKE, PREFIX = f"flights-lake-{ACCOUNT}", "flights/"

HANDLER = """
def main(event, context):
    if event.get("fail"):
        raise ValueError("no luck")
    for number in range(event.get("lines", 1)):
        print(f"line {number}")
    return {"event": event}
"""


@dataclass
class World:
    """A local AWS that runs."""

    status: localcloud.Status

    def variables(self, principal: str) -> dict[str, str]:
        """Of a principal's shell."""
        return {**local.NOWHERE, **local.variables(self.status, principal)}

    @cached_property
    def owner(self) -> Aws:
        """As production's owner."""
        return Aws.from_environment(self.variables("owner"), REGION, ACCOUNT)

    @cached_property
    def deployer(self) -> Aws:
        """As who makes environments."""
        return Aws.from_environment(self.variables("deployer"), REGION, ACCOUNT)

    @cached_property
    def janitor(self) -> Aws:
        """As who sweeps."""
        return Aws.from_environment(self.variables("janitor"), REGION, ACCOUNT)

    def make_lake(self) -> None:
        """Production's bucket with one object, and its static statement."""
        self._bucket(self.owner, LAKE)
        self.owner.client("s3").put_object(Bucket=LAKE, Key=f"{PREFIX}2013/01.csv", Body=b"year\n2013\n")
        local.admit_deployer(self.status, ROOT, [f"arn:aws:s3:::{LAKE}/{PREFIX}"])

    def build(self, environment: str) -> EnvironmentSettings:
        """An environment with a bucket, a role and a function, made by the deployer."""
        wanted = settings.load(ROOT, environment, {})
        names, tags = naming.aws.names(wanted), naming.aws.identity(wanted.project, environment)
        pairs: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._bucket(self.deployer, names.bucket)
        self.deployer.client("s3").put_bucket_tagging(Bucket=names.bucket, Tagging={"TagSet": pairs})
        iam = self.deployer.client("iam")
        role = iam.create_role(
            RoleName=names.role,
            Path=names.iam_path,
            PermissionsBoundary=naming.aws.boundary_arn(ACCOUNT),
            AssumeRolePolicyDocument=policies.trust(policies.LAMBDA),
            Tags=pairs,
        )["Role"]["Arn"]
        logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{naming.aws.log_prefix(environment)}*"
        document = policies.execution([f"arn:aws:s3:::{LAKE}/{PREFIX}"], names.bucket, logs)
        iam.put_role_policy(RoleName=names.role, PolicyName="mayfly", PolicyDocument=document)
        self._function(wanted, role, tags)
        self._group(wanted, tags)
        return wanted

    def policy(self, role: str, document: object) -> None:
        """Give a role a further inline policy, as whoever owns the account could."""
        text = json.dumps({"Version": "2012-10-17", "Statement": document})
        self.owner.client("iam").put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=text)

    def _bucket(self, cloud: Aws, name: str) -> None:
        cloud.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )

    def _group(self, wanted: EnvironmentSettings, tags: dict[str, str]) -> None:
        filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
        query = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": filters}
        self.deployer.client("resource-groups").create_group(
            Name=naming.aws.names(wanted).resource_group,
            ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)},
            Tags={**tags, "mayfly-owner": "data-platform"},
        )

    def _function(self, wanted: EnvironmentSettings, role: str, tags: dict[str, str]) -> None:
        group = naming.aws.log_group(wanted, "echo")
        self.deployer.client("logs").create_log_group(logGroupName=group, tags=tags)
        self.deployer.client("lambda").create_function(
            FunctionName=naming.aws.function_name(wanted, "echo"),
            Runtime="python3.12",
            Handler="handler.main",
            Role=role,
            Code={"ZipFile": zipped(HANDLER)},
            Timeout=30,
            Tags=tags,
            LoggingConfig={"LogGroup": group},
        )


def zipped(source: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("handler.py", source)
    return written.getvalue()


@contextmanager
def open_world(folder: Path) -> Iterator[World]:
    """Start it, and stop it in the end."""
    world = World(localcloud.start(folder, cloud="aws"))
    try:
        world.make_lake()
        yield world
    finally:
        for client in ("owner", "deployer", "janitor"):
            if client in world.__dict__:
                getattr(world, client).close()
        localcloud.stop(folder)
