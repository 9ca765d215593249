"""`mayfly graph`: a factory's references as a Mermaid diagram."""

from __future__ import annotations

from typing import Annotated

import typer

from mayfly.cli.arguments import VARIABLE, Json
from mayfly.cli.output import Output

Folder = Annotated[
    str,
    typer.Option(
        "--workload",
        metavar="PATH",
        envvar=VARIABLE,
        help="The folder that holds factory/, or the factory's folder itself.",
        show_default=False,
    ),
]


def graph(workload: Folder, as_json: Json = False) -> None:
    """Print a factory's references as a Mermaid diagram, for a page in Markdown. No cloud is asked."""
    from pathlib import Path

    from mayfly.workload.factory.folder import parsed
    from mayfly.workload.factory.graph import mermaid

    output, text = Output(as_json), mermaid(parsed(Path(workload)))
    output.exact(text)
    output.document("graph", {"mermaid": text})
