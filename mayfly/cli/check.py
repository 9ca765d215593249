"""`mayfly check`: whether files and workload fit together. No cloud is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Json, WorkloadFolder
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem, told_once

if TYPE_CHECKING:
    from mayfly.workload.factory.reach import Reach

ANY_ID = "1"
"""Stands for the id of an environment that nobody makes."""

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="FABRIC",
        help="A fabric, or an environment, such as qa or qa-142; every fabric when left out.",
        show_default=False,
    ),
]


def check(fabric: Name = None, workload: WorkloadFolder = None, as_json: Json = False) -> None:
    """Check fabrics, variable groups and workload together, as `up` does first. No cloud is asked.

    The exit code is 2 where anything is wrong; each problem is told once, with all places.
    """
    output, (root, environ) = Output(as_json), project.with_workload(workload)
    problems: list[Problem] = []
    checked: list[dict[str, object]] = []
    for name in [fabric] if fabric else _fabrics(root):
        try:
            notes, elsewhere, summary = _examined(root, name, environ)
        except BadInput as error:
            problems += error.problems
            continue
        for line in told_once(notes):
            output.line(f"note: {line}")
        for reach in elsewhere:
            output.line(f"can reach elsewhere: {reach}")
        output.text(f"{name}: {summary}")
        told = {"notes": [vars(note) for note in notes], "elsewhere": [vars(reach) for reach in elsewhere]}
        checked.append({"name": name, **told})
    if problems:
        raise BadInput([*dict.fromkeys(problems)])
    output.document("check", {"checked": checked})


def _fabrics(root: Path) -> list[str]:
    from mayfly.settings import readable_fabrics

    return [fabric.name for fabric in readable_fabrics(root)] or ["qa"]


def _examined(
    root: Path, name: str, environ: Mapping[str, str]
) -> tuple[Sequence[Problem], Sequence[Reach], str]:
    """What is to be known of a fabric's workload, and what it is in a line. Raises BadInput."""
    from mayfly import settings
    from mayfly.workload.factory import Factory
    from mayfly.workload.functions import Functions
    from mayfly.workload.loading import load

    known = {fabric.name: fabric for fabric in settings.readable_fabrics(root)}
    whole = "-" in name or (name in known and known[name].permanent)
    wanted, runs = load(root, name if whole else f"{name}-{ANY_ID}", environ)
    group = wanted.variables
    stores = f"{len(group.sources)} sources, {len(group.sinks)} sinks, {len(group.values)} values"
    if not isinstance(runs, Factory):
        notes = runs.notes if isinstance(runs, Functions) else ()
        return notes, (), f"fine: {len(runs.names)} functions, {stores}"
    return runs.notes, runs.elsewhere(group.containers), f"fine: {len(runs.documents)} documents, {stores}"
