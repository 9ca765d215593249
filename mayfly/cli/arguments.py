"""Arguments and options that several verbs take."""

from __future__ import annotations

from typing import Annotated

import typer

VARIABLE = "MAYFLY_WORKLOAD"
"""As `settings.workload` has it, which is loaded late."""

Environment = Annotated[
    str,
    typer.Argument(
        metavar="ENV",
        help="The environment's whole name, <fabric>-<id>, such as qa-142; a permanent fabric's name alone.",
        show_default=False,
    ),
]

WorkloadFolder = Annotated[
    str | None,
    typer.Option(
        "--workload",
        metavar="PATH",
        envvar=VARIABLE,
        help="The folder of what runs in it, of any checkout, in place of the fabric's. It is data: nothing "
        "of it is run here.",
        show_default=False,
    ),
]

Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document on standard output, and nothing else there."),
]
