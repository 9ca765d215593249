"""Who makes calls: a principal with credentials, or a function with its role."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.credentials import Credentials
from mypy_boto3_lambda import LambdaClient

from tests.support.isolation_aws import models, probe
from tests.support.isolation_aws.operations import SERVICES, Call

BATCH = 300
"""Calls that one invocation makes."""


class Caller(Protocol):
    """Makes calls as somebody."""

    def answers(self, calls: Sequence[Call]) -> list[probe.Answer]:
        """What came of each."""


SESSION = boto3.Session()
"""Reads each service's model once, whoever's the clients are that are made of it."""


@dataclass(frozen=True)
class WithCredentials:
    """A principal with credentials. options: of the clients. at_once: calls under way at a time."""

    options: dict[str, Any]
    at_once: int = probe.AT_ONCE

    def answers(self, calls: Sequence[Call]) -> list[probe.Answer]:
        """What came of each."""
        return probe.answers(SESSION, calls, self.at_once, **self.options)

    @property
    def credentials(self) -> Credentials:
        """To sign with."""
        key, secret = self.options["aws_access_key_id"], self.options["aws_secret_access_key"]
        return Credentials(key, secret, self.options["aws_session_token"])


@dataclass
class Cloud:
    """An AWS, as a shell prepared for it has it. environ: the variables of a principal."""

    environ: dict[str, str]
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """Base URL."""
        return self.environ["AWS_ENDPOINT_URL"]

    @property
    def region(self) -> str:
        """The region."""
        return self.environ["AWS_REGION"]

    @property
    def caller(self) -> WithCredentials:
        """The principal, making calls."""
        return self._with(self.environ["AWS_ACCESS_KEY_ID"], self.environ["AWS_SECRET_ACCESS_KEY"])

    def client(self, service: str) -> Any:
        """A client of the principal's."""
        if service not in self.made:
            self.made[service] = probe.client(SESSION, service, **self.caller.options)
        return self.made[service]

    def assume(self, role_arn: str, name: str) -> WithCredentials:
        """Take a role; its trust has to admit the principal. name: of the session."""
        given = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        return self._with(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def _with(self, key: str, secret: str, token: str | None = None) -> WithCredentials:
        where = {
            "region_name": self.region,
            "endpoint_url": self.endpoint,
            "verify": self.environ["AWS_CA_BUNDLE"],
        }
        who = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
        return WithCredentials({**where, **who})


@dataclass(frozen=True)
class InFunction:
    """A function whose code is `probe`. owner: the client that invokes it."""

    owner: LambdaClient
    function: str

    def answers(self, calls: Sequence[Call]) -> list[probe.Answer]:
        """What came of each, by as many invocations as it takes."""
        batches = (calls[start : start + BATCH] for start in range(0, len(calls), BATCH))
        return [answer for batch in batches for answer in self._invoke(batch)]

    def _invoke(self, calls: Sequence[Call]) -> list[probe.Answer]:
        done = self.owner.invoke(FunctionName=self.function, Payload=json.dumps({"calls": calls}).encode())
        payload = done["Payload"].read().decode()
        assert not done.get("FunctionError"), payload
        return [(status, code) for status, code in json.loads(payload)]


@cache
def code() -> bytes:
    """The function's code, as a zip archive: `probe`, and the models that its operations are of."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(Path(probe.__file__), "probe.py")
        for service in SERVICES:
            for name, content in models.files(service).items():
                archive.writestr(f"{probe.MODELS}/{name}", content)
    return packed.getvalue()
