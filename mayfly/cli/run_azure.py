"""Runs a pipeline of an environment's factory and follows it, activity by activity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly.cli.output import Output, transient
from mayfly.cli.run import RunResult
from mayfly.clouds.azure import runs
from mayfly.errors import BadInput, Problem
from mayfly.proof.azure import environments
from mayfly.workload.factory.secrets import masked, masked_text

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.runs import Activity, Run
    from mayfly.settings import EnvironmentSettings


def run(
    cloud: Azure, wanted: EnvironmentSettings, name: str, parameters: Mapping[str, Any], output: Output
) -> RunResult:
    """Run a pipeline. Raises BadInput, with the pipelines there are, for one there is not."""

    place = environments.deployed(cloud, wanted)
    known_pipeline(cloud, place.factory_id, name)
    run_id = runs.start(cloud, place.factory_id, name, parameters)
    output.line(f"{name} runs in {wanted.name}: {run_id}")
    return run_result(*follow(cloud, place.factory_id, run_id, output))


def known_pipeline(cloud: Azure, factory_id: str, pipeline: str) -> None:
    """Raise BadInput, with the pipelines there are, for one there is not."""
    there = sorted(item["name"] for item in cloud.list(f"{factory_id}/pipelines"))
    if pipeline not in there:
        raise BadInput(
            [Problem("PIPELINE", f"'{pipeline}' is not deployed", f"one of {', '.join(there) or 'none'}")]
        )


def follow(cloud: Azure, factory_id: str, run_id: str, output: Output) -> tuple[Run, list[Step]]:
    """Wait for the run to end, telling each activity's end; cancelled when this is interrupted."""

    try:
        with output.working(f"run {run_id}") as now:
            reporter = ActivityReporter(cloud, factory_id, output.result_line, transient(now))
            return runs.follow(cloud, factory_id, run_id, reporter), reporter.steps
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
class ActivityReporter:
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

        run = runs.get(self.cloud, self.factory_id, run_id)
        given = ",".join(f"{name}={value}" for name, value in masked(run.parameters).items())
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
    error = f"{activity.error_code}: {masked_text(activity.error)}" if activity.error else ""
    what = [f"{step.name} ({activity.type})", read, written, error]
    return f"  {activity.status:<10} {seconds:>8}  " + "  ".join(word for word in what if word)


def _amount(done: str, output: Mapping[str, Any], rows: str, size: str) -> str:
    """What a Copy activity counted: rows, else bytes. Source: "Monitor copy activity", output properties."""
    if (count := output.get(rows)) is not None:
        return f"{count:,} rows {done}"
    if (count := output.get(size)) is not None:
        return f"{count:,} bytes {done}"
    return ""


def run_result(run: Run, steps: Sequence[Step]) -> RunResult:
    """A run that ended, as the verb tells it: an activity's input has the headers and keys that it used."""
    summary = f"{run.pipeline} {run.status}{': ' + masked_text(run.message) if run.message else ''}"
    activities = [_shown({**vars(step.activity), "within": step.within}) for step in steps]
    return RunResult(run.status == "Succeeded", summary, {"run": _shown(vars(run)), "activities": activities})


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a run or an activity without secrets."""
    prose = {name: masked_text(fields[name]) for name in ("message", "error") if name in fields}
    return {**masked(dict(fields)), **prose}
