"""A runner of Azure Pipelines: templates expanded as when a run is queued, then a job's steps.

Sources: Azure DevOps documentation, "Template expressions", "Define variables", "Logging commands",
"Conditions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.checkout import HERE
from tests.support.forges import REPOSITORY, TOKEN, AzureDevOps
from tests.support.pipelines import Job, Machine
from tests.support.pipelines.expressions import as_text, evaluate

LOGINS = {
    "AzureCLI@2": {"servicePrincipalId": "ARM_CLIENT_ID", "tenantId": "ARM_TENANT_ID"},
    "AWSShellScript@1": {},
}
"""Tasks that sign in and run a script of ours: what they add to its variables → the local cloud's name."""

NOT_RUN = {"checkout", "Cache@2", *LOGINS}
COMPILED = re.compile(r"\$\{\{((?:(?!\}\}).)*)\}\}", re.DOTALL)
MACRO = re.compile(r"\$\(([\w.]+)\)")
SET = re.compile(r"^##vso\[task\.setvariable variable=([^\];]*)(;isOutput=true)?\](.*)$", re.MULTILINE)
PLATFORM = "@platform"


def expanded(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """A file with its templates put in. given: parameters, or those of the hook that started it."""
    document = yaml.safe_load(path.read_text())
    declared = document.pop("parameters", [])
    names = {each["name"] for each in declared}
    if declared:
        assert set(given) <= names, f"{path.name} has no parameter {set(given) - names}"
        missing = [each["name"] for each in declared if "default" not in each and each["name"] not in given]
        assert not missing, f"{path.name} needs {missing}"
    parameters = {each["name"]: each.get("default") for each in declared} | dict(given)
    content: dict[str, Any] = _compiled(document, parameters, path)
    if extends := content.pop("extends", None):
        template = extends["template"]
        assert template.endswith(PLATFORM), "what runs is the platform's"
        content |= expanded(HERE / template.removesuffix(PLATFORM), extends["parameters"])
    return content


def _compiled(value: Any, parameters: Mapping[str, Any], path: Path) -> Any:
    names = {"parameters": parameters}
    if isinstance(value, str):
        whole = COMPILED.fullmatch(value.strip())
        if whole:
            return evaluate(whole[1], names, {})
        return COMPILED.sub(lambda match: as_text(evaluate(match[1], names, {})), value)
    if isinstance(value, list):
        return [*_items(value, parameters, path)]
    if isinstance(value, dict):
        return {key: _compiled(each, parameters, path) for key, each in value.items()}
    return value


def _items(items: list[Any], parameters: Mapping[str, Any], path: Path) -> Iterator[Any]:
    """A list's items in the end: a template's steps, and what stands under a condition that holds."""
    held = False
    for item in items:
        key = next(iter(item)) if isinstance(item, dict) and len(item) == 1 else ""
        if match := COMPILED.fullmatch(key):
            word, _, condition = match[1].strip().partition(" ")
            assert word in ("if", "else")
            held = bool(evaluate(condition, {"parameters": parameters}, {})) if word == "if" else not held
            yield from _compiled(item[key], parameters, path) if held else ()
        elif isinstance(item, dict) and "template" in item:
            given = _compiled(item["parameters"], parameters, path)
            yield from expanded(path.parent / item["template"], given)["steps"]
        else:
            yield _compiled(item, parameters, path)


def jobs(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The jobs of an expanded pipeline by their names, each with the steps that it has in the end."""
    stages = document.get("stages") or [document]
    found = {}
    for job in (job for stage in stages for job in stage["jobs"]):
        deploy = job.get("strategy", {}).get("runOnce", {}).get("deploy", {})
        found[job.get("job") or job["deployment"]] = {"steps": deploy.get("steps"), **job}
    return found


class Runner:
    """One job. groups: variable groups by their names. secrets: variables that only a mapping hands on."""

    def __init__(
        self,
        machine: Machine,
        forge: AzureDevOps,
        groups: Mapping[str, Mapping[str, str]],
        secrets: set[str],
        **predefined: str,
    ) -> None:
        self.machine, self.job, self.groups, self.secrets = (
            machine,
            Job(),
            groups,
            {"System.AccessToken", *secrets},
        )
        folders = {name: machine.folder / name for name in ("work", "temp")}
        for folder in folders.values():
            folder.mkdir(parents=True)
        self.variables = {
            "Agent.TempDirectory": str(folders["temp"]),
            "Build.BuildId": "7001",
            "Build.Repository.Id": REPOSITORY,
            "Pipeline.Workspace": str(folders["work"]),
            "System.AccessToken": TOKEN,
            "System.CollectionUri": f"{forge.base}/acme/",
            "System.TeamProject": "Data Platform",
            "TF_BUILD": "True",
            **{name.replace("_", "."): value for name, value in predefined.items()},
        }

    def run(self, job: Mapping[str, Any]) -> Job:
        """Run an expanded job to its end."""
        if not self.holds(job.get("condition", "succeeded()")):
            self.job.skipped = True
            return self.job
        for variable in job["variables"]:
            if "group" in variable:
                self.variables |= self.groups[variable["group"]]
            else:
                self.variables[variable["name"]] = self.filled(variable["value"])
        for step in job["steps"]:
            if self.holds(step.get("condition", "succeeded()")):
                self.step(step)
        return self.job

    def step(self, step: Mapping[str, Any]) -> None:
        """One step."""
        work = Path(self.variables["Pipeline.Workspace"])
        if "checkout" in step:
            self.job.not_run.append("checkout")
            put = self.machine.platform if step["checkout"] == "platform" else self.machine.workload
            put(work / step["path"])
            return
        given = {name: self.filled(value) for name, value in step.get("env", {}).items()}
        if "bash" in step:
            self.shell("set up", step["bash"], given, Path(self.filled(step["workingDirectory"])))
            return
        task = step["task"]
        assert task in NOT_RUN, f"{task} is neither run nor known"
        self.job.not_run.append(task)
        if task in LOGINS:
            added = {name: self.machine.environ[of] for name, of in LOGINS[task].items()}
            signed_in = {**self.machine.credentials, **added, "idToken": "a-token-of-the-connection"}
            self.shell(step["name"], step["inputs"]["inlineScript"], {**signed_in, **given}, work)

    def shell(self, name: str, script: str, environ: Mapping[str, str], folder: Path) -> None:
        """Run a script of ours, and read its log commands."""
        assert not MACRO.search(script), "a macro in shell text is code of whoever writes its value"
        own = {
            re.sub(r"[. ]", "_", variable).upper(): value
            for variable, value in self.variables.items()
            if variable not in self.secrets
        }
        done = self.machine.shell(name, script, {**own, **environ}, folder)
        self.job.steps.append(done)
        self.job.errors += re.findall(r"(?m)^##vso\[task\.logissue type=error\](.*)$", done.stdout)
        for variable, output, value in SET.findall(done.stdout):
            if output:
                self.job.outputs[f"{name}.{variable}"] = _given_back(value)
            else:
                self.variables[variable] = _given_back(value)

    def filled(self, value: Any) -> str:
        """A value with its macros filled in; one of a variable that there is not stays as it is."""
        return MACRO.sub(lambda match: self.variables.get(match[1], match[0]), as_text(value))

    def holds(self, condition: str) -> bool:
        """Whether a job or step runs."""
        failed = self.job.failed
        status = {"always": lambda: True, "canceled": lambda: False, "succeeded": lambda: not failed}
        return bool(evaluate(condition, {"variables": self.variables}, status))


def _given_back(value: str) -> str:
    """A log command's message as the agent reads it."""
    return value.replace("%0D", "\r").replace("%0A", "\n").replace("%AZP25", "%")
