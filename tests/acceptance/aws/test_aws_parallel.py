"""Environments on AWS at once, by a process each from one checkout (ten of them are made on Azure)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.aws_sdk import AwsSdk
from tests.support.aws_traces import tagged, traces
from tests.support.checkout import Checkout
from tests.support.comments import told
from tests.support.receipts import wrong
from tests.support.request_log import RequestLog

SHORTER = f"awsqa-p{'x' * 37}"
LONGER = f"{SHORTER}-1"
"""The one's name is what the other's begins with, and this is as long as an environment's may be."""
NAMES = [*(f"awsqa-p{number}" for number in range(4)), SHORTER, LONGER]

Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def log(checkout: Checkout) -> RequestLog:
    """The request log of all this."""
    found = RequestLog(checkout.root / ".mayfly/aws/requests.jsonl")
    found.mark()
    return found


@pytest.fixture(scope="module")
def before(owner: AwsSdk) -> set[str]:
    """All that there is without them."""
    return owner.everything()


@pytest.fixture(scope="module")
def environments(checkout: Checkout, log: RequestLog, before: set[str]) -> dict[str, Outputs]:
    """All, made at once and run at once: name to outputs."""
    made = {name: done.json() for name, done in checkout.at_once("up", NAMES).items()}
    ran = checkout.at_once("run", NAMES, "reference")
    assert {done.json()["run"]["status"] for done in ran.values()} == {"Succeeded"}
    said = {told(name, up=made[name], run=ran[name].json()) for name in NAMES}
    assert said == {"✅ is up and ran its workload"}
    return {name: document["outputs"] for name, document in made.items()}


def test_the_longest_names_fill_a_buckets(environments: dict[str, Outputs]) -> None:
    assert len(LONGER) == len("awsqa-") + 40
    assert {len(environments[name]["bucket"]) for name in (SHORTER, LONGER)} == {63}


def test_each_is_listed_and_has_resources_of_its_own(
    environments: dict[str, Outputs], owner: AwsSdk, checkout: Checkout
) -> None:
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    assert {each["environment"] for each in listed} >= {*NAMES}
    for output in ("bucket", "role_arn", "resource_group"):
        assert len({outputs[output] for outputs in environments.values()}) == len(NAMES)
    for name, outputs in environments.items():
        assert f"tagged arn:aws:s3:::{outputs['bucket']}" in tagged(owner, name)
        for arn in outputs["functions"].values():
            assert f"tagged {arn}" in tagged(owner, name)


def test_each_wrote_into_its_own_bucket_and_nowhere_else(
    environments: dict[str, Outputs], log: RequestLog
) -> None:
    writers = {outputs["role_arn"].rpartition("/")[2]: outputs for outputs in environments.values()}
    written = [entry for entry in log.entries() if entry["operation"] == "PutObject"]
    assert {entry["principal"] for entry in written} == {*writers}
    for entry in written:
        bucket = writers[entry["principal"]]["bucket"]
        assert entry["path"].startswith(f"/{bucket}/curated/"), entry


def test_one_that_goes_takes_nothing_of_the_one_whose_name_goes_on(
    environments: dict[str, Outputs], owner: AwsSdk, checkout: Checkout, before: set[str]
) -> None:
    there, neighbours = owner.everything(), traces(owner, LONGER)
    checkout.run("mayfly", "down", SHORTER).ok()
    assert traces(owner, LONGER) == neighbours
    gone = there - owner.everything()
    assert gone == {each for each in there - before if SHORTER in each and LONGER not in each}
    assert len(gone) == 10


def test_all_go_at_once_and_nothing_is_left(
    environments: dict[str, Outputs], owner: AwsSdk, checkout: Checkout, before: set[str]
) -> None:
    ended = {name: done.json() for name, done in checkout.at_once("down", NAMES).items()}
    assert {told(name, down=document) for name, document in ended.items()} == {"✅ is gone"}
    receipts = {name: document["receipt"] for name, document in ended.items()}
    assert all(receipt["complete"] for receipt in receipts.values())
    assert [problem for receipt in receipts.values() for problem in wrong(json.dumps(receipt))] == []
    assert owner.everything() == before
    assert [name for name in NAMES if traces(owner, name)] == []
    stacks = checkout.run("pulumi", "stack", "ls", "--json").ok().json()
    assert {stack["name"] for stack in stacks} & {*NAMES} == set()
    assert list((checkout.root / "stacks").glob("Pulumi.awsqa-p*.yaml")) == []
