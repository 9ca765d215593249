"""Teardown of a large environment by plain Pulumi, as the request log has it (point 5 of the promise)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.support import big_factory
from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout
from tests.support.identity import identity_credential
from tests.support.local_cloud import local_cloud
from tests.support.request_log import Entry, RequestLog
from tests.support.traces import inventory, still_there, traces

ENVIRONMENT = "big-1"
DOCUMENTS = 300
DELETE_SECONDS = 16
"""A second more than the longest time that a client is told to wait between two polls."""
BLOBS = 5_100
"""More than the 5,000 that a list gives at once."""
MILLISECOND = 0.001
"""As exact as the log's times are."""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout whose cloud takes its time to remove a group."""
    with local_cloud(tmp_path_factory.mktemp("slow"), DELETE_SECONDS) as checkout:
        big_factory.write_fabric(checkout, "big", DOCUMENTS)
        yield checkout


@pytest.fixture(scope="module")
def owners(slow: Checkout) -> list[Sdk]:
    """The owner's SDK clients in both subscriptions."""
    return [Sdk(slow.environ("owner"), subscription) for subscription in (PRODUCTION, NONPRODUCTION)]


@pytest.fixture(scope="module")
def outputs(slow: Checkout, owners: list[Sdk]) -> dict[str, Any]:
    """The environment, made by plain Pulumi, with all its documents and files."""
    slow.run("pulumi", "stack", "select", "--create", ENVIRONMENT).ok()
    slow.run("pulumi", "up", "--stack", ENVIRONMENT, "--yes", "--skip-preview").ok()
    made: dict[str, Any] = slow.outputs(ENVIRONMENT)
    big_factory.fill(slow, made, BLOBS)
    assert documents(owners[1], made) == DOCUMENTS
    identity = identity_credential(slow.state, made["principal_id"])
    sink = owners[1].blobs(made["blob_endpoint"], identity).get_container_client("curated")
    assert sum(1 for _ in sink.list_blob_names()) == BLOBS
    return made


@pytest.fixture(scope="module")
def before(owners: list[Sdk], outputs: dict[str, Any]) -> list[str]:
    """The ids of all that the environment consists of, its grant on production among them."""
    found = inventory(owners, outputs)
    assert len(found) == 5  # the group, an account, a factory, and a role on each side
    assert still_there(owners[0], found) == found
    return found


@pytest.fixture(scope="module")
def log(slow: Checkout, outputs: dict[str, Any], before: list[str]) -> RequestLog:
    """The request log of the destroy alone."""
    found = RequestLog(slow.state / "requests.jsonl")
    found.mark()
    slow.run("pulumi", "destroy", "--stack", ENVIRONMENT, "--yes", "--skip-preview").ok()
    found.freeze()
    return found


def documents(owner: Sdk, made: dict[str, Any]) -> int:
    """How many documents the factory has."""
    place = (made["resource_group"], made["factory"])
    client = owner.factories
    kinds: tuple[Any, ...] = (client.pipelines, client.datasets, client.linked_services, client.triggers)
    return sum(len(list(kind.list_by_factory(*place))) for kind in kinds)


def test_the_grant_goes_first_and_then_the_group_by_one_delete(
    log: RequestLog, outputs: dict[str, Any]
) -> None:
    grant, group = log.entries(method="DELETE")
    assert grant["path"].startswith(f"{LAKE_CONTAINER}/providers/Microsoft.Authorization/roleAssignments/")
    assert grant["status"] == 200
    assert group["path"].lower() == outputs["resource_group_id"].lower()
    assert group["status"] == 202
    assert {entry["principal"] for entry in (grant, group)} == {"deployer"}
    assert log.entries(method="PUT") == log.entries(method="POST", contains="/factories/") == []


def test_no_poll_comes_before_its_time(log: RequestLog) -> None:
    (begun,) = log.entries(method="DELETE", contains="/resourceGroups/big-1-big")[-1:]
    polls = log.entries(method="GET", contains="/operationresults/")
    assert [poll["status"] for poll in polls] == [202] * (len(polls) - 1) + [200]
    assert 2 <= len(polls) <= 5
    answers = [begun, *polls]
    for answer, following in zip(answers, polls, strict=False):
        assert answer["retry_after"] >= 1
        assert seconds(answer, following) >= answer["retry_after"] - MILLISECOND
    assert DELETE_SECONDS - MILLISECOND <= seconds(begun, polls[-1]) < 2 * DELETE_SECONDS


def seconds(earlier: Entry, later: Entry) -> float:
    """The time between two requests."""
    start, end = (datetime.fromisoformat(entry["time"]) for entry in (earlier, later))
    return (end - start).total_seconds()


def test_nothing_of_it_remains(
    log: RequestLog, owners: list[Sdk], before: list[str], outputs: dict[str, Any], slow: Checkout
) -> None:
    assert still_there(owners[0], before) == []
    assert traces(owners, ENVIRONMENT, outputs["principal_id"]) == []
    listed = slow.run("mayfly", "list", "--json").ok().json()
    assert listed["environments"] == []


def test_down_after_it_finds_nothing_and_removes_the_stack(log: RequestLog, slow: Checkout) -> None:
    receipt = slow.run("mayfly", "down", ENVIRONMENT, "--json").ok().json()["receipt"]
    assert receipt["complete"]
    assert receipt["was"] == []
    assert receipt["production_grants"]["by_description"] == 0
    stacks = slow.run("pulumi", "stack", "ls", "--json").ok().json()
    assert [stack["name"] for stack in stacks] == []
