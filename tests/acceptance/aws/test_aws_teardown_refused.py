"""What no teardown on AWS touches, what it cannot remove, and that it says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import localcloud
from localcloud import ACCOUNT, REGION
from localcloud.aws.admin import throttled
from mayfly.clouds.aws import Aws
from tests.support import aws_bucket
from tests.support.aws_sdk import AwsSdk
from tests.support.aws_traces import traces
from tests.support.checkout import Checkout, Finished, finish
from tests.support.moments import wait_for
from tests.support.refusals import Files
from tests.support.request_log import Entry, RequestLog
from tests.teardown.aws.world import Built

ENVIRONMENT = "awsqa-kept"
KEPT = "curated/kept.csv"
NONE_PASSES = 0.5
"""Requests a second; a limit's bucket never holds a whole one of them."""
NOT_ALLOWED, LEFTOVERS = 3, 4

Outputs = dict[str, Any]


@pytest.fixture
def files(checkout: Checkout) -> Iterator[Files]:
    """The project's files; what a test changes is as it was after it."""
    found = Files(checkout.root)
    yield found
    found.restore()


def refused(done: Finished, *words: str) -> None:
    """It ended with "not allowed", and says why in one plain message, without a receipt."""
    assert (done.code, done.stdout) == (NOT_ALLOWED, ""), done
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def changes(log: RequestLog) -> list[str]:
    """The operations so far that were more than a look."""
    made = [str(entry["operation"]) for entry in log.entries()]
    return [each for each in made if not each.startswith(("Get", "List", "Head", "Describe"))]


@pytest.mark.parametrize("principal", ["deployer", "owner"])
def test_production_is_refused_to_anybody_and_nobody_is_asked(
    checkout: Checkout, log: RequestLog, principal: str
) -> None:
    refused(checkout.run("mayfly", "down", "awsprod", principal=principal), "awsprod is permanent")
    assert log.entries() == []


def test_another_projects_environment_is_left_alone(
    checkout: Checkout, owner: AwsSdk, log: RequestLog
) -> None:
    with Aws.from_environment(checkout.environ("owner"), REGION, ACCOUNT) as cloud:
        Built(cloud, "awsqa-theirs", project="another").all_of_it()
    there = owner.everything()
    log.mark()
    refused(checkout.run("mayfly", "down", "awsqa-theirs"), "awsqa-theirs", "the project 'another'")
    up = checkout.run("mayfly", "up", "awsqa-theirs")
    assert (up.code, "it is of 'another'" in up.stderr) == (2, True)
    assert changes(log) == []
    assert owner.everything() == there


@pytest.fixture(scope="module")
def outputs(checkout: Checkout, owner: AwsSdk) -> Outputs:
    """An environment with an object that its bucket's policy lets nobody delete."""
    made: Outputs = checkout.run("mayfly", "up", ENVIRONMENT, "--json").ok().json()["outputs"]
    bucket = made["bucket"]
    owner.s3.put_object(Bucket=bucket, Key=KEPT, Body=b"evidence")
    aws_bucket.put_versions(owner, bucket, markers=aws_bucket.A_CALL)
    policy = json.loads(owner.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    hold = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject*"}
    policy["Statement"].append({**hold, "Resource": f"arn:aws:s3:::{bucket}/{KEPT}"})
    owner.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return made


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("stacks/fabrics/awsqa.yaml", f'account: "{ACCOUNT}"', 'account: "999999999999"'), "999999999999"),
        ((), "InvalidClientTokenId"),
    ],
    ids=["another account", "a stranger"],
)
def test_who_is_not_in_its_account_is_never_told_that_it_is_gone(
    outputs: Outputs, checkout: Checkout, owner: AwsSdk, files: Files, change: tuple[str, ...], told: str
) -> None:
    there = owner.everything()
    key = checkout.environ("deployer")["AWS_ACCESS_KEY_ID"] if change else "AKIA2222222222222222"
    if change:
        files.change(*change)
    done = checkout.run("mayfly", "down", ENVIRONMENT, AWS_ACCESS_KEY_ID=key)
    assert (done.code in (1, NOT_ALLOWED), done.stdout) == (True, ""), done
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert owner.everything() == there


def test_what_cannot_go_is_named_and_ends_with_leftovers(
    outputs: Outputs, checkout: Checkout, owner: AwsSdk
) -> None:
    done = checkout.run("mayfly", "down", ENVIRONMENT, "--json")
    assert done.code == LEFTOVERS, done
    receipt = done.json()["receipt"]
    assert (receipt["complete"], receipt["stack_removed"]) == (False, False)
    bucket, group = receipt["remains"]
    assert bucket["thing"]["id"] == f"arn:aws:s3:::{outputs['bucket']}"
    assert "AccessDenied" in bucket["why"]
    assert KEPT in bucket["why"]
    assert group["thing"]["type"] == "AWS::ResourceGroups::Group"
    assert traces(owner, ENVIRONMENT) == {
        f"bucket {outputs['bucket']}",
        f"tagged {bucket['thing']['id']}",
        f"tagged {group['thing']['id']}",
        f"group {outputs['resource_group']}",
    }
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    assert ENVIRONMENT in [each["environment"] for each in listed]


def test_the_rest_goes_later_though_aws_throttles(
    outputs: Outputs, checkout: Checkout, owner: AwsSdk, log: RequestLog
) -> None:
    """The last of it: what held it is gone."""
    owner.s3.delete_bucket_policy(Bucket=outputs["bucket"])
    running = localcloud.status(checkout.root / ".mayfly/aws")
    with throttled(running, "s3", NONE_PASSES, ["DeleteObjects"]):
        process = checkout.start("mayfly", "down", ENVIRONMENT, "--json")
        wait_for(lambda: len(slowed_down(log)) >= 2, process)
    receipt = finish(process).ok().json()["receipt"]
    assert (receipt["complete"], receipt["stack_removed"]) == (True, True)
    assert {entry["operation"] for entry in slowed_down(log)} == {"DeleteObjects"}
    assert traces(owner, ENVIRONMENT) == set()


def slowed_down(log: RequestLog) -> list[Entry]:
    """The requests that were one too many."""
    return [entry for entry in log.entries() if entry["status"] == 503]
