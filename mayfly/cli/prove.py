"""`mayfly prove`: shows that an environment reads production and cannot write there."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from mayfly import registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output
from mayfly.proof.canaries import PATIENCE_SECONDS
from mayfly.proof.verdict import Outcome, Proof

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
    output, wanted = Output(as_json), registry.complete(project.load(environment, workload))
    with output.working(f"proving the isolation of {environment}"):
        proof = registry.of(wanted.fabric.cloud).prove(wanted, patience, output.line)
    counts = Counter(row.outcome for row in proof.rows)
    proved = set(counts) == {Outcome.OK}
    rows = [[row.outcome, row.what, proof.short(row.where), row.expected, row.got] for row in proof.rows]
    output.table(HEADER, rows, title=f"as {proof.who}:")
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
            "allowed": list(proof.allowed),
        },
    )
    return 0 if proved else 1


def verdict(environment: str, proof: Proof) -> list[str]:
    """Return what the probes show of the identity, then what the identity does not limit.

    A probe that shows nothing counts neither as right nor as wrong.
    """
    counts = Counter(row.outcome for row in proof.rows)
    total, wrong, unknown = sum(counts.values()), counts[Outcome.NO], counts[Outcome.NOT_SHOWN]
    open_ = f"{unknown} of {total} are not shown"
    if wrong:
        words = f"{wrong} of {total} probes are NOT as expected" + (f", {open_}" if unknown else "")
    elif unknown or not total:
        words = f"its identity is not proved isolated: of its probes, {open_}"
    else:
        words = f"its identity is isolated: all {total} probes are as expected"
    lines = [f"{environment}: {words}"]
    if proof.elsewhere:
        lines = [f"{lines[0]}; these can reach elsewhere:", *(f"  {reach}" for reach in proof.elsewhere)]
    lines += [f"set by the variable group: {what}" for what in proof.allowed]
    return [*lines, *(f"but {caveat}" for caveat in proof.caveats)]
