"""Environments on AWS that are killed half-way, or whose Pulumi state is lost, end in the same place."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from localcloud import ACCOUNT, REGION
from mayfly.clouds.aws import Aws
from tests.support.aws_sdk import AwsSdk
from tests.support.aws_traces import traces
from tests.support.checkout import Checkout, finish
from tests.support.moments import wait_for
from tests.support.request_log import RequestLog
from tests.teardown.aws.world import Built

REQUESTS = {"up": 66, "down": 89}
"""About how many each verb makes when nobody stops it."""
SURELY = 0.7
"""The part of them that it makes in any case."""


def down(checkout: Checkout, environment: str, code: int = 0) -> dict[str, Any]:
    """Tear it down to the end; the receipt. code: the exit code."""
    ended = checkout.run("mayfly", "down", environment, "--json")
    assert ended.code == code, ended
    receipt: dict[str, Any] = ended.json()["receipt"]
    return receipt


@contextmanager
def without_workload(checkout: Checkout) -> Iterator[None]:
    """As if the branch had gone: the settings name a folder that is not there, and a teardown reads none."""
    examples = checkout.root / "examples"
    aside = examples.rename(checkout.root / "aside")
    yield
    aside.rename(examples)


@pytest.fixture(scope="module")
def neighbour(checkout: Checkout) -> Iterator[Built]:
    """What another project has under the very name of ours, made by the account's owner."""
    with Aws.from_environment(checkout.environ("owner"), REGION, ACCOUNT) as cloud:
        built = Built(cloud, "awsqa-9", project="another")
        built.bucket(full=True)
        built.log_group("theirs")
        built.function("theirs", built.role())
        yield built


def test_without_state_the_clouds_own_tags_are_enough_and_anothers_things_stay(
    checkout: Checkout, owner: AwsSdk, neighbour: Built
) -> None:
    before = owner.everything()
    assert len(traces(owner, "awsqa-9")) >= len(neighbour.arns)
    checkout.run("mayfly", "up", "awsqa-9").ok()
    made = owner.everything() - before
    checkout.forget_state("awsqa-9")
    told = checkout.run("mayfly", "up", "awsqa-9")
    assert (told.code, "`mayfly down awsqa-9`" in told.stderr) == (1, True)
    with without_workload(checkout):
        receipt = down(checkout, "awsqa-9", code=4)
    assert (receipt["complete"], receipt["known_from"], receipt["stack_removed"]) == (
        False,
        ["tags", "settings"],
        False,
    )
    (role,) = [arn for arn in neighbour.arns if ":role/" in arn]
    assert [one["thing"]["id"] for one in receipt["remains"]] == [role], "under the path that is ours alone"
    assert len(receipt["gone"]) == len(made) == 10
    assert owner.everything() == before
    again = down(checkout, "awsqa-9", code=4)
    assert (again["complete"], again["was"]) == (False, [])


def requests(checkout: Checkout) -> RequestLog:
    """The request log from now on."""
    log = RequestLog(checkout.root / ".mayfly/aws/requests.jsonl")
    log.mark()
    return log


@pytest.mark.parametrize("part", [(0.0, 0.5), (0.4, 1.0)], ids=["early", "late"])
def test_a_killed_verb_is_ended_by_the_next(
    part: tuple[float, float], checkout: Checkout, owner: AwsSdk
) -> None:
    """Each is killed after a part of its requests, drawn anew by each session, and run again."""
    before, environment = owner.everything(), f"awsqa-k{int(10 * part[0])}"
    for verb, length in REQUESTS.items():
        moment = random.uniform(*part)
        killed = kill_after(moment * length, checkout, verb, environment)
        assert killed or moment > SURELY, f"{verb} was not killed after {moment:.3f} of its requests"
        ended = checkout.run("mayfly", verb, environment, "--json")
        assert ended.code == 0, f"{verb} was killed after {moment:.3f} of its requests\n{ended}"
    assert ended.json()["receipt"]["complete"]
    assert owner.everything() == before
    assert traces(owner, environment) == set()
    stacks = checkout.run("pulumi", "stack", "ls", "--json").ok().json()
    assert environment not in [stack["name"] for stack in stacks]
    assert list(checkout.backend.rglob("locks/**/*.json")) == []


def kill_after(count: float, checkout: Checkout, verb: str, environment: str) -> bool:
    """SIGKILL a verb as soon as it has made so many requests; False when it came to its end before that."""
    log, process = requests(checkout), checkout.start("mayfly", verb, environment)
    wait_for(lambda: log.count() >= count, process)
    alive = process.poll() is None
    if alive:
        os.kill(process.pid, signal.SIGKILL)
    finish(process)
    return alive
