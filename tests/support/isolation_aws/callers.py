"""Who makes calls: a principal with credentials, or a function with its role."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import boto3
from mypy_boto3_lambda import LambdaClient

from tests.support.isolation_aws import models, probe
from tests.support.isolation_aws.operations import SERVICES, Call

BATCH = 300
"""Calls that one invocation makes."""


class Caller(Protocol):
    """Makes calls as somebody."""

    def answers(self, calls: Sequence[Call]) -> list[probe.Answer]:
        """What came of each."""


@dataclass(frozen=True)
class Cloud:
    """An AWS, as a shell prepared for it has it. environ: the variables of a principal."""

    environ: dict[str, str]

    @property
    def endpoint(self) -> str:
        """Base URL."""
        return self.environ["AWS_ENDPOINT_URL"]

    @property
    def region(self) -> str:
        """The region."""
        return self.environ["AWS_REGION"]

    @property
    def options(self) -> dict[str, Any]:
        """What every client is made with."""
        return {"endpoint_url": self.endpoint, "verify": self.environ["AWS_CA_BUNDLE"]}

    def session(self) -> boto3.Session:
        """The principal's own."""
        key, secret = self.environ["AWS_ACCESS_KEY_ID"], self.environ["AWS_SECRET_ACCESS_KEY"]
        return boto3.Session(key, secret, region_name=self.region)

    def client(self, service: str) -> Any:
        """A client of the principal's."""
        return self.session().client(service, config=probe.CONFIG, **self.options)  # type: ignore[call-overload]

    def caller(self) -> WithCredentials:
        """The principal, making calls."""
        return WithCredentials(self.session(), self.options)

    def assume(self, role_arn: str, name: str) -> WithCredentials:
        """Take a role; its trust has to admit the principal. name: of the session."""
        given = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return WithCredentials(boto3.Session(*keys, region_name=self.region), self.options)


@dataclass(frozen=True)
class WithCredentials:
    """A principal with credentials. options: of the clients. at_once: calls under way at a time."""

    session: boto3.Session
    options: dict[str, Any]
    at_once: int = probe.AT_ONCE

    def answers(self, calls: Sequence[Call]) -> list[probe.Answer]:
        """What came of each."""
        return probe.answers(self.session, calls, self.at_once, **self.options)


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
