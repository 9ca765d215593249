"""`mayfly prove`: shows that an environment reads production and cannot write there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import typer

from mayfly import registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output
from mayfly.proof.canaries import PATIENCE_SECONDS
from mayfly.proof.verdict import Outcome, Proof, Row

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
    workload: WorkloadFolder = None,
    as_json: Json = False,
) -> int:
    """Prove the isolation: reads on production allowed, writes refused, by the cloud's own answers.

    The exit code is 1 when anything is not as expected or not shown. Nothing that exists is endangered.
    """
    from mayfly import settings

    output, (root, environ) = Output(as_json), project.with_workload(workload)
    wanted = registry.complete(settings.load(root, environment, environ))
    with output.working(f"proving the isolation of {environment}"):
        proof = registry.of(wanted.fabric.cloud).prove(wanted, patience, output.line)
    counts = Counter(row.outcome for row in proof.rows)
    proved = set(counts) == {Outcome.OK}
    output.table(HEADER, [_cells(proof, row) for row in proof.rows], title=f"as {proof.who}:")
    for source in proof.sources:
        output.text(f"source {source}")
    for line in verdict(environment, proof):
        output.text(line)
    output.document(
        "prove",
        {
            "environment": environment,
            "proved": proved,
            "counts": {outcome.value: counts[outcome] for outcome in Outcome},
            "sources": [vars(source) for source in proof.sources],
            "probes": [{**vars(row), "ok": row.ok} for row in proof.rows],
            "elsewhere": [vars(reach) for reach in proof.elsewhere],
            "caveats": list(proof.caveats),
        },
    )
    return 0 if proved else 1


def _cells(proof: Proof, row: Row) -> list[str]:
    return [row.outcome, row.what, proof.short(row.where), row.expected, row.got]


def verdict(environment: str, proof: Proof) -> list[str]:
    """What the probes say of the identity, and below it what no identity holds."""
    said = f"{environment}: {_said(Counter(row.outcome for row in proof.rows))}"
    if proof.elsewhere:
        lines = [f"{said}; these can reach elsewhere:", *(f"  {reach}" for reach in proof.elsewhere)]
    else:
        lines = [said]
    return [*lines, *(f"but {caveat}" for caveat in proof.caveats)]


def _said(counts: Mapping[Outcome, int]) -> str:
    """What is not shown is never counted for the one or the other."""
    total, wrong, unknown = sum(counts.values()), counts[Outcome.NO], counts[Outcome.NOT_SHOWN]
    open_ = f"{unknown} of {total} are not shown"
    if wrong:
        return f"{wrong} of {total} probes are NOT as expected" + (f", {open_}" if unknown else "")
    if unknown or not total:
        return f"its identity is not proved isolated: of its probes, {open_}"
    return f"its identity is isolated: all {total} probes are as expected"
