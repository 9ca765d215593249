"""`mayfly run`: start a pipeline in an environment and follow it, activity by activity."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly.cli import environments
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.runs import Activity, Run

Pipeline = Annotated[
    str, typer.Argument(metavar="PIPELINE", help="The name of a pipeline of the factory.", show_default=False)
]
Parameters = Annotated[
    list[str],
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="A parameter of the pipeline; the value is JSON, else taken as text. Repeatable.",
    ),
]


def run(environment: Environment, pipeline: Pipeline, param: Parameters = [], as_json: Json = False) -> int:  # noqa: B006
    """Run a pipeline in an environment; the exit code is 1 when the run does not succeed."""
    from mayfly.clouds.azure import runs

    output = Output(as_json)
    values = parameters(param)
    cloud, place = environments.deployed(environment, os.environ)
    known_pipeline(cloud, place.factory_id, pipeline)
    run_id = runs.start(cloud, place.factory_id, pipeline, values)
    output.line(f"{pipeline} runs in {environment}: {run_id}")
    ended, activities = follow(cloud, place.factory_id, run_id, output)
    _show(output, environment, ended, activities)
    return 0 if ended.status == "Succeeded" else 1


def parameters(given: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE pairs as values. Raises BadInput with every one that is none, or that comes twice."""
    pairs = [text.partition("=") for text in given]
    problems = [
        Problem("--param", f"'{name}{equals}{value}' has no name or no value", "give NAME=VALUE")
        for name, equals, value in pairs
        if not name or not equals
    ]
    names = [name for name, _, _ in pairs]
    problems += [
        Problem("--param", f"'{name}' is given twice", "give it once")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise BadInput(problems)
    return {name: _value(text) for name, _, text in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def known_pipeline(cloud: Azure, factory_id: str, pipeline: str) -> None:
    """Raise BadInput, with the pipelines there are, for one there is not."""
    there = sorted(item["name"] for item in cloud.list(f"{factory_id}/pipelines"))
    if pipeline not in there:
        raise BadInput(
            [Problem("PIPELINE", f"'{pipeline}' is not deployed", f"one of {', '.join(there) or 'none'}")]
        )


def follow(cloud: Azure, factory_id: str, run_id: str, output: Output) -> tuple[Run, list[Activity]]:
    """Wait for the run to end, telling each activity's end; cancelled when this is interrupted."""
    from mayfly.clouds.azure import runs

    told = Told(output)
    try:
        with output.working(f"run {run_id}") as now:
            told.now = now
            return runs.follow(cloud, factory_id, run_id, told), told.activities
    except KeyboardInterrupt:
        output.line(f"cancelling run {run_id}")
        runs.cancel(cloud, factory_id, run_id)
        raise


class Told:
    """Tells each activity once, when it has ended."""

    def __init__(self, output: Output) -> None:
        self.activities: list[Activity] = []
        self.now: Any = output.line
        self._output = output
        self._seen: set[str] = set()

    def __call__(self, run: Run, activities: list[Activity]) -> None:
        """Take a look at the run."""
        self.activities = activities
        for activity in activities:
            if activity.seconds is not None and activity.status in ENDED and activity.id not in self._seen:
                self._seen.add(activity.id)
                self._output.line("  " + "  ".join(cell for cell in cells(activity) if cell))
        running = [activity.name for activity in activities if activity.status == "InProgress"]
        self.now(f"{run.pipeline}: {run.status}{': ' + ', '.join(running) if running else ''}")


ENDED = frozenset({"Succeeded", "Failed", "Cancelled", "Skipped"})
HEADER = ("activity", "type", "status", "seconds", "read", "written", "error")


def cells(activity: Activity) -> list[str]:
    """A row of the table: rows where an activity counts rows, else bytes."""
    seconds = "" if activity.seconds is None else f"{activity.seconds:.1f}"
    output = activity.output
    read, written = _amount(output, "rowsRead", "dataRead"), _amount(output, "rowsCopied", "dataWritten")
    return [activity.name, activity.type, activity.status, seconds, read, written, _error(activity)]


def _amount(output: Mapping[str, Any], rows: str, size: str) -> str:
    """What a Copy activity says of itself. Source: "Monitor copy activity", rowsRead, dataRead (bytes)."""
    if (count := output.get(rows)) is not None:
        return f"{count:,} rows"
    if (count := output.get(size)) is not None:
        return f"{count:,} bytes"
    return ""


def _error(activity: Activity) -> str:
    return f"{activity.error_code}: {activity.error}" if activity.error else ""


def _show(output: Output, environment: str, run: Run, activities: Sequence[Activity]) -> None:
    output.table(HEADER, [cells(activity) for activity in activities])
    output.text(f"{run.pipeline} {run.status}{': ' + run.message if run.message else ''}")
    output.document(
        "run",
        {
            "environment": environment,
            "run": vars(run),
            "activities": [{**vars(activity)} for activity in activities],
        },
    )
