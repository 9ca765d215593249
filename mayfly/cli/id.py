"""`mayfly id`: the environment's id that belongs to a branch."""

from __future__ import annotations

from typing import Annotated

import typer

from mayfly.cli.arguments import Json
from mayfly.cli.output import Output
from mayfly.settings.ids import from_branch

Branch = Annotated[
    str,
    typer.Argument(metavar="BRANCH", help="A Git branch, such as feature/New_Sink.", show_default=False),
]


def show_id(branch: Branch, as_json: Json = False) -> None:
    """Print the id of a branch's environments. No two branches share one."""
    output = Output(as_json)
    id = from_branch(branch)
    output.text(id)
    output.document("id", {"branch": branch, "id": id})
