"""The policies of the reaper's function: the janitor's, and what a function itself needs to be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mayfly.clouds.aws.permissions.assembled import JANITOR, SOURCES, assembled
from mayfly.clouds.aws.statements import Document, allow, document
from mayfly.settings import AwsFabric

OWN = "own"


def reaper(
    root: Path, fabrics: Sequence[AwsFabric], environ: Mapping[str, str], log_group: str, queue: str
) -> dict[str, Document]:
    """Every policy of the reaper's role, by a name that is unique among them.

    fabrics, environ: see `assembled`; permanent fabrics are left out. log_group: ARN of its own. queue: ARN
    of the queue that takes the calls that failed.

    The janitor's denial of all else stays, but for writing to a log and sending to a queue, which are then
    allowed on these two alone. Raises BadInput.
    """
    found = assembled(root, [fabric for fabric in fabrics if not fabric.permanent], environ)
    own = [
        allow("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group}:*"),
        allow("TellOfFailures", ["sqs:SendMessage"], queue),
    ]
    further = [action for statement in own for action in statement["Action"]]
    janitor = {name: policy for name, policy in found.items() if name.startswith(JANITOR)}
    return {
        **{name: _with(policy, further) for name, policy in janitor.items()},
        "sources": found[SOURCES],
        OWN: document(own),
    }


def _with(policy: Document, further: Sequence[str]) -> Document:
    """A policy that no longer denies some actions. What it does not deny is not allowed yet."""
    statements = [
        {**statement, "NotAction": sorted({*statement["NotAction"], *further})}
        if "NotAction" in statement
        else statement
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": statements}
