"""`mayfly vars`: the resolved variables of an environment, as one pipeline system or another takes them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from mayfly import registry
from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json, WorkloadFolder
from mayfly.cli.output import Output
from mayfly.settings import export

FormatName = Annotated[
    Literal["env", "json", "github", "azure-devops"],
    typer.Option(
        "--format", help="For a shell, a program, GitHub's $GITHUB_ENV file, or an Azure DevOps step."
    ),
]


def show_variables(
    environment: Environment,
    format: FormatName = "env",
    workload: WorkloadFolder = None,
    as_json: Json = False,
) -> None:
    """Print the environment's resolved variables: its sources, its sinks and its plain values.

    Of an application the cloud is asked: its infrastructure publishes its sources.
    """
    wanted = registry.complete(project.load(environment, workload))
    variables = wanted.variables.resolved
    output = Output(as_json)
    output.exact(export.render(variables, export.Format(format)).rstrip("\n"))
    output.document("vars", {"environment": environment, "variables": variables})
