"""The three platforms that pipelines run on: where a job keeps files, hands outputs on and shows errors.

`mayfly.settings` is imported where it is called: it is most of what a step takes to start.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from mayfly.errors import BadInput, MayflyError, Problem

PREFIX = "MAYFLY_OUTPUT_"
"""Before the names of handed-on outputs: none can be taken for a variable of the system."""

LARGEST_REPORT = 5000
"""Bytes of a GitLab dotenv report. Source: GitLab documentation, `artifacts:reports:dotenv`: 5 KB."""


class Platform(ABC):
    """A pipeline's platform. environ: as its runner sets it."""

    name: ClassVar[str]
    """As `mayfly comment --platform` takes it."""
    runner: ClassVar[str]
    """The variable by which its runner is known, and whose value is "true"."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    @property
    @abstractmethod
    def results(self) -> Path:
        """The folder where a job's verbs leave their documents."""

    @abstractmethod
    def hand_on(self, outputs: Mapping[str, Any]) -> None:
        """Hand an environment's outputs on to later steps and jobs."""

    @abstractmethod
    def error(self, text: str) -> None:
        """Show an error where the platform shows those of a run."""

    def value(self, variable: str) -> str:
        """A variable that the runner sets. Raises BadInput where it is missing or empty."""
        if not (found := self.environ.get(variable)):
            raise BadInput([Problem(variable, "is not set", "the platform's runner sets it")])
        return found

    def outputs(self, outputs: Mapping[str, Any]) -> dict[str, str]:
        """Outputs by the names under which they are handed on; what is no text, as JSON."""
        return {
            PREFIX + re.sub(r"\W", "_", name, flags=re.ASCII).upper(): value
            if isinstance(value, str)
            else json.dumps(value)
            for name, value in outputs.items()
        }


class GitHub(Platform):
    """GitHub Actions. Source: GitHub Docs, "Variables reference", "Workflow commands"."""

    name, runner = "github", "GITHUB_ACTIONS"

    @property
    def results(self) -> Path:
        """A folder of the job's own."""
        return Path(self.value("RUNNER_TEMP"), "mayfly")

    def hand_on(self, outputs: Mapping[str, Any]) -> None:
        """As one JSON object: the output `outputs` of the step."""
        from mayfly.settings import export

        with Path(self.value("GITHUB_OUTPUT")).open("a") as file:
            file.write(export.github("outputs", json.dumps(self.outputs(outputs))))

    def error(self, text: str) -> None:
        """An annotation of the run."""
        _print(f"::error title=mayfly::{_data(text)}")


class AzureDevOps(Platform):
    """Azure Pipelines. Source: Azure DevOps documentation, "Predefined variables", "Logging commands"."""

    name, runner = "azure-devops", "TF_BUILD"

    @property
    def results(self) -> Path:
        """A folder of the job's own."""
        return Path(self.value("AGENT_TEMPDIRECTORY"), "mayfly")

    def hand_on(self, outputs: Mapping[str, Any]) -> None:
        """As output variables of the step."""
        from mayfly.settings import export

        for name, value in self.outputs(outputs).items():
            _print(export.azure_devops(name, value, output=True).rstrip("\n"))

    def error(self, text: str) -> None:
        """An annotation of the run."""
        _print(f"##vso[task.logissue type=error]{_data(text, '%AZP25')}")


class GitLab(Platform):
    """GitLab CI/CD. Source: GitLab documentation, "Predefined CI/CD variables", "Artifacts reports"."""

    name, runner = "gitlab", "GITLAB_CI"

    @property
    def results(self) -> Path:
        """A folder of the job's own."""
        return Path(self.value("CI_PROJECT_DIR"), ".mayfly-results")

    def hand_on(self, outputs: Mapping[str, Any]) -> None:
        """Write a dotenv report: a line a variable, so a value with a line break is JSON."""
        lines = [
            f"{name}={json.dumps(value) if len(value.splitlines()) > 1 else value}\n"
            for name, value in self.outputs(outputs).items()
        ]
        report = "".join(lines)
        if len(report.encode()) > LARGEST_REPORT:
            raise MayflyError(f"the outputs have more than the {LARGEST_REPORT} bytes of a dotenv report")
        (self.results / "outputs.env").write_text(report)

    def error(self, text: str) -> None:
        """In the job's log: there are no annotations."""
        _print(text)


PLATFORMS: tuple[type[Platform], ...] = (GitHub, AzureDevOps, GitLab)


def platform(environ: Mapping[str, str]) -> Platform:
    """Return the platform whose runner set these variables. Raises BadInput where none did."""
    for each in PLATFORMS:
        if environ.get(each.runner, "").lower() == "true":
            return each(environ)
    names = " or ".join(each.runner for each in PLATFORMS)
    raise BadInput(
        [Problem("pipeline", f"none of {names} is true", "this runs in a pipeline; elsewhere call mayfly")]
    )


def _data(text: str, percent: str = "%25") -> str:
    """A log command's message: on one line, and none of it a command."""
    return text.replace("%", percent).replace("\r", "%0D").replace("\n", "%0A")


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it is the log that is written
