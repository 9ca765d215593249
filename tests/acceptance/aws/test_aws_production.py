"""The permanent environment on AWS, made by its owner: nobody takes it away, and nobody else changes it."""

from __future__ import annotations

import json
from typing import Any

from tests.support.aws_sdk import AwsSdk, changes
from tests.support.checkout import Checkout, Finished
from tests.support.request_log import RequestLog

NOT_ALLOWED = 3


def test_it_keeps_versions_runs_by_itself_and_publishes_what_others_use(
    production: dict[str, Any], owner: AwsSdk
) -> None:
    bucket = production["bucket"]
    parameter = owner.parameters.get_parameter(Name="/mayfly/awsprod/infrastructure")["Parameter"]
    published = json.loads(parameter["Value"])
    assert (published["bucket"], published["boundary_arn"]) == (
        bucket,
        "arn:aws:iam::123456789012:policy/mayfly-boundary",
    )
    assert published["functions"]["flights"]["timeout"] == 300
    assert owner.schedules.get_schedule(Name="awsprod-flights")["State"] == "ENABLED"
    assert owner.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = owner.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert "Expiration" not in rule
    assert "mayfly-expires-at" not in owner.group_tags(production["resource_group"])


def test_a_second_up_changes_nothing(production: dict[str, Any], checkout: Checkout, log: RequestLog) -> None:
    update(checkout, "up", "--refresh", "--expect-no-changes").ok()
    assert changes(log) == []


def test_nothing_takes_it_away(
    production: dict[str, Any], checkout: Checkout, owner: AwsSdk, log: RequestLog
) -> None:
    refused = update(checkout, "destroy")
    assert refused.code != 0
    assert "because it is protected" in refused.stdout + refused.stderr
    down = checkout.run("mayfly", "down", "awsprod", principal="owner")
    assert (down.code, "awsprod is permanent" in down.stderr) == (NOT_ALLOWED, True), down
    assert changes(log) == []


def test_the_environments_deployer_may_not_change_it(
    production: dict[str, Any], checkout: Checkout, log: RequestLog
) -> None:
    refused = update(checkout, "up", principal="deployer")
    assert refused.code != 0
    assert "AccessDenied" in refused.stdout + refused.stderr
    assert changes(log) == []


def update(checkout: Checkout, verb: str, *options: str, principal: str = "owner") -> Finished:
    """A verb on production's stack."""
    flags = ("--stack", "awsprod", "--yes", "--skip-preview")
    return checkout.run("pulumi", verb, *flags, *options, principal=principal)
