"""GitHub's templates, step by step, on the local AWS: from a pull request to what is left of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mayfly.errors import NotAllowed
from tests.support.checkout import HERE, Checkout
from tests.support.forges import OURS, GitHub, served
from tests.support.pipelines import Job
from tests.support.pipelines.github import Runner
from tests.support.pipelines.machines import machine, new, passphrase, set_up

TEMPLATES = HERE / "pipelines/github"
PULL_REQUEST, RELEASE, SWEEP = (TEMPLATES / f"{name}.yml" for name in ("pull-request", "release", "sweep"))
VARIABLES = {
    "AWS_REGION": "eu-west-1",
    "AWS_ROLE_TO_ASSUME": "arn:aws:iam::123456789012:role/deployer",
    "MAYFLY_RELEASE_FABRIC": "awsqa",
    "MAYFLY_VAR_YEAR": "2013",
    "OTHER": "is not handed on",
}
PRINCIPALS = {"awsqa": "deployer", "janitor": "janitor", "production": "owner"}
"""The class of a job's environment → as whom it signs in; production's own deployer is the owner here."""

LOGIN = "aws-actions/configure-aws-credentials"


@pytest.fixture(scope="module")
def forge() -> Iterator[GitHub]:
    kept = GitHub(142)
    kept.numbers += [7]
    with served(kept):
        yield kept


@pytest.fixture(scope="module")
def start(checkout: Checkout, forge: GitHub, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a job on a new machine, on which the backend of the state is the one that all share."""

    def run(workflow: Path, job: str, *, platform: Any = None, **github: Any) -> tuple[Job, Path]:
        folder = tmp_path_factory.mktemp("a machine")
        principal = PRINCIPALS[yaml.safe_load(workflow.read_text())["jobs"][job]["environment"]]
        known = checkout.environ(principal)
        contexts = {
            "github": {"event_name": "pull_request_target", "run_number": 12, **github},
            "vars": {**VARIABLES, "PULUMI_BACKEND_URL": known["PULUMI_BACKEND_URL"]},
            "secrets": {"PULUMI_CONFIG_PASSPHRASE": passphrase(checkout)},
        }
        runner = Runner(machine(checkout, folder, platform, principal), forge, contexts)
        return runner.run(workflow, job), folder / "workspace/platform"

    return run


def event(action: str, number: int = 142, of: str = "acme/flights") -> dict[str, Any]:
    """A pull request's event. of: the repository that its branch is in."""
    head = {"sha": "a" * 40, "repo": {"full_name": of}}
    return {"action": action, "pull_request": {"number": number, "head": head}}


@pytest.fixture(scope="module")
def made(start: Any) -> tuple[Job, Path]:
    done: tuple[Job, Path] = start(PULL_REQUEST, "up", event=event("opened"))
    return done


def environments(checkout: Checkout) -> set[str]:
    found = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    return {each["environment"] for each in found}


def test_a_pull_request_gets_an_environment_that_has_run_and_is_proved(
    made: tuple[Job, Path], checkout: Checkout
) -> None:
    job, platform = made
    job.ok()
    assert "awsqa-142" in environments(checkout)
    verbs = ["up", "run", "prove", "comment"]
    assert [*dict.fromkeys(step.name for step in job.steps)] == verbs
    assert set_up(platform) == [f"--for aws {verb}" for verb in verbs]
    results = platform.parents[1] / "temp/mayfly"
    assert json.loads((results / "run.json").read_text())["result"]["rows"] == 27_004
    assert json.loads(job.step("prove").stdout)["proved"] is True


def test_its_outputs_are_handed_on(made: tuple[Job, Path]) -> None:
    outputs = json.loads(made[0].outputs["outputs"])
    assert outputs["MAYFLY_OUTPUT_BUCKET"].startswith("mf--awsqa-142--flights-")
    assert all(name.startswith("MAYFLY_OUTPUT_") for name in outputs)


def test_its_comment_says_what_became_of_it(made: tuple[Job, Path], forge: GitHub) -> None:
    ((who, text),) = forge.there
    assert who == OURS
    assert "awsqa-142" in text
    assert "27004" in text.replace(",", "")


def test_a_job_signs_in_after_set_up_and_before_each_verb(made: tuple[Job, Path]) -> None:
    assert made[0].not_run == [*["actions/checkout"] * 2, "actions/cache", *[LOGIN] * 3]


def test_a_fork_gets_nothing(start: Any) -> None:
    for action, job in (("opened", "up"), ("closed", "down")):
        done, _ = start(PULL_REQUEST, job, event=event(action, of="SOMEBODY/REPO"))
        assert done.skipped
        assert not done.steps


def test_a_close_removes_it_with_the_packages_that_this_takes(
    made: tuple[Job, Path], start: Any, checkout: Checkout, forge: GitHub
) -> None:
    """On a new machine, set up by the real set-up for `down` on AWS."""
    forge.numbers.remove(142)
    job, platform = start(PULL_REQUEST, "down", platform=new, event=event("closed"))
    assert json.loads(job.ok().step("down").stdout)["receipt"]["remains"] == []
    assert "awsqa-142" not in environments(checkout)
    ((_, comment),) = forge.there  # the same one
    assert "is gone" in comment
    assert (platform / ".venv/.mayfly-setup").read_text().splitlines()[0].split() == ["aws", "cli"]
    (packages,) = platform.glob(".venv/lib/python3*/site-packages")
    assert (packages / "botocore").is_dir()
    assert not [*packages.glob("azure*"), *packages.glob("pulumi*"), *packages.glob("grpc*")]


def test_an_old_run_makes_nothing_after_the_close(
    made: tuple[Job, Path], start: Any, checkout: Checkout
) -> None:
    """FreiFahren#960, maple#257, phoenix#2299: it waited in its queue while the close removed everything."""
    job, _ = start(PULL_REQUEST, "up", event=event("synchronize"))
    failed = job.step("up")
    assert failed.code == NotAllowed.exit_code
    assert "pull request 142 is closed: nothing is made" in failed.stderr
    (error,) = job.errors
    assert error.startswith("mayfly up ended with 3: not allowed: ")
    assert {step.name for step in job.steps} == {"up", "comment"}
    assert "awsqa-142" not in environments(checkout)


def test_the_nightly_sweep_asks_which_pull_requests_are_open(start: Any, forge: GitHub) -> None:
    job, platform = start(SWEEP, "sweep", event_name="schedule")
    job.ok()
    assert (platform.parents[1] / "temp/mayfly/open-ids.txt").read_text() == "7\n"


def test_a_release_is_rehearsed_promoted_and_cleaned_up(start: Any, checkout: Checkout) -> None:
    start(RELEASE, "rehearse", event_name="push")[0].ok()
    assert "awsqa-r12" in environments(checkout)
    start(RELEASE, "promote", event_name="push")[0].ok()
    start(RELEASE, "down", event_name="push")[0].ok()
    assert "awsprod" in environments(checkout)
    assert "awsqa-r12" not in environments(checkout)
