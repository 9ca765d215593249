"""GitLab's jobs, step by step, on the local AWS: from a merge request to what is left of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.checkout import HERE, Checkout
from tests.support.forges import OURS, GitLab, served
from tests.support.pipelines import Job
from tests.support.pipelines.gitlab import Runner, jobs
from tests.support.pipelines.machines import machine, passphrase, shared

PRINCIPALS = {"environment": "deployer", "stop": "janitor"}
"""A job → as whom it signs in: its environment's scope has the variables that say so."""

JOBS = jobs(HERE / "pipelines/gitlab/mayfly.yml")
GIT = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")


def committed(folder: Path) -> str:
    """Make a folder a repository with one commit; return its hash."""
    for command in (("init", "-q"), ("add", "--all", "--force"), ("commit", "-q", "-m", "all")):
        subprocess.run(["git", *GIT, *command], cwd=folder, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
    )
    return head.stdout.strip()


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The platform's and the workload's, as a job fetches them."""
    folder = tmp_path_factory.mktemp("repositories")
    shared(folder / "platform")
    shutil.copytree(HERE / "examples/flights", folder / "workload")
    return {
        "MAYFLY_PLATFORM_URL": str(folder / "platform"),
        "MAYFLY_PLATFORM_REF": committed(folder / "platform"),
        "CI_REPOSITORY_URL": str(folder / "workload"),
        "CI_COMMIT_SHA": committed(folder / "workload"),
    }


@pytest.fixture(scope="module")
def forge() -> Iterator[GitLab]:
    kept = GitLab(14)
    kept.numbers += [7]
    with served(kept):
        yield kept


@pytest.fixture(scope="module")
def start(
    checkout: Checkout, forge: GitLab, repositories: Any, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    def run(job: str, **given: str) -> tuple[Job, Path]:
        folder = tmp_path_factory.mktemp("a runner")
        project = {
            "MAYFLY_CLOUD": "aws",
            "MAYFLY_FABRIC": "awsqa",
            "MAYFLY_RELEASE_FABRIC": "awsqa",
            "MAYFLY_PLATFORM": "GROUP/PLATFORM",
            "MAYFLY_RUN": "flights\n--param=month=1",
            "PULUMI_BACKEND_URL": checkout.environ("deployer")["PULUMI_BACKEND_URL"],
            "PULUMI_CONFIG_PASSPHRASE": passphrase(checkout),
            **repositories,
        }
        return Runner(machine(checkout, folder, principal=PRINCIPALS[job]), forge, {**project, **given}).run(
            JOBS[job]
        ), folder / "builds"

    return run


def merge_request(source: str = "42") -> dict[str, str]:
    """What GitLab sets for a merge request. source: the project that its branch is in."""
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "14",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
    }


def environments(checkout: Checkout) -> dict[str, Any]:
    found = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    return {each["environment"]: each for each in found}


def test_a_merge_request_gets_an_environment_until_it_is_stopped(
    start: Any, checkout: Checkout, repositories: dict[str, str], forge: GitLab
) -> None:
    job, builds = start("environment", **merge_request())
    job.ok()
    found = environments(checkout)["awsqa-14"]
    assert found["commit"] == repositories["MAYFLY_PLATFORM_REF"]
    assert found["workload_commit"] == repositories["CI_COMMIT_SHA"]
    assert found["workload_repository"] == "https://gitlab.example.com/GROUP/REPO"
    assert job.outputs["MAYFLY_OUTPUT_BUCKET"].startswith("mf--awsqa-14--flights-")
    assert json.loads((builds / ".mayfly-results/prove.json").read_text())["proved"] is True
    ((who, text),) = forge.there
    assert who == OURS
    assert "awsqa-14" in text
    stopped, builds = start("stop", **merge_request())
    stopped.ok()
    assert json.loads((builds / ".mayfly-results/down.json").read_text())["receipt"]["remains"] == []
    assert "awsqa-14" not in environments(checkout)


@pytest.mark.parametrize("job", ["environment", "stop"])
def test_a_fork_gets_nothing(start: Any, job: str) -> None:
    assert start(job, **merge_request(source="78"))[0].skipped
