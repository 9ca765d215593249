"""`mayfly prove`: shows that an environment reads production and cannot write there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from mayfly.cli import clouds, project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.clouds import Proof, Row
from mayfly.cli.output import Output

PATIENCE_SECONDS = 600.0
"""A role assignment answers 201 before it is effective: up to 10 minutes, as Azure documents it."""

Patience = Annotated[
    float,
    typer.Option(
        "--patience",
        metavar="SECONDS",
        min=0,
        help="How long a refusal of what is allowed is tried again: permissions take their time.",
    ),
]

HEADER = ("", "what", "where", "expected", "got")


def prove(environment: Environment, patience: Patience = PATIENCE_SECONDS, as_json: Json = False) -> int:
    """Prove the isolation: reads on production allowed, writes refused, by the cloud's own answers.

    The exit code is 1 when anything is not as expected. Nothing that exists is endangered.
    """
    from mayfly import settings

    output = Output(as_json)
    wanted = clouds.complete(settings.load(project.root(), environment, os.environ))
    with output.working(f"proving the isolation of {environment}"):
        proof = clouds.of(wanted.fabric.cloud).prove(wanted, patience, output)
    surprises = [row for row in proof.rows if not row.ok]
    output.table(HEADER, [_cells(proof, row) for row in proof.rows], title=f"as {proof.who}:")
    output.text(_verdict(environment, proof.rows, surprises))
    rows = [vars(row) for row in proof.rows]
    output.document("prove", {"environment": environment, "proved": not surprises, "probes": rows})
    return 1 if surprises else 0


def _cells(proof: Proof, row: Row) -> list[str]:
    return ["ok" if row.ok else "NO", row.what, proof.short(row.where), row.expected, row.got]


def _verdict(environment: str, rows: Sequence[Row], surprises: Sequence[Row]) -> str:
    if surprises:
        return f"{environment}: {len(surprises)} of {len(rows)} probes are NOT as expected"
    return f"{environment} is isolated: all {len(rows)} probes are as expected"
