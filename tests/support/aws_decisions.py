"""What the local AWS decides on a request, policies given as documents: asked without a server.

`decide` runs this file in MiniStack's own environment, with the gate's changes to its evaluator in place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from localcloud.aws.gate_process import PYTHON
from tests.support.checkout import HERE

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request, and what is said about it.

    principal: the caller's ARN, of a session `arn:aws:sts::…:assumed-role/<name>/<session>`. role: its
    role's ARN, with the path. keys: condition keys. owner: the account of what is asked for. required:
    whether its own policy has to allow, as a key's has.
    """

    action: str
    arn: str
    principal: str
    role: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    identity: Sequence[Document] = ()
    boundary: Document | None = None
    resource: Document | None = None
    owner: str = "123456789012"
    required: bool = False


class Judge:
    """The evaluator, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def allows(self, asked: Asked) -> bool:
        """Whether the request goes through."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(asked)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer in ("Allow", "Deny", "ImplicitDeny"), answer
        return answer == "Allow"


@contextmanager
def judge() -> Iterator[Judge]:
    """Start it, and end it."""
    python = str(sys.prefix / PYTHON)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE), "AUTH": "true", "LOG_LEVEL": "ERROR"}
    with subprocess.Popen(
        [python, __file__], env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Judge(process)
        assert process.stdin
        process.stdin.close()


def serve() -> None:
    """Decide on each line of standard input."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from localcloud.aws.gate import emulator, variables

    variables.install()
    for line in sys.stdin:
        try:
            answer = decided(emulator, json.loads(line))
        except Exception as error:  # told to the test
            answer = repr(error)
        os.write(answers, answer.encode() + b"\n")


def decided(emulator: Any, asked: dict[str, Any]) -> str:
    """Allow, Deny or ImplicitDeny."""
    evaluator, principal = emulator.evaluator, asked["principal"]
    if asked["role"]:
        emulator.iam._roles[principal.split("/")[1]] = {"Arn": asked["role"]}
    keys = {name.lower(): value for name, value in asked["keys"].items()}
    context = evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole" if asked["role"] else "User",
        principal_account=principal.split(":")[4],
        action=asked["action"],
        resource_arn=asked["arn"],
        region="eu-west-1",
        service_context={"aws:tagkeys": None, "aws:resourceaccount": asked["owner"], **keys},
    )
    parsed = [evaluator.parse_policy_document(document) for document in asked["identity"]]
    limits = [[evaluator.parse_policy_document(asked["boundary"])]] if asked["boundary"] else []
    found = evaluator.evaluate(context, parsed, *limits)
    found = evaluator.combine_resource_policy(
        found, context, asked["resource"], asked["owner"], required=asked["required"], limits=limits
    )
    return str(found.decision)


if __name__ == "__main__":
    serve()
