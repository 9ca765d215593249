"""A runner of GitHub Actions: a job of a workflow, and the composite action that its steps use.

Sources: GitHub Docs, "Workflow syntax", "Metadata syntax", "Contexts reference", "Workflow commands".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.forges import TOKEN, GitHub
from tests.support.pipelines import Job, Machine
from tests.support.pipelines.expressions import as_text, evaluate

CHECKOUT, ACTION = "actions/checkout", "./platform"
LOGINS = {"azure/login", "aws-actions/configure-aws-credentials"}
NOT_RUN = {CHECKOUT, "actions/cache", *LOGINS}
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = re.compile(r"\b(always|cancelled|failure|success)\(")


class Runner:
    """One job. contexts: vars, secrets, and what of github is not made here."""

    def __init__(self, machine: Machine, forge: GitHub, contexts: Mapping[str, Any]) -> None:
        self.machine, self.job, self.first = machine, Job(), 0
        workspace = machine.folder / "workspace"
        workspace.mkdir(parents=True)
        (machine.folder / "temp").mkdir()
        event = machine.folder / "event.json"
        event.write_text(json.dumps(contexts["github"].get("event", {})))
        self.github = {
            "workspace": str(workspace),
            "repository": "acme/flights",
            "token": TOKEN,
            **contexts["github"],
        }
        self.contexts: dict[str, Any] = {**contexts, "github": self.github, "steps": {}}
        self.environ = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.base,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_GRAPHQL_URL": f"{forge.base}/graphql",
            "GITHUB_REPOSITORY": self.github["repository"],
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_EVENT_NAME": self.github["event_name"],
            "RUNNER_ARCH": "X64",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(machine.folder / "temp"),
        }

    def run(self, workflow: Path, name: str) -> Job:
        """Run a job to its end."""
        job = yaml.safe_load(workflow.read_text())["jobs"][name]
        if not self.holds(job.get("if", "success()")):
            self.job.skipped = True
            return self.job
        self.environ |= {name: self.text(value) for name, value in job.get("env", {}).items()}
        for step in job["steps"]:
            self.step(step)
        return self.job

    def step(self, step: Mapping[str, Any]) -> None:
        """One step of the job: an action's, since our workflows have no shell of their own."""
        if not self.holds(step.get("if", "success()")):
            return
        given = {name: self.text(value) for name, value in step.get("with", {}).items()}
        if step["uses"] == ACTION:
            self.action(given, step.get("id", given["verb"]))
        else:
            self.other(step["uses"], given)

    def action(self, given: Mapping[str, str], id: str) -> None:
        """Our composite action: it has contexts of its own, and its steps share the job's environment."""
        path = Path(self.github["workspace"], ACTION)
        action = yaml.safe_load((path / "action.yml").read_text())
        outer, self.first = self.contexts, len(self.job.steps)
        inputs = {name: self.text(each.get("default", "")) for name, each in action["inputs"].items()}
        assert set(given) <= set(inputs), "the action has no such input"
        assert all(given.get(name) for name, each in action["inputs"].items() if each.get("required"))
        github = {**self.github, "action_path": str(path)}
        self.contexts = {"github": github, "inputs": {**inputs, **given}, "steps": {}}
        for step in action["runs"]["steps"]:
            if not self.holds(step.get("if", "success()")):
                continue
            if "uses" in step:
                self.other(step["uses"], {name: self.text(value) for name, value in step["with"].items()})
            else:
                self.shell(step, given["verb"], path)
        outputs = {name: self.text(each["value"]) for name, each in action["outputs"].items()}
        self.contexts, self.first = outer, 0
        self.contexts["steps"] = {**self.contexts["steps"], id: {"outputs": outputs}}
        self.job.outputs |= {name: value for name, value in outputs.items() if value}

    def other(self, uses: str, given: Mapping[str, str]) -> None:
        """A step that is not run: its effect is brought about."""
        name = uses.partition("@")[0]
        assert name in NOT_RUN, f"{name} is neither run nor known"
        self.job.not_run.append(name)
        if name == CHECKOUT:
            put = self.machine.platform if "repository" in given else self.machine.workload
            put(Path(self.github["workspace"], given["path"]))
        elif name in LOGINS:
            self.environ |= self.machine.credentials

    def shell(self, step: Mapping[str, Any], verb: str, path: Path) -> None:
        """A shell step of the action."""
        assert step["shell"] == "bash"
        assert not EXPRESSION.search(step["run"]), (
            "an expression in shell text is code of whoever writes its value"
        )
        files = {
            name: self.machine.folder / name
            for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.write_text("")
        environ = {
            **self.environ,
            **{name: str(file) for name, file in files.items()},
            **{name: self.text(value) for name, value in step.get("env", {}).items()},
            "GITHUB_ACTION_PATH": str(path),
        }
        done = self.machine.shell(verb, step["run"], environ, Path(self.text(step["working-directory"])))
        self.job.steps.append(done)
        self.job.errors += re.findall(r"(?m)^::error[^:]*::(.*)$", done.stdout)
        if "id" in step:
            outputs = read(files["GITHUB_OUTPUT"])
            self.contexts["steps"] = {**self.contexts["steps"], step["id"]: {"outputs": outputs}}
        self.environ |= read(files["GITHUB_ENV"])

    @property
    def failed(self) -> bool:
        """Whether a step of the job failed; in an action, one of its own."""
        return any(step.code for step in self.job.steps[self.first :])

    def text(self, value: Any) -> str:
        """A value of the file with its expressions evaluated."""
        return EXPRESSION.sub(lambda match: as_text(self.value(match[1])), as_text(value))

    def value(self, expression: str) -> Any:
        """An expression's value in the contexts of here. In an action, success() is about its own steps."""
        failed = self.failed
        status = {
            "always": lambda: True,
            "cancelled": lambda: False,
            "failure": lambda: failed,
            "success": lambda: not failed,
        }
        return evaluate(expression, {**self.contexts, "env": self.environ}, status)

    def holds(self, condition: Any) -> bool:
        """Whether a step or job runs: one without a status function only as long as nothing failed."""
        text = EXPRESSION.sub(r"\1", as_text(condition))
        return bool(self.value(text)) and (bool(STATUS.search(text)) or not self.failed)


def read(file: Path) -> dict[str, str]:
    """What a step wrote to one of the runner's files: `name=value`, or lines up to a delimiter."""
    found, lines = {}, iter(file.read_text().splitlines())
    for line in lines:
        if match := re.fullmatch(r"([^=]+?)<<(.+)", line):
            value = []
            while (each := next(lines)) != match[2]:
                value.append(each)
            found[match[1]] = "\n".join(value)
        else:
            name, _, text = line.partition("=")
            found[name] = text
    return found
