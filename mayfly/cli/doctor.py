"""`mayfly doctor`: what keeps environments from being made here, in one table."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from mayfly import settings
from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.output import Output
from mayfly.doctor import checks, exit_code
from mayfly.errors import BadInput, Problem
from mayfly.nearest import choices

FabricName = Annotated[
    str | None,
    typer.Option(
        "--fabric",
        metavar="NAME",
        help="One fabric alone, such as a permanent one, which is left out otherwise: it has a deployer of "
        "its own.",
        show_default=False,
    ),
]


def doctor(fabric: FabricName = None, as_json: Json = False) -> int:
    """Check tools, the backend, sign-in, rights (too few, too many), quotas, locks, firewalls and names.

    Nothing is written. The exit code is 0 where nothing is wrong, 3 where rights alone are, 1 else.
    """
    output, root = Output(as_json), project.root()
    known = settings.fabrics(root)
    if fabric is not None and fabric not in known:
        raise BadInput([Problem("--fabric", f"there is no fabric {fabric!r}", choices(fabric, [*known]))])
    chosen = [one for one in known.values() if (one.name == fabric if fabric else not one.permanent)]
    with output.working("looking"):
        found = checks(root, chosen, os.environ)
    rows = [(check.outcome, check.subject, check.where, check.told, check.fix) for check in found]
    output.table(("", "check", "of", "found", "what to do"), rows)
    code = exit_code(found)
    output.document("doctor", {"checks": [asdict(check) for check in found], "exit_code": code})
    return code
