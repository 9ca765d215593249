"""A teardown that is killed, that has lost its state, or that was done before ends in the same place."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from azure.mgmt.resource.locks.models import ManagementLockObject

from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, PRODUCTION, Checkout, finish
from tests.support.local_cloud import local_cloud
from tests.support.request_log import RequestLog
from tests.support.traces import inventory, still_there, traces

LEFTOVERS = 4
DELETE_SECONDS = 2.0
"""Long enough that a second teardown finds the group on its way."""
LOOK_SECONDS = 0.01
"""How often the log is looked at while a teardown goes on."""

Outputs = dict[str, Any]
Moment = Callable[[RequestLog, int], bool]
"""Whether it has come, by the log so far and the number of requests that a whole teardown makes."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout with a cloud of its own."""
    with local_cloud(tmp_path_factory.mktemp("again"), DELETE_SECONDS) as made:
        yield made


def up(checkout: Checkout, environment: str) -> Outputs:
    made: Outputs = checkout.run("mayfly", "up", environment, "--json").ok().json()["outputs"]
    assert environment in checkout.stacks()
    return made


def down(checkout: Checkout, environment: str) -> dict[str, Any]:
    """Tear it down to the end; the receipt."""
    receipt: dict[str, Any] = checkout.run("mayfly", "down", environment, "--json").ok().json()["receipt"]
    return receipt


def assert_gone(
    checkout: Checkout, owners: list[Sdk], environment: str, outputs: Outputs, ids: list[str]
) -> None:
    """Nothing of it is in the cloud, and nothing in the checkout."""
    assert still_there(owners[0], ids) == []
    assert traces(owners, environment, outputs["principal_id"]) == []
    assert environment not in checkout.stacks()
    assert not (checkout.root / "stacks" / f"Pulumi.{environment}.yaml").exists()


def test_without_state_the_clouds_own_tags_are_enough_and_a_second_time_nothing_is_to_do(
    checkout: Checkout, owners: list[Sdk], log: RequestLog
) -> None:
    outputs = up(checkout, "qa-1")
    ids = inventory(owners, outputs)
    checkout.forget_state("qa-1")
    told = checkout.run("mayfly", "up", "qa-1")
    assert (told.code, "`mayfly down qa-1`" in told.stderr) == (1, True)
    assert "Traceback" not in told.stderr
    log.mark()
    with without_variables(checkout):
        receipt = down(checkout, "qa-1")
    assert receipt["complete"]
    assert receipt["known_from"] == ["tags"]
    assert not receipt["stack_removed"]
    assert {id.lower() for id in ids if "/roleAssignments/" not in id or PRODUCTION in id} <= {
        thing["id"].lower() for thing in receipt["gone"]
    }
    assert [entry["path"].split("/")[-2] for entry in log.entries(method="DELETE")] == [
        "roleAssignments", "resourceGroups",
    ]  # fmt: skip
    assert_gone(checkout, owners, "qa-1", outputs, ids)
    log.mark()
    again = down(checkout, "qa-1")
    assert again["complete"]
    assert again["was"] == []
    assert log.entries(method="DELETE") == []


@contextmanager
def without_variables(checkout: Checkout) -> Iterator[None]:
    """As if the branch had gone: the fabric's file alone is left, and nothing says where sources are."""
    variables = checkout.root / "stacks/variables"
    aside = variables.rename(checkout.root / "aside")
    yield
    aside.rename(variables)


def test_an_up_after_a_down_that_was_not_completed_makes_all_of_it_again(
    checkout: Checkout, owners: list[Sdk]
) -> None:
    """The state still names what has gone: an `up` that believed it would find nothing to do."""
    up(checkout, "qa-3")
    locks = owners[0].locks.management_locks
    locks.create_or_update_by_scope(LAKE_CONTAINER, "keep", ManagementLockObject(level="CanNotDelete"))
    try:
        assert checkout.run("mayfly", "down", "qa-3").code == LEFTOVERS
    finally:
        locks.delete_by_scope(LAKE_CONTAINER, "keep")
    outputs = up(checkout, "qa-3")
    ids = inventory(owners, outputs)
    assert len(ids) == 5  # the group, an account, a factory, and a role on each side
    assert still_there(owners[0], ids) == ids
    assert down(checkout, "qa-3")["complete"]
    assert_gone(checkout, owners, "qa-3", outputs, ids)


@pytest.fixture(scope="module")
def length(checkout: Checkout) -> int:
    """How many requests a whole teardown makes; of the environment that had lost its state, made again."""
    up(checkout, "qa-1")
    log = RequestLog(checkout.state / "requests.jsonl")
    log.mark()
    down(checkout, "qa-1")
    return log.count()


def at(low: float, high: float) -> Moment:
    """After a request of this part of the way, drawn anew by each session."""
    part = random.uniform(low, high)
    return lambda log, length: log.count() >= part * length


def after_delete_of(type: str) -> Moment:
    """As soon as the cloud has accepted the deletion of such a thing."""
    return lambda log, _: bool(log.entries(method="DELETE", contains=f"/{type}/"))


MOMENTS: dict[str, Moment] = {
    "looking": at(0, 0.3),
    "revoking": after_delete_of("roleAssignments"),
    "deleting": lambda log, _: any("/providers/" not in one["path"] for one in log.entries(method="DELETE")),
    "asking again": at(0.7, 1),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_teardown_is_ended_by_the_next(
    moment: str, length: int, checkout: Checkout, owners: list[Sdk], log: RequestLog
) -> None:
    environment = f"qa-k{list(MOMENTS).index(moment)}"
    outputs = up(checkout, environment)
    ids = inventory(owners, outputs)
    log.mark()
    kill_when(lambda: MOMENTS[moment](log, length), checkout.start("mayfly", "down", environment))
    what = f"killed after {log.count()} requests, of {length} as a rule"
    receipt = down(checkout, environment)
    assert receipt["complete"], what
    assert_gone(checkout, owners, environment, outputs, ids)
    deleted = [entry["path"].lower() for entry in log.entries(method="DELETE") if entry["status"] < 300]
    assert deleted.count(outputs["resource_group_id"].lower()) == 1, what
    assert list(checkout.backend.rglob("locks/**/*.json")) == [], what


def kill_when(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """SIGKILL as soon as it comes to pass."""
    while not condition():
        try:
            process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        break
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    finish(process)
