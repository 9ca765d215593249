"""`mayfly run`: start a part of an environment's workload and follow it to its end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mayfly import registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem

LARGEST_EVENT = 6 * 1024 * 1024
"""Bytes. Source: AWS Lambda, "Lambda quotas", invocation payload of a synchronous call."""


@dataclass(frozen=True)
class RunResult:
    """A run of a part of the workload that ended.

    summary: in one line. content: what `--json` tells of it.
    """

    succeeded: bool
    summary: str
    content: Mapping[str, Any]


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="The name of a pipeline of the factory, or of a function.", show_default=False
    ),
]
Parameters = Annotated[
    list[str],
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="A parameter of the pipeline, or a field of the function's event; the value is JSON, else taken "
        "as text. Repeatable.",
    ),
]


Event = Annotated[
    Path | None,
    typer.Option(
        "--event",
        metavar="FILE",
        help="A recorded event for a function, as JSON. Where it names a store of the permanent environment, "
        "the environment's own takes its place.",
        show_default=False,
    ),
]


def run(
    environment: Environment,
    name: Name,
    param: Parameters = [],  # noqa: B006
    event: Event = None,
    workload: WorkloadFolder = None,
    as_json: Json = False,
) -> int:
    """Run a pipeline or a function in an environment; the exit code is 1 when it does not succeed."""
    output, values = Output(as_json), parameters(param)
    if event is not None and param:
        raise BadInput(
            [Problem("--event", "is given beside --param", "put all fields into the event's file")]
        )
    wanted = project.load(environment, workload)
    cloud = registry.of(wanted.fabric.cloud)
    if event is not None:
        values, count = cloud.replayed(wanted, recorded(event), project.permanent(wanted, workload))
        output.line(f"{count} of the event's places are {environment}'s now")
    result = cloud.run(wanted, name, values, output)
    output.text(result.summary)
    output.document("run", {"environment": environment, **result.content})
    return 0 if result.succeeded else 1


def recorded(file: Path) -> Any:
    """Return the content of an event's file. Raises BadInput."""
    fix = f"a JSON file of at most {LARGEST_EVENT:,} bytes, as Lambda takes it"
    try:
        if file.stat().st_size > LARGEST_EVENT:
            raise BadInput([Problem(f"--event {file}", f"holds {file.stat().st_size:,} bytes", fix)])
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput([Problem(f"--event {file}", f"cannot be read: {error.strerror}", fix)]) from None
    except (ValueError, RecursionError) as error:
        raise BadInput([Problem(f"--event {file}", f"is not JSON: {error}", fix)]) from None


def parameters(given: Sequence[str]) -> dict[str, Any]:
    """Parse NAME=VALUE pairs. Raises BadInput with every invalid or repeated one."""
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
