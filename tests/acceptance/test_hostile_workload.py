"""A pull request brings a workload, not the program: nothing of it is run with the deployer's rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import hostile_workload
from tests.support.azure_sdk import Sdk
from tests.support.checkout import Checkout
from tests.support.hostile_workload import ORIGIN, HostileCheckout

ENVIRONMENT = "qa-60"
GROUP = f"{ENVIRONMENT}-flights"
SINKS = "sinks:\n  extra: extra\nvalues:\n  greeting: hello\n"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> HostileCheckout:
    folder = tmp_path_factory.mktemp("a pull request")
    found = hostile_workload.make(folder / "checkout", folder / "ran")
    (found.workload / "mayfly.yaml").write_text(SINKS)
    return found


@pytest.fixture(scope="module")
def environment(checkout: Checkout, hostile: HostileCheckout) -> Iterator[dict[str, Any]]:
    """qa-60 with the pull request's workload, by the verb; it goes without the workload being there."""
    done = (
        checkout.run("mayfly", "up", ENVIRONMENT, "--workload", str(hostile.workload), "--json").ok().json()
    )
    yield done["outputs"]
    gone = checkout.run("mayfly", "down", ENVIRONMENT, "--json", MAYFLY_WORKLOAD="/nowhere").ok()
    receipt = gone.json()["receipt"]
    assert receipt["complete"]
    assert receipt["known_from"] == ["tags", "settings"]
    assert (receipt["workload_repository"], receipt["workload_commit"]) == (ORIGIN, hostile.commit)
    assert hostile.ran == []


def test_up_runs_none_of_its_code(environment: dict[str, Any], hostile: HostileCheckout, owner: Sdk) -> None:
    place = (environment["resource_group"], environment["factory"])
    names = {found.name for found in owner.factories.pipelines.list_by_factory(*place)}
    assert names == {path.stem for path in hostile.workload.glob("factory/pipeline/*.json")}
    assert hostile.ran == []


def test_plain_pulumi_runs_none_of_its_code(
    environment: dict[str, Any], checkout: Checkout, hostile: HostileCheckout
) -> None:
    command = ("pulumi", "up", "--stack", ENVIRONMENT, "--yes", "--skip-preview", "--json")
    checkout.run(*command, MAYFLY_WORKLOAD=str(hostile.workload)).ok()
    shown = json.loads(
        checkout.run("pulumi", "stack", "output", "--json", "--stack", ENVIRONMENT).ok().stdout
    )
    assert shown == environment
    assert hostile.ran == []


def test_the_other_verbs_run_none_of_its_code(
    environment: dict[str, Any], checkout: Checkout, hostile: HostileCheckout
) -> None:
    given = ("--workload", str(hostile.workload))
    month = ("--param", "year=2013", "--param", "month=01")
    checkout.run("mayfly", "run", ENVIRONMENT, "month", *month, *given).ok()
    checkout.run("mayfly", "prove", ENVIRONMENT, *given).ok()
    assert (
        "MAYFLY_VAR_GREETING=hi"
        in checkout.run("mayfly", "vars", ENVIRONMENT, *given, MAYFLY_VAR_GREETING="hi").ok().stdout
    )
    assert hostile.ran == []


def test_its_sinks_and_values_are_the_environments_own(environment: dict[str, Any], owner: Sdk) -> None:
    assert environment["variables"]["extra"] == "extra"
    assert environment["variables"]["greeting"] == "hello"
    containers = owner.storage.blob_containers.list(GROUP, environment["storage_account"])
    assert {container.name for container in containers} == {"curated", "extra"}


def test_the_group_and_the_list_name_its_repository_and_commit(
    environment: dict[str, Any], checkout: Checkout, hostile: HostileCheckout, owner: Sdk
) -> None:
    tags = owner.resources.resource_groups.get(GROUP).tags or {}
    assert tags["mayfly-workload-repository"] == ORIGIN
    assert tags["mayfly-workload-commit"] == hostile.commit
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    (found,) = [each for each in listed if each["environment"] == ENVIRONMENT]
    assert (found["workload_repository"], found["workload_commit"]) == (ORIGIN, hostile.commit)


def test_inside_its_checkout_a_verb_is_refused(checkout: Checkout, hostile: HostileCheckout) -> None:
    inside = Checkout(hostile.root, checkout.environments)
    checkout.environ("deployer")
    refused = inside.run("mayfly", "up", ENVIRONMENT, "--workload", "flights")
    assert refused.code == 2
    assert "the workload's checkout" in refused.stderr
    assert "run mayfly in the platform's own folder" in refused.stderr
    assert hostile.ran == []


def test_where_the_pull_request_is_the_project_its_code_runs(
    checkout: Checkout, hostile: HostileCheckout
) -> None:
    """The control, and what the way with a single repository gives up."""
    inside = Checkout(hostile.root, checkout.environments)
    checkout.environ("deployer")
    inside.run("pulumi", "preview", "--stack", ENVIRONMENT)
    assert hostile.ran
    hostile.marker.unlink()
