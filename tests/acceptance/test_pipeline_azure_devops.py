"""Azure DevOps' templates, step by step, on the local Azure: from a pull request to what is left of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mayfly.errors import BadInput
from tests.support.azure_sdk import Sdk
from tests.support.checkout import HERE, Checkout
from tests.support.forges import OURS, AzureDevOps, served
from tests.support.pipelines import Job
from tests.support.pipelines.azure_devops import Runner, expanded, jobs
from tests.support.pipelines.machines import machine, passphrase, set_up

EXAMPLES = HERE / "pipelines/azure-devops/examples"
GROUP = "qa-142-flights"
CHECKOUTS = ["checkout", "checkout", "Cache@2", "Cache@2"]


@pytest.fixture(scope="module")
def forge() -> Iterator[AzureDevOps]:
    kept = AzureDevOps(142)
    kept.numbers += [7]
    with served(kept):
        yield kept


@pytest.fixture(scope="module")
def start(checkout: Checkout, forge: AzureDevOps, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a job of an example on a new agent. group: more of the variable group."""

    def run(
        example: str, job: str, *, hook: Any = None, group: Any = None, **predefined: str
    ) -> tuple[Job, Path]:
        folder = tmp_path_factory.mktemp("an agent")
        common = {
            "PULUMI_BACKEND_URL": checkout.environ("deployer")["PULUMI_BACKEND_URL"],
            "PULUMI_CONFIG_PASSPHRASE": passphrase(checkout),
            "MAYFLY_RELEASE_FABRIC": "qa",
            **(group or {}),
        }
        groups = {"mayfly-qa": common, "mayfly-prod": common}
        principal = {"down": "janitor", "sweep": "janitor", "production": "owner"}.get(job, "deployer")
        agent = machine(checkout, folder, principal=principal)
        runner = Runner(agent, forge, groups, {"PULUMI_CONFIG_PASSPHRASE"}, **predefined)
        found = jobs(expanded(EXAMPLES / f"{example}.yml", {} if hook is None else {"WebHook": hook}))
        return runner.run(found[job]), folder / "work/s/platform"

    return run


def pull_request(number: int = 142, fork: str = "False") -> dict[str, str]:
    return {
        "Build_Reason": "PullRequest",
        "System_PullRequest_PullRequestId": str(number),
        "System_PullRequest_IsFork": fork,
    }


@pytest.fixture(scope="module")
def made(start: Any) -> tuple[Job, Path]:
    group = {"MAYFLY_VAR_YEAR": "2013"}
    done: tuple[Job, Path] = start("pull-request", "environment", group=group, **pull_request())
    return done


def test_a_pull_request_gets_an_environment_that_has_run_and_is_proved(
    made: tuple[Job, Path], owner: Sdk
) -> None:
    job, platform = made
    job.ok()
    assert owner.resources.resource_groups.check_existence(GROUP)
    verbs = ["up", "run", "prove", "comment"]
    assert [step.name for step in job.steps] == ["set up", *verbs]
    assert set_up(platform) == ["--for azure up"]
    assert json.loads(job.step("prove").stdout)["proved"] is True
    assert job.not_run == [*CHECKOUTS, *["AzureCLI@2"] * len(verbs)]


def test_its_comment_says_what_became_of_it(made: tuple[Job, Path], forge: AzureDevOps) -> None:
    ((who, text),) = forge.there
    assert who == OURS
    assert "qa-142" in text


def test_its_outputs_are_output_variables(made: tuple[Job, Path]) -> None:
    outputs = made[0].outputs
    assert outputs["up.MAYFLY_OUTPUT_RESOURCE_GROUP"] == GROUP
    assert all(name.startswith("up.MAYFLY_OUTPUT_") for name in outputs)


def test_a_secret_in_the_variable_group_is_refused(start: Any) -> None:
    """One that is marked as a secret is handed to no step; one that is not, looks like one."""
    key = "AccountKey=" + "k" * 86 + "=="
    job, _ = start("pull-request", "environment", group={"MAYFLY_VAR_YEAR": key}, **pull_request())
    refused = job.step("up")
    assert refused.code == BadInput.exit_code
    assert "MAYFLY_VAR_YEAR" in refused.stderr
    assert key not in refused.stdout + refused.stderr
    assert "mayfly up ended with 2: bad input or configuration; nothing was made" in job.errors
    assert not [step for step in job.steps if step.name in ("run", "prove")]


def test_a_fork_gets_nothing(start: Any) -> None:
    done, _ = start("pull-request", "environment", **pull_request(fork="True"))
    assert done.skipped


def test_a_close_removes_it(made: tuple[Job, Path], start: Any, owner: Sdk, forge: AzureDevOps) -> None:
    """Whoever calls the hook: only of a pull request that is closed, as the platform says itself."""
    hook = {"resource": {"pullRequestId": 142, "status": "completed"}}
    still_open, _ = start("closed", "down", hook=hook)
    assert "pull request 142 is open again" in still_open.ok().step("down").stderr
    assert owner.resources.resource_groups.check_existence(GROUP)
    forge.numbers.remove(142)
    job, platform = start("closed", "down", hook=hook)
    assert json.loads(job.ok().step("down").stdout)["receipt"]["remains"] == []
    assert not owner.resources.resource_groups.check_existence(GROUP)
    assert set_up(platform) == ["--for azure down"]
    assert job.not_run == ["checkout", "Cache@2", "AzureCLI@2"]


def test_what_a_hook_tells_is_no_code(start: Any, tmp_path: Path) -> None:
    told = f"142; touch {tmp_path}/it-ran"
    job, _ = start("closed", "down", hook={"resource": {"pullRequestId": told}})
    assert job.step("down").code == BadInput.exit_code
    assert "a pull request's number" in job.step("down").stderr
    assert not [*tmp_path.iterdir()]


def test_the_nightly_sweep_asks_which_pull_requests_are_open(start: Any) -> None:
    job, platform = start("sweep", "sweep")
    job.ok()
    assert (platform.parents[2] / "temp/mayfly/open-ids.txt").read_text() == "7\n"


def test_a_release_is_rehearsed_promoted_and_cleaned_up(start: Any, owner: Sdk, production: Sdk) -> None:
    """Production's own deployer is the owner here."""
    start("release", "environment")[0].ok()
    assert owner.resources.resource_groups.check_existence("qa-r7001-flights")
    start("release", "production")[0].ok()
    assert production.resources.resource_groups.check_existence("prod-flights")
    start("release", "down")[0].ok()
    assert not owner.resources.resource_groups.check_existence("qa-r7001-flights")
