"""The same questions to AWS by two clients: the SDK, and the `aws` command where the machine has one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.support.aws_sdk import AwsSdk
from tests.support.checkout import Checkout, Finished, finish


@dataclass(frozen=True)
class Question:
    """One operation, as the `aws` command spells it: "s3api", "get-bucket-tagging", {"Bucket": "…"}."""

    service: str
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


class Client(Protocol):
    """What answers questions."""

    def answers(self, questions: Iterable[Question]) -> list[Any]:
        """One document for each."""


@dataclass(frozen=True)
class BySdk:
    """AWS's SDK."""

    sdk: AwsSdk

    def answers(self, questions: Iterable[Question]) -> list[Any]:
        """One document for each, asked one after the other."""
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Any:
        client = self.sdk.client("s3" if question.service == "s3api" else question.service)
        return getattr(client, question.operation.replace("-", "_"))(**question.arguments)


@dataclass(frozen=True)
class ByCommand:
    """The `aws` command, as a principal of a checkout."""

    checkout: Checkout
    principal: str

    def answers(self, questions: Iterable[Question]) -> list[Any]:
        """One document for each, asked at once: each command is a process that takes its time to start."""
        processes = [self._ask(question) for question in questions]
        return [_document(finished) for finished in [finish(process) for process in processes]]

    def _ask(self, question: Question) -> subprocess.Popen[str]:
        given = ("--output", "json", "--cli-input-json", json.dumps(question.arguments))
        command = ("aws", question.service, question.operation, *given)
        return self.checkout.start(*command, principal=self.principal)


def _document(finished: Finished) -> Any:
    """What a command printed; of an empty answer it prints nothing."""
    return finished.json() if finished.ok().stdout.strip() else {}


def missing() -> str:
    """Why there is no `aws` command to ask by; "" when there is one. A shim may stand for one that is not."""
    if shutil.which("aws") is None:
        return "there is no aws command on PATH"
    told = subprocess.run(["aws", "--version"], capture_output=True, text=True, check=False)
    return "" if told.returncode == 0 else f"the aws command does not start: {told.stderr}"
