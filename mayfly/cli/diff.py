"""`mayfly diff`: what an environment changed in its clones of production's tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output

if TYPE_CHECKING:
    from mayfly.clones.difference import TableDifference

Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="TABLE=COLUMNS",
        help="The columns that tell a table's rows apart, with commas between; by default its identifier "
        "fields, else all. Repeatable.",
        show_default=False,
    ),
]


def diff(environment: Environment, key: Keys = None, as_json: Json = False) -> None:
    """Compare an environment's clones with the versions of production that they were made from."""
    from mayfly.cli.cloned import clones_of

    output, keys = Output(as_json), _keys(key or [])
    tables = []
    for cloned in clones_of(environment):
        with output.working(f"comparing {cloned.clone.namespace}"):
            found = [*cloned.driver.differences(cloned.clone, keys)]
        header = (cloned.entry, "before", "now", "added", "gone", "changed", "columns")
        output.table(header, [_row(one) for one in found])
        tables += [{"entry": cloned.entry, **_content(one)} for one in found]
    output.document("diff", {"environment": environment, "tables": tables})


def _row(found: TableDifference) -> list[str]:
    columns = [*found.schema, *(f"{name}: {count}" for name, count in found.columns.items())]
    numbers = (found.rows_before, found.rows_after, found.added, found.gone, found.changed)
    return [found.table, *map(str, numbers), ", ".join(columns)]


def _content(found: TableDifference) -> dict[str, Any]:
    """The fields of the difference; a sample's values as texts, since JSON has no dates."""
    samples = {what: [[str(part) for part in row] for row in rows] for what, rows in found.samples.items()}
    return {**vars(found), "columns": dict(found.columns), "key": [*found.key], "samples": samples}


def _keys(given: Sequence[str]) -> dict[str, list[str]]:
    """Raises BadInput for what names no table or no column."""
    from mayfly.errors import BadInput, Problem

    found = {}
    for text in given:
        table, _, columns = text.partition("=")
        if not table or not columns:
            raise BadInput([Problem("--key", f"got {text!r}", "TABLE=COLUMN or TABLE=COLUMN,COLUMN")])
        found[table] = columns.split(",")
    return found
