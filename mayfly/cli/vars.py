"""`mayfly vars`: the resolved variables of an environment, as one pipeline system or another takes them."""

from __future__ import annotations

import json
import os
import secrets
import shlex
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

import typer

from mayfly.cli import project
from mayfly.cli.arguments import Environment, Json
from mayfly.cli.output import Output

Value = str | int | float | bool


class Format(StrEnum):
    """What reads the variables: a shell, a program, GitHub Actions' `$GITHUB_ENV` file, Azure DevOps' log."""

    ENV = "env"
    JSON = "json"
    GITHUB = "github"
    AZURE_DEVOPS = "azure-devops"


FormatOption = Annotated[
    Format,
    typer.Option(
        "--format", help="For a shell, a program, GitHub's $GITHUB_ENV file, or an Azure DevOps step."
    ),
]


def show_variables(
    environment: Environment, format: FormatOption = Format.ENV, as_json: Json = False
) -> None:
    """Print the environment's resolved variables: its sources, its sinks and its plain values."""
    from mayfly import settings

    values = settings.load(project.root(), environment, os.environ).variables.resolved
    output = Output(as_json or format is Format.JSON)
    output.document("vars", {"environment": environment, "variables": values})
    for name, value in values.items():
        output.text(RENDER[format](variable_name(name), as_text(value)))


def variable_name(name: str) -> str:
    """The environment variable of a declared name: upper case, "_" for "-", after MAYFLY_VAR_.

    The same name overrides the value when it is set, so what one job prints another can take.
    """
    return f"MAYFLY_VAR_{name.upper().replace('-', '_')}"


def as_text(value: Value) -> str:
    """A value as an environment variable holds it: true and false as YAML writes them."""
    return value if isinstance(value, str) else json.dumps(value)


def _shell(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _github(name: str, value: str) -> str:
    """A line of $GITHUB_ENV; values of several lines take a delimiter that nobody can guess.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", multiline strings.
    """
    if "\n" not in value:
        return f"{name}={value}"
    delimiter = f"end_{secrets.token_hex(8)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}"


def _azure_devops(name: str, value: str) -> str:
    """A logging command; its own special characters are escaped.

    Source: Azure DevOps documentation, "Logging commands", formatting: %AZP25, %0D, %0A.
    """
    escaped = value.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")
    return f"##vso[task.setvariable variable={name}]{escaped}"


RENDER: Mapping[Format, Callable[[str, str], str]] = {
    Format.ENV: _shell,
    Format.JSON: _shell,
    Format.GITHUB: _github,
    Format.AZURE_DEVOPS: _azure_devops,
}
