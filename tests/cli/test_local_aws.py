"""What the account's owner gives on the local AWS: the documented policies, on the buckets that are there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import localcloud
from localcloud import ACCOUNT, REGION, Running
from mayfly.cli.local import aws, aws_policies, verbs
from mayfly.clouds.aws import Aws, permissions
from mayfly.clouds.aws.permissions.__main__ import documents
from mayfly.errors import BadInput
from mayfly.naming.aws import BOUNDARY, boundary_arn

LAKE = "flights-lake-123456789012"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("local") / "aws"
    try:
        yield localcloud.start(folder, "aws")
    finally:
        localcloud.stop(folder)


@pytest.fixture
def owner(running: Running) -> Iterator[Aws]:
    with Aws.from_environment(aws.variables(running, "owner"), REGION, ACCOUNT) as cloud:
        yield cloud


def attached(cloud: Aws, user: str = "deployer") -> dict[str, str]:
    iam = cloud.client("iam")
    found = iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
    versions = {
        policy["PolicyName"]: iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        for policy in found
    }
    return {
        name: json.dumps(
            iam.get_policy_version(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{name}", VersionId=version)[
                "PolicyVersion"
            ]["Document"]
        )
        for name, version in versions.items()
    }


def test_deployer_and_boundary_are_what_the_documentation_publishes(running: Running, owner: Aws) -> None:
    """The boundary is of all fabrics, and names their sources; the deployer's are of the ephemeral ones."""
    stale = aws_policies.put(owner, f"{permissions.DEPLOYER}-9", permissions.boundary(ACCOUNT, {}))
    owner.client("iam").attach_user_policy(UserName="deployer", PolicyArn=stale)
    for _ in range(2):
        aws.admit_deployer(running, ROOT, [])
    fabrics = aws_policies.fabrics(owner, ROOT)
    assert [fabric.name for fabric in fabrics] == ["awsdev", "awsprod", "awsqa"]
    documented = documents(ROOT, ["awsdev", "awsqa"], {})
    del documented[f"{permissions.BUCKET}{LAKE}"]
    given = attached(owner) | attached(owner, "janitor")
    assert {name: json.loads(text) for name, text in given.items()} | {
        BOUNDARY: documented[BOUNDARY]
    } == documented
    assert {*attached(owner)} & {*attached(owner, "janitor")} == {permissions.SOURCES}
    iam = owner.client("iam")
    boundary = iam.get_policy(PolicyArn=boundary_arn(ACCOUNT))["Policy"]
    assert boundary["DefaultVersionId"] == "v1", "what is the same is left as it is"
    found = iam.get_policy_version(PolicyArn=boundary_arn(ACCOUNT), VersionId="v1")["PolicyVersion"]
    assert found["Document"] == documents(ROOT, ["awsdev", "awsqa", "awsprod"], {})[BOUNDARY]
    assert LAKE in json.dumps(found["Document"])


def test_a_bucket_that_is_not_there_is_told(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no-such-lake: does not exist in the local cloud"):
        grant(running, monkeypatch, "arn:aws:s3:::no-such-lake/flights/")


def grant(running: Running, monkeypatch: pytest.MonkeyPatch, lake: str) -> None:
    """As `mayfly local grant`, where the source is another."""
    monkeypatch.setenv("MAYFLY_VAR_LAKE", lake)
    aws.admit_deployer(running, ROOT, verbs.named_sources(ROOT, os.environ, "aws"))


def test_production_says_once_that_environments_read(
    running: Running, owner: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, bucket = owner.client("s3"), "flights-lake"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket",
              "Resource": f"arn:aws:s3:::{bucket}"}  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    for _ in range(2):
        grant(running, monkeypatch, f"arn:aws:s3:::{bucket}/flights/")
    found = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    ours = permissions.production(bucket, ["flights/"], {ACCOUNT: ["awsdev-*", "awsprod", "awsqa-*"]})
    assert found["Statement"] == [theirs, *ours["Statement"]]
    assert json.loads(attached(owner)[permissions.SOURCES]) == permissions.deployer_sources([bucket])


def test_policies_are_brought_up_to_date_within_their_five_versions(owner: Aws) -> None:
    arns = {
        aws_policies.put(owner, "changing", {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": f"s3:Get{number}", "Resource": "*"}]})
        for number in range(8)
    }  # fmt: skip
    (arn,) = arns
    versions = owner.client("iam").list_policy_versions(PolicyArn=arn)["Versions"]
    assert len(versions) == 5
    assert {version["VersionId"]: version["IsDefaultVersion"] for version in versions} == {
        "v4": False, "v5": False, "v6": False, "v7": False, "v8": True,
    }  # fmt: skip


def test_the_sources_are_those_of_the_fabrics_on_aws() -> None:
    (source,) = verbs.named_sources(ROOT, {}, "aws")
    assert source == "arn:aws:s3:::flights-lake-123456789012/flights/"
