"""Prints resolved variables for pipelines and shells, safely quoted.

Every form but JSON uses the names that override a variable (`MAYFLY_VAR_YEAR`), so that what one step prints
the next one reads, and no value can be taken for a variable of the system, such as PATH.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from enum import StrEnum

from mayfly.naming.parts import digest
from mayfly.settings.overrides import variable_name
from mayfly.settings.rules import Plain


class Format(StrEnum):
    """What reads the variables: a shell, a program, GitHub's `$GITHUB_ENV` file, an Azure DevOps step."""

    ENV = "env"
    JSON = "json"
    GITHUB = "github"
    AZURE_DEVOPS = "azure-devops"


def render(variables: Mapping[str, Plain], format: Format) -> str:
    """Print variables by their declared names; every line ends in a newline.

    variables: `VariableGroup.resolved`.
    """
    if format is Format.JSON:
        return json.dumps(dict(variables), indent=2).replace("##", "#\\u0023") + "\n"
    line = _LINES[format]
    return "".join(line(variable_name(name), as_text(value)) for name, value in variables.items())


def as_text(value: Plain) -> str:
    """A value as an environment variable holds it: true and false as YAML writes them, lists as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def env(name: str, value: str) -> str:
    """`NAME=value`, quoted for a POSIX shell: `set -a; eval "$(mayfly vars qa-142)"`.

    Printed into a job's log it is no command of a CI system, which reads `##vso[…]` anywhere in a line and
    `::…` at its beginning: two quotes, which are nothing to a shell, come between.
    """
    return f"{name}={_BROKEN.sub(_QUOTES, shlex.quote(value))}\n"


_BROKEN, _QUOTES = re.compile(r"[#\r\n]"), r"\g<0>''"


def github(name: str, value: str) -> str:
    """A multi-line entry of `$GITHUB_ENV`: its delimiter is a hash of the value, so the value cannot hold it.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", multiline strings.
    """
    end = f"end_{digest(value, length=26)}"
    while end in value:
        end = f"end_{digest(end, value, length=26)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


def azure_devops(name: str, value: str, *, output: bool = False) -> str:
    """A logging command, on one line: what its parser would take as its own is escaped.

    In a message those are %, CR and LF, in a property also ] and ;. The agent gives them back.
    output: whether later jobs may read it, by the step's name.
    Source: Azure DevOps documentation, "Logging commands"; the escapes of azure-pipelines-task-lib.
    """
    properties = f"variable={_escaped(name, _PROPERTY)}{';isOutput=true' if output else ''}"
    return f"##vso[task.setvariable {properties}]{_escaped(value, _MESSAGE)}\n"


_MESSAGE = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_MESSAGE, "]": "%5D", ";": "%3B"}


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return text.translate({ord(character): escape for character, escape in escapes.items()})


_LINES = {Format.ENV: env, Format.GITHUB: github, Format.AZURE_DEVOPS: azure_devops}
