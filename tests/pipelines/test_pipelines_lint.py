"""The templates have the form that their platforms take, and nothing of what makes pipelines dangerous."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import blocks
from tests.support.checkout import HERE, clean_environment
from tests.support.pipelines import azure_devops, github

PIPELINES, ACTION = HERE / "pipelines", HERE / "action.yml"
WORKFLOWS = sorted(PIPELINES.glob("github/*.yml"))
EXAMPLES = sorted(PIPELINES.glob("azure-devops/examples/*.yml"))
STEPS = sorted(PIPELINES.glob("azure-devops/steps/*.yml"))
GITLAB = PIPELINES / "gitlab/mayfly.yml"
SET_UP_AND_VERB = ("./scripts/setup --for", "pipelines.verb")
HOOK = {"WebHook": {"resource": {"pullRequestId": 142}}}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)], cwd=HERE, env=clean_environment(), capture_output=True, text=True, check=False
    )


def ok(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return found


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings(each)


def scripts() -> Iterator[tuple[Path, str]]:
    """Every piece of shell in every template."""
    for path in (ACTION, *WORKFLOWS, *EXAMPLES, *STEPS, GITLAB, *PIPELINES.glob("azure-devops/*.yml")):
        for each in mappings(yaml.safe_load(path.read_text())):
            for key in ("run", "bash", "script", "inlineScript", "before_script", "after_script"):
                if (isinstance(each.get(key), str) and key != "run") or (key == "run" and "shell" in each):
                    yield path, each[key]
                elif isinstance(each.get(key), list):
                    yield path, "\n".join(each[key])


def test_githubs_fit_its_schemas() -> None:
    check = ("check-jsonschema", "--builtin-schema")
    ok(run(*check, "vendor.github-workflows", *WORKFLOWS))
    ok(run(*check, "vendor.github-actions", ACTION))


@pytest.mark.skipif(
    not shutil.which("actionlint"), reason="actionlint is not there; ./scripts/test builds it"
)
def test_githubs_pass_actionlint() -> None:
    ok(run("actionlint", "-shellcheck=", "-pyflakes=", *WORKFLOWS))


def test_githubs_pass_zizmor(tmp_path: Path) -> None:
    """It looks for injections, dangerous triggers, loose permissions, credentials left behind and more."""
    ok(run("zizmor", "--offline", "--no-progress", ACTION, PIPELINES / "github"))
    bad, before = tmp_path / "bad.yml", "      - uses: ./platform"
    injected = f"      - run: echo ${{{{ github.head_ref }}}}\n{before}"
    bad.write_text(WORKFLOWS[0].read_text().replace(before, injected, 1))
    found = run("zizmor", "--offline", "--no-progress", bad)
    assert found.returncode != 0
    assert "template-injection" in found.stdout


@pytest.mark.parametrize("cloud", ["azure", "aws"])
def test_azure_devops_take_what_comes_of_the_templates(cloud: str, tmp_path: Path) -> None:
    """The schema knows Microsoft's own tasks; of Amazon's toolkit it takes the form of a Bash task."""
    for example in EXAMPLES:
        text = example.read_text().replace("cloud: azure", f"cloud: {cloud}\n    region: eu-west-1")
        (tmp_path / example.name).write_text(text)
        whole = azure_devops.expanded(tmp_path / example.name, HOOK if example.stem == "closed" else {})
        for step in mappings(whole):
            if step.get("task") == "AWSShellScript@1":
                assert set(step["inputs"]) == {"awsCredentials", "regionName", "scriptType", "inlineScript"}
                step |= {
                    "task": "Bash@3",
                    "inputs": {"targetType": "inline", "script": step["inputs"]["inlineScript"]},
                }
        (tmp_path / example.name).write_text(yaml.safe_dump(whole, sort_keys=False))
    check = ("check-jsonschema", "--regex-variant", "python", "--builtin-schema")
    ok(run(*check, "vendor.azure-pipelines", *tmp_path.glob("*.yml")))


def test_gitlabs_fit_its_schema() -> None:
    ok(
        run(
            "check-jsonschema",
            "--builtin-schema",
            "vendor.gitlab-ci",
            "--data-transform",
            "gitlab-ci",
            GITLAB,
        )
    )


def test_all_shell_is_shell_and_has_no_value_of_the_platform_in_its_text() -> None:
    """A branch, a title or a payload in shell text is code. Values come by environment variables alone."""
    found = list(scripts())
    assert {path.name for path, _ in found} == {"action.yml", "setup.yml", "verb.yml", "mayfly.yml"}
    for path, script in found:
        assert not re.search(r"\$\{\{|\$\([\w.]+\)(?!\))", script), path
        ok(subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False))


def test_what_is_not_run_here_is_an_action_or_a_task() -> None:
    """No sign-in, download or upload hides in shell."""
    for path, script in scripts():
        assert not re.search(r"\b(curl|wget|az login|aws configure|pip install|docker)\b", script), path
    uses = {
        step["uses"].partition("@")[0]
        for path in (*WORKFLOWS, ACTION)
        for step in mappings(yaml.safe_load(path.read_text()))
        if "uses" in step
    }
    assert uses == {*github.NOT_RUN, github.ACTION}
    tasks = {
        step["task"]
        for path in STEPS
        for step in mappings(yaml.safe_load(path.read_text()))
        if "task" in step
    }
    assert {*tasks, "checkout"} == azure_devops.NOT_RUN


def test_actions_are_pinned_by_commit() -> None:
    """A tag can be moved to other code, which would run with the deployer's token."""
    lines = [
        line for path in (*WORKFLOWS, ACTION) for line in path.read_text().splitlines() if "uses: " in line
    ]
    others = [line.strip() for line in lines if "uses: ./platform" not in line]
    assert len(others) >= 8
    assert [
        line
        for line in others
        if not re.search(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)
    ] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_but_those_of_its_jobs(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert set(job["permissions"]) <= {"contents", "id-token", "pull-requests"}
        assert job["permissions"]["contents"] == "read"
        assert job["environment"] in ("awsqa", "janitor", "production"), (
            "credentials go by class of environment"
        )
        assert job["timeout-minutes"]
    assert set(re.findall(r"secrets\.(\w+)", path.read_text())) <= {"PULUMI_CONFIG_PASSPHRASE"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_platform_is_a_pinned_commit_and_what_runs(path: Path) -> None:
    for job in jobs(path).values():
        platform, *rest = [step["with"] for step in job["steps"] if "checkout@" in step["uses"]]
        assert re.fullmatch("[0-9a-f]{40}", platform["ref"])
        assert platform["path"] == "platform"
        assert [each["path"] for each in rest] in ([], ["workload"])
        assert not any(each["persist-credentials"] for each in (platform, *rest))


def test_a_close_is_in_a_group_of_its_own() -> None:
    """No push cancels it, and it cancels nothing."""
    up, down = jobs(PIPELINES / "github/pull-request.yml").values()
    assert up["concurrency"]["group"] != down["concurrency"]["group"]
    assert up["concurrency"]["cancel-in-progress"] is down["concurrency"]["cancel-in-progress"] is False
    gitlab = yaml.safe_load(GITLAB.read_text())
    assert gitlab["environment"]["resource_group"] != gitlab["stop"]["resource_group"]
    assert gitlab["environment"]["environment"]["on_stop"] == "stop"
    assert gitlab["environment"]["environment"]["auto_stop_in"]
    assert gitlab["stop"]["environment"]["action"] == "stop"


def test_a_scheduled_sweep_runs_from_the_default_branch() -> None:
    (schedule,) = yaml.safe_load((PIPELINES / "azure-devops/examples/sweep.yml").read_text())["schedules"]
    assert (schedule["branches"]["include"], schedule["always"]) == (["main"], "true")
    assert yaml.load((PIPELINES / "github/sweep.yml").read_text(), Loader=yaml.BaseLoader)["on"]["schedule"]


def test_what_is_cached_is_what_set_up_downloads() -> None:
    (cache,) = [
        step
        for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
        if "cache@" in step.get("uses", "")
    ]
    assert cache["with"]["path"].split() == ["~/.cache/mayfly", "~/.cache/uv", "~/.pulumi/plugins"]
    setup = (HERE / "scripts/setup").read_text()
    assert 'CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/mayfly"' in setup
    key = next(
        step["run"]
        for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
        if step.get("id") == "set-up"
    )
    for name in re.search(r"\(cat (.*?) \|", key)[1].split():  # type: ignore[index]
        assert (HERE / name).is_file(), name


SIGNS_IN = re.compile(r"azure/login@|aws-actions/configure-aws-credentials@|AzureCLI@|AWSShellScript@")


def test_a_login_comes_after_set_up_and_right_before_the_verb() -> None:
    """What they sign in with lives for minutes, and set-up takes some."""
    found = [str(step) for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]]
    set_up, verb = (next(at for at, step in enumerate(found) if word in step) for word in SET_UP_AND_VERB)
    assert [at for at, step in enumerate(found) if SIGNS_IN.search(step)] == [*range(set_up + 1, verb)]
    for example in EXAMPLES:
        whole = azure_devops.expanded(example, HOOK if example.stem == "closed" else {})
        for job in azure_devops.jobs(whole).values():
            steps = [str(step) for step in job["steps"]]
            set_up = next(at for at, step in enumerate(steps) if SET_UP_AND_VERB[0] in step)
            assert all(bool(SIGNS_IN.search(step)) == (at > set_up) for at, step in enumerate(steps))
    before = "\n".join(yaml.safe_load(GITLAB.read_text())[".mayfly"]["before_script"])
    assert before.index(SET_UP_AND_VERB[0]) < before.index("AWS_WEB_IDENTITY_TOKEN_FILE")


def test_what_runs_is_the_platform_and_the_workload_is_data() -> None:
    """Two checkouts: every step runs in the pinned one, the other is named as the workload alone."""
    for path in WORKFLOWS:
        for job in jobs(path).values():
            assert {step["uses"].partition("@")[0] for step in job["steps"]} == {
                github.CHECKOUT,
                github.ACTION,
            }
            workload = job["env"].get("MAYFLY_WORKLOAD", "${{ github.workspace }}/workload")
            assert workload == "${{ github.workspace }}/workload"
    assert all(
        step.get("working-directory", "${{ github.action_path }}") == "${{ github.action_path }}"
        for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    )
    for example in EXAMPLES:
        document = yaml.safe_load(example.read_text())
        assert document["extends"]["template"].endswith("@platform")
        assert document["resources"]["repositories"][0]["ref"].startswith("refs/tags/")
    for step in mappings([yaml.safe_load(path.read_text()) for path in STEPS]):
        if "bash" in step:
            assert step["workingDirectory"] == "$(Pipeline.Workspace)/s/platform"
        elif "inlineScript" in step:
            assert step["inlineScript"].startswith('cd "$PIPELINE_WORKSPACE/s/platform"\n')


def test_the_readme_shows_a_step_of_the_template() -> None:
    (shown,) = [block for block in blocks(HERE / "README.md") if block.marker == "pull-request"]
    (step,) = yaml.safe_load(shown.text)
    assert step in jobs(PIPELINES / "github/pull-request.yml")["up"]["steps"]


def test_the_page_names_what_there_is() -> None:
    page = (HERE / "docs/pipelines.md").read_text()
    gitlab = yaml.safe_load(GITLAB.read_text())
    named = [
        *(path.name for path in (*WORKFLOWS, *EXAMPLES)),
        *(name for name in gitlab if "script" in gitlab[name]),
    ]
    assert [name for name in named if f"`{name}`" not in page] == []
    used = set(re.findall(r"\$\{?((?:MAYFLY|AWS|ARM|PULUMI)_\w+)", GITLAB.read_text()))
    made = {
        "MAYFLY_WORKLOAD",
        "MAYFLY_SET_UP",
        "MAYFLY_PLATFORM_URL",
        "AWS_ID_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
    assert [name for name in used - made if f"`{name}`" not in page] == []
