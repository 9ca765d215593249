"""`mayfly run`: start a part of an environment's workload and follow it to its end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from mayfly import registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output
from mayfly.errors import BadInput, Problem


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


def run(
    environment: Environment,
    name: Name,
    param: Parameters = [],  # noqa: B006
    workload: WorkloadFolder = None,
    as_json: Json = False,
) -> int:
    """Run a pipeline or a function in an environment; the exit code is 1 when it does not succeed."""
    output, values = Output(as_json), parameters(param)
    wanted = project.load(environment, workload)
    result = registry.of(wanted.fabric.cloud).run(wanted, name, values, output)
    output.text(result.summary)
    output.document("run", {"environment": environment, **result.content})
    return 0 if result.succeeded else 1


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
