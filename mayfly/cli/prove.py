"""`mayfly prove`: shows that an environment reads production and cannot write there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from mayfly.cli import clouds, project
from mayfly.cli.arguments import Environment, Json, Workload
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


def prove(
    environment: Environment,
    patience: Patience = PATIENCE_SECONDS,
    workload: Workload = None,
    as_json: Json = False,
) -> int:
    """Prove the isolation: reads on production allowed, writes refused, by the cloud's own answers.

    The exit code is 1 when anything is not as expected. Nothing that exists is endangered.
    """
    from mayfly import settings

    output, (root, environ) = Output(as_json), project.with_workload(workload)
    wanted = clouds.complete(settings.load(root, environment, environ))
    with output.working(f"proving the isolation of {environment}"):
        proof = clouds.of(wanted.fabric.cloud).prove(wanted, patience, output)
    surprises = [row for row in proof.rows if not row.ok]
    output.table(HEADER, [_cells(proof, row) for row in proof.rows], title=f"as {proof.who}:")
    for line in verdict(environment, proof, surprises):
        output.text(line)
    output.document(
        "prove",
        {
            "environment": environment,
            "proved": not surprises,
            "probes": [vars(row) for row in proof.rows],
            "elsewhere": [vars(reach) for reach in proof.elsewhere],
        },
    )
    return 1 if surprises else 0


def _cells(proof: Proof, row: Row) -> list[str]:
    return ["ok" if row.ok else "NO", row.what, proof.short(row.where), row.expected, row.got]


def verdict(environment: str, proof: Proof, surprises: Sequence[Row]) -> list[str]:
    """What the probes say of the identity, and below it what no identity holds."""
    count = len(proof.rows)
    if surprises:
        said = f"{environment}: {len(surprises)} of {count} probes are NOT as expected"
    else:
        said = f"{environment}: its identity is isolated: all {count} probes are as expected"
    if not proof.elsewhere:
        return [said]
    return [f"{said}; these can reach elsewhere:", *(f"  {reach}" for reach in proof.elsewhere)]
