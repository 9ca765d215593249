"""`mayfly run`: start a pipeline in an environment and follow it, activity by activity."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mayfly.cli import environments
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output, transient
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
    ended, steps = follow(cloud, place.factory_id, run_id, output)
    _show(output, environment, ended, steps)
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


def follow(cloud: Azure, factory_id: str, run_id: str, output: Output) -> tuple[Run, list[Step]]:
    """Wait for the run to end, telling each activity's end; cancelled when this is interrupted."""
    from mayfly.clouds.azure import runs

    try:
        with output.working(f"run {run_id}") as now:
            told = Told(cloud, factory_id, output.result_line, transient(now))
            return runs.follow(cloud, factory_id, run_id, told), told.steps
    except KeyboardInterrupt:
        output.line(f"cancelling run {run_id}")
        runs.cancel(cloud, factory_id, run_id)
        raise


@dataclass(frozen=True)
class Step:
    """An activity, and the run of another pipeline that it is part of: "" for the run itself.

    within: "month[month=3]", the pipelines and parameters from the outermost inwards.
    """

    within: str
    activity: Activity

    @property
    def name(self) -> str:
        """With the run that it is part of."""
        return f"{self.within} {self.activity.name}".strip()


@dataclass
class Told:
    """Tells each activity once, when it has ended; follows pipelines that run others into these.

    steps: all that is known of the run, oldest first. over: child runs that need no further look.
    """

    cloud: Azure
    factory_id: str
    line: Callable[[str], None]
    now: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)
    over: dict[str, list[Step]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def __call__(self, run: Run, activities: list[Activity]) -> None:
        """Take a look at the run."""
        self.steps = [step for activity in activities for step in self._with_children("", activity)]
        for step in self.steps:
            if step.activity.status in ENDED and step.activity.id not in self.said:
                self.said.add(step.activity.id)
                self.line(line(step))
        running = sorted({step.name for step in self.steps if step.activity.status == "InProgress"})
        self.now(f"{run.pipeline}: {run.status}{': ' + ', '.join(running) if running else ''}")

    def _with_children(self, within: str, activity: Activity) -> Iterator[Step]:
        """An activity, and before it what ran in the pipeline that it executed."""
        if child := activity.output.get("pipelineRunId"):
            if child not in self.over:
                found = self._child(within, str(child))
                if activity.status not in ENDED:
                    yield from found
                    yield Step(within, activity)
                    return
                self.over[child] = found
            yield from self.over[child]
        yield Step(within, activity)

    def _child(self, within: str, run_id: str) -> list[Step]:
        from mayfly.clouds.azure import runs

        run = runs.get(self.cloud, self.factory_id, run_id)
        given = ",".join(f"{name}={value}" for name, value in run.parameters.items())
        inner = f"{within} {run.pipeline}{f'[{given}]' if given else ''}".strip()
        activities = runs.activities(self.cloud, self.factory_id, run)
        return [step for activity in activities for step in self._with_children(inner, activity)]


ENDED = frozenset({"Succeeded", "Failed", "Cancelled", "Skipped"})


def line(step: Step) -> str:
    """One activity: how it ended, how long it took, what it read and wrote, and why it failed."""
    activity = step.activity
    seconds = "" if activity.seconds is None else f"{activity.seconds:.1f} s"
    read = _amount("read", activity.output, "rowsRead", "dataRead")
    written = _amount("written", activity.output, "rowsCopied", "dataWritten")
    error = f"{activity.error_code}: {activity.error}" if activity.error else ""
    what = [f"{step.name} ({activity.type})", read, written, error]
    return f"  {activity.status:<10} {seconds:>8}  " + "  ".join(word for word in what if word)


def _amount(done: str, output: Mapping[str, Any], rows: str, size: str) -> str:
    """What a Copy activity counted: rows, else bytes. Source: "Monitor copy activity", output properties."""
    if (count := output.get(rows)) is not None:
        return f"{count:,} rows {done}"
    if (count := output.get(size)) is not None:
        return f"{count:,} bytes {done}"
    return ""


def _show(output: Output, environment: str, run: Run, steps: Sequence[Step]) -> None:
    output.text(f"{run.pipeline} {run.status}{': ' + run.message if run.message else ''}")
    activities = [{**vars(step.activity), "within": step.within} for step in steps]
    output.document("run", {"environment": environment, "run": vars(run), "activities": activities})
