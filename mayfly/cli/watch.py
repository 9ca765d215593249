"""`mayfly watch`: all environments in a table that stays up to date, for people."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mayfly import settings
from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.list import COLUMNS, cells, everywhere, lines, show
from mayfly.cli.output import Output, Row, on_terminal
from mayfly.errors import MayflyError

if TYPE_CHECKING:
    from mayfly.settings import Fabric

Every = Annotated[
    float,
    typer.Option(
        "--every",
        metavar="SECONDS",
        min=2,
        max=3600,
        help="How long it waits between two looks; a look is a query a subscription or account.",
    ),
]


def watch(every: Every = 10, as_json: Json = False) -> None:
    """Show all environments, looking again every few seconds, until Ctrl-C.

    Where no person watches, as in a log or with --json, it shows them once, as `list` does, and ends.
    """
    output, fabrics = Output(as_json), settings.fabrics(project.root())
    if as_json or not on_terminal(sys.stdout):
        show(output, fabrics, "watch")
        return
    rows, told = look(fabrics)  # what fails here fails the verb; later it is told below the table
    try:
        with output.live() as put:
            while True:
                put(COLUMNS, rows, told)
                time.sleep(every)
                try:
                    rows, told = look(fabrics)
                except MayflyError as error:
                    told = [f"as it was before; the last look failed: {str(error).partition(chr(10))[0]}"]
    except KeyboardInterrupt:
        return


def look(fabrics: dict[str, Fabric]) -> tuple[list[Row], list[str]]:
    """Return the environments that exist, by when they end, and what is told below them."""
    listing, now = everywhere(fabrics.values()), datetime.now(UTC)
    rules = {name: fabric.life for name, fabric in fabrics.items()}
    found = sorted(listing.found, key=lambda one: (one.expires or "9", one.environment or ""))
    rows = [cells(one, rules.get(one.fabric_name), now) for one in found]
    counted = "1 environment" if len(rows) == 1 else f"{len(rows)} environments"
    return [*rows], [f"{counted} at {now:%H:%M:%S} UTC; Ctrl-C ends this", *lines(listing)]
