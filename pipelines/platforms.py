"""The three platforms that pipelines run on: their files and log commands, and their open pull requests.

What a platform's runner sets is taken from its variables. GitLab calls a pull request a merge request.
"""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.settings import export

PAGE = 100
"""Pull requests in one answer: the most that all three platforms give."""

SECONDS = 60.0
"""How long an answer may take."""

PAUSES = (1.0, 4.0)
"""Seconds between attempts, where a platform fails or does not answer."""

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

    @abstractmethod
    def open_pull_requests(self) -> Iterator[int]:
        """The numbers of the repository's open pull requests, all of them. Raises MayflyError."""

    def value(self, variable: str, fix: str = "the platform's runner sets it") -> str:
        """A variable that is needed. Raises BadInput where it is missing or empty."""
        if not (found := self.environ.get(variable)):
            raise BadInput([Problem(variable, "is not set", fix)])
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
    """GitHub Actions.

    Sources: GitHub Docs, "Variables reference", "Workflow commands"; REST API, "List pull requests".
    """

    name, runner = "github", "GITHUB_ACTIONS"

    @property
    def results(self) -> Path:
        """A folder of the job's own."""
        return Path(self.value("RUNNER_TEMP"), "mayfly")

    def hand_on(self, outputs: Mapping[str, Any]) -> None:
        """As one JSON object: the output `outputs` of the step."""
        with Path(self.value("GITHUB_OUTPUT")).open("a") as file:
            file.write(export.github("outputs", json.dumps(self.outputs(outputs))))

    def error(self, text: str) -> None:
        """An annotation of the run."""
        _print(f"::error title=mayfly::{_data(text)}")

    def open_pull_requests(self) -> Iterator[int]:
        """Page by page."""
        token = self.value("GITHUB_TOKEN", "hand it on: `GITHUB_TOKEN: ${{ github.token }}`")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        address = f"{self.value('GITHUB_API_URL')}/repos/{self.value('GITHUB_REPOSITORY')}/pulls"
        for page in _pages():
            found = _get(address, {"state": "open", "per_page": PAGE, "page": page}, headers)
            yield from (int(each["number"]) for each in found)
            if len(found) < PAGE:
                return


class AzureDevOps(Platform):
    """Azure Pipelines. Sources: Azure DevOps documentation, "Predefined variables", "Logging commands",
    "Pull Requests - Get Pull Requests" 7.1.
    """

    name, runner = "azure-devops", "TF_BUILD"

    @property
    def results(self) -> Path:
        """A folder of the job's own."""
        return Path(self.value("AGENT_TEMPDIRECTORY"), "mayfly")

    def hand_on(self, outputs: Mapping[str, Any]) -> None:
        """As output variables of the step."""
        for name, value in self.outputs(outputs).items():
            _print(export.azure_devops(name, value, output=True).rstrip("\n"))

    def error(self, text: str) -> None:
        """An annotation of the run."""
        _print(f"##vso[task.logissue type=error]{_data(text, '%AZP25')}")

    def open_pull_requests(self) -> Iterator[int]:
        """Page by page."""
        token = self.value("SYSTEM_ACCESSTOKEN", "map it: `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`")
        project, repository = (
            quote(self.value(name), safe="") for name in ("SYSTEM_TEAMPROJECT", "BUILD_REPOSITORY_ID")
        )
        collection = self.value("SYSTEM_COLLECTIONURI").rstrip("/")
        address = f"{collection}/{project}/_apis/git/repositories/{repository}/pullrequests"
        for page in _pages():
            query: dict[str, str | int] = {
                "searchCriteria.status": "active",
                "$top": PAGE,
                "$skip": PAGE * (page - 1),
                "api-version": "7.1",
            }
            found = _get(address, query, {"Authorization": f"Bearer {token}"})["value"]
            yield from (int(each["pullRequestId"]) for each in found)
            if len(found) < PAGE:
                return


class GitLab(Platform):
    """GitLab CI/CD. Sources: GitLab documentation, "Predefined CI/CD variables", "Merge requests API"."""

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
        """An annotation of the run."""
        _print(text)

    def open_pull_requests(self) -> Iterator[int]:
        """Page by page."""
        token = self.value(
            "GITLAB_TOKEN", "a project access token with the scope read_api, as a masked variable"
        )
        address = f"{self.value('CI_API_V4_URL')}/projects/{self.value('CI_PROJECT_ID')}/merge_requests"
        for page in _pages():
            found = _get(
                address, {"state": "opened", "per_page": PAGE, "page": page}, {"PRIVATE-TOKEN": token}
            )
            yield from (int(each["iid"]) for each in found)
            if len(found) < PAGE:
                return


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


def _pages() -> Iterator[int]:
    page = 0
    while (page := page + 1) <= 1000:
        yield page
    raise MayflyError("the platform lists more than 100,000 open pull requests")


def _get(address: str, query: Mapping[str, str | int], headers: Mapping[str, str]) -> Any:
    """Return an answer's JSON. Raises MayflyError with the platform's own words."""
    url = f"{address}?{urlencode(query)}"
    for pause in (*PAUSES, None):
        try:
            with urlopen(Request(url, headers=dict(headers)), timeout=SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            why, final = f"{error.code} {error.read(300).decode(errors='replace')}", error.code < 500
        except (URLError, TimeoutError, ValueError) as error:
            why, final = f"{type(error).__name__}: {error}", False
        if final or pause is None:
            break
        time.sleep(pause)
    raise MayflyError(f"GET {address}: {why}")


def _data(text: str, percent: str = "%25") -> str:
    """A log command's message: on one line, and none of it a command."""
    return text.replace("%", percent).replace("\r", "%0D").replace("\n", "%0A")


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it is the log that is written
