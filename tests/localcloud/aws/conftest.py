"""One local AWS for all of these tests, and boto3's own clients in front of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import localcloud
from localcloud import ACCOUNT, REGION, Running
from mayfly.clouds.aws import permissions
from mayfly.naming.aws import BOUNDARY

LAKE = "lake-of-production"
HERE = {"LocationConstraint": REGION}
"""What CreateBucket is told outside us-east-1."""

ONCE = Config(retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: a key, its secret, and for a session its token."""

    running: Running
    key: str
    secret: str
    token: str | None = None

    def client(self, service: str, config: Config = ONCE) -> Any:
        session = boto3.Session(self.key, self.secret, self.token, region_name=REGION)
        # A string, since boto3's stubs have an overload a service.
        make: Any = session.client
        ca = str(self.running.ca)
        return make(service, endpoint_url=self.running.aws_url, verify=ca, config=config)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("local") / "aws"
    try:
        yield localcloud.start(folder, "aws")
    finally:
        localcloud.stop(folder)


def principal(running: Running, name: str) -> Caller:
    found = json.loads(running.principals.read_text())[name]
    return Caller(running, found["access_key_id"], found["secret_access_key"])


@pytest.fixture(scope="session")
def owner(running: Running) -> Caller:
    return principal(running, "owner")


@pytest.fixture(scope="session")
def deployer(running: Running, owner: Caller) -> Caller:
    """With the documented policy for the fabric awsqa, and the account's boundary in place."""
    iam = owner.client("iam")
    iam.create_policy(
        PolicyName=BOUNDARY, PolicyDocument=json.dumps(permissions.boundary(ACCOUNT, {LAKE: ["flights/"]}))
    )
    document = permissions.deployer(ACCOUNT, REGION, [permissions.stage("awsqa")])
    for number, part in enumerate(permissions.split(document)):
        made = iam.create_policy(PolicyName=f"deployer-{number}", PolicyDocument=json.dumps(part))["Policy"]
        iam.attach_user_policy(UserName="deployer", PolicyArn=made["Arn"])
    return principal(running, "deployer")


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return uuid.uuid4().hex[:8]


def code(call: Callable[[], Any]) -> str:
    """The code that a call is answered with; "ok" when it succeeds."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"
