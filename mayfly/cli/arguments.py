"""Arguments and options that several verbs take."""

from __future__ import annotations

from typing import Annotated

import typer

Environment = Annotated[
    str,
    typer.Argument(
        metavar="ENV",
        help="The environment's whole name, <fabric>-<id>, such as qa-142; a permanent fabric's name alone.",
        show_default=False,
    ),
]

Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document on standard output, and nothing else there."),
]
