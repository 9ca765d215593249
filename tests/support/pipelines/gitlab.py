"""A runner of GitLab CI/CD: a job of a configuration file.

Sources: GitLab documentation, "CI/CD YAML syntax reference" (extends, rules, script), "Where variables can be
used", "Artifacts reports: dotenv".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.forges import TOKEN, GitLab
from tests.support.pipelines import Job, Machine
from tests.support.pipelines.expressions import as_text, evaluate

VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
DOTENV = re.compile(r"([A-Za-z0-9_]+)=(.*)")


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a file by their names, with what they extend."""
    document = yaml.safe_load(path.read_text())
    found = {}
    for name, job in document.items():
        if isinstance(job, dict) and "script" in job:
            whole = _merged(document.get(job.get("extends"), {}), job)
            found[name] = {**whole, "variables": {**document["variables"], **whole.get("variables", {})}}
    return found


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{name: _merged(base.get(name), value) for name, value in over.items()}}
    return over


class Runner:
    """One job. given: variables of the project and of what started the pipeline."""

    def __init__(self, machine: Machine, forge: GitLab, given: Mapping[str, str]) -> None:
        self.machine, self.job = machine, Job()
        project = machine.folder / "builds"
        project.mkdir(parents=True)
        self.project = project
        self.variables = {
            "CI": "true",
            "CI_API_V4_URL": f"{forge.base}/api/v4",
            "CI_JOB_ID": "31",
            "CI_JOB_TOKEN": "a-token-for-git",
            "CI_PROJECT_DIR": str(project),
            "CI_PROJECT_ID": "42",
            "CI_PROJECT_URL": "https://gitlab.example.com/GROUP/REPO",
            "CI_SERVER_HOST": "gitlab.example.com",
            "CI_SERVER_PORT": "443",
            "CI_SERVER_URL": "https://gitlab.example.com",
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": TOKEN,
            **given,
        }

    def run(self, job: Mapping[str, Any]) -> Job:
        """Run a job to its end."""
        if not any(self.holds(rule["if"]) for rule in job["rules"]):
            self.job.skipped = True
            return self.job
        own = {name: as_text(value) for name, value in job["variables"].items()}
        self.variables = {**own, **self.variables}  # a project's variables come before a file's
        tokens = {name: f"a-token-for-{each['aud']}" for name, each in job["id_tokens"].items()}
        environ = {name: self.filled(value) for name, value in self.variables.items()} | tokens
        environ |= self.machine.credentials  # the SDKs sign in with the tokens, which no local cloud knows
        done = self.machine.shell(
            "script", "\n".join([*job["before_script"], *job["script"]]), environ, self.project
        )
        self.job.steps.append(done)
        if job.get("after_script"):
            script = "\n".join(job["after_script"])
            self.job.after.append(self.machine.shell("after_script", script, environ, self.project))
        if report := job["artifacts"].get("reports", {}).get("dotenv"):
            self.job.outputs |= self.read(self.project / report)
        return self.job

    def read(self, report: Path) -> dict[str, str]:
        """A dotenv report: a variable a line, nothing else."""
        lines = report.read_text().splitlines() if report.exists() else []
        found = [DOTENV.fullmatch(line) for line in lines]
        assert all(found)
        return {match[1]: match[2] for match in found if match}

    def filled(self, value: str, depth: int = 5) -> str:
        """A value with the variables in it filled in, and those in them; an unknown one is empty."""
        if depth == 0 or "$" not in value:
            return value
        names = self.variables
        return self.filled(VARIABLE.sub(lambda match: names.get(match[1] or match[2], ""), value), depth - 1)

    def holds(self, condition: str) -> bool:
        """Whether a rule's expression holds."""
        value = evaluate(condition, self.variables, {})
        return bool(value)
