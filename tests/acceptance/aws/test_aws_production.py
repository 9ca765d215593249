"""The permanent environment on AWS, made by its owner: nobody else may touch it."""

from __future__ import annotations

import json

from tests.support.aws_sdk import AwsSdk
from tests.support.checkout import Checkout, Finished


def test_production_publishes_what_others_use_and_is_not_destroyed(checkout: Checkout, owner: AwsSdk) -> None:
    checkout.run("pulumi", "stack", "select", "--create", "awsprod").ok()
    as_owner(checkout, "up", "--skip-preview").ok()
    bucket = checkout.run("pulumi", "stack", "output", "bucket", "--stack", "awsprod").ok().stdout.strip()
    parameter = owner.parameters.get_parameter(Name="/mayfly/awsprod/infrastructure")["Parameter"]
    published = json.loads(parameter["Value"])
    assert (published["bucket"], published["boundary_arn"]) == (
        bucket,
        "arn:aws:iam::123456789012:policy/mayfly-boundary",
    )
    assert published["functions"]["flights"]["timeout"] == 300
    assert owner.schedules.get_schedule(Name="awsprod-flights")["State"] == "ENABLED"
    assert owner.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    as_owner(checkout, "up", "--skip-preview", "--expect-no-changes").ok()
    there = owner.everything()
    assert checkout.run("pulumi", "up", "--stack", "awsprod", "--yes", "--skip-preview").code != 0
    refused = as_owner(checkout, "destroy", "--skip-preview")
    assert refused.code != 0
    assert "protected" in refused.stdout + refused.stderr
    assert owner.everything() == there


def as_owner(checkout: Checkout, verb: str, *options: str) -> Finished:
    """A verb on production's stack, which is not the pull requests' deployer's."""
    return checkout.run("pulumi", verb, "--stack", "awsprod", "--yes", *options, principal="owner")
