"""The policies as data. What they come to is seen on the local AWS, in test_aws_on_local_cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mayfly.clouds.aws import permissions
from mayfly.clouds.aws.permissions.assembled import near_quotas
from mayfly.clouds.aws.statements import LONGEST_BUCKET_POLICY, LONGEST_POLICY

ACCOUNT, REGION = "123456789012", "eu-west-1"
STAGES = {ACCOUNT: ["qa-*"]}


def deployer(*fabrics: str) -> dict[str, Any]:
    return permissions.deployer(ACCOUNT, REGION, [permissions.stage(fabric) for fabric in fabrics])


def length(document: dict[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")))


def statement(document: dict[str, Any], sid: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["Statement"] if one["Sid"] == sid)
    return found


def test_a_fabric_s_deployer_and_the_boundary_each_fit_in_a_managed_policy() -> None:
    stage = permissions.stage("abcdefghij")
    assert length(permissions.deployer(ACCOUNT, "ap-southeast-2", [stage])) <= LONGEST_POLICY
    assert (
        length(permissions.boundary(ACCOUNT, {f"flights-lake-{n:012}": ["flights/"] for n in range(30)}))
        <= LONGEST_POLICY
    )
    prefixes = [f"a/long/prefix/{number}/" for number in range(50)]
    stages = {number * 12: ["qa-*", "dev-*"] for number in "123"}
    assert length(permissions.production("lake", prefixes, stages)) <= LONGEST_BUCKET_POLICY


def test_more_fabrics_take_more_policies_that_say_the_same() -> None:
    whole = deployer("awsdev", "awsqa", "awstest")
    parts = permissions.split(whole)
    assert len(parts) > 1
    assert all(length(part) <= LONGEST_POLICY for part in parts)
    assert [one for part in parts for one in part["Statement"]] == whole["Statement"]
    with pytest.raises(ValueError, match="OwnAwsdev is longer"):
        permissions.split(whole, 1000)


def test_no_two_statements_have_one_sid() -> None:
    whole = permissions.deployer(ACCOUNT, REGION, ["qa-*", "dev-*", "prod"], ["prod"])
    for document in (
        whole,
        permissions.boundary(ACCOUNT, {}),
        permissions.production("lake", ["a/"], STAGES),
    ):
        sids = [one["Sid"] for one in document["Statement"]]
        assert len({*sids}) == len(sids)
        assert all(sid.isalnum() for sid in sids)


@pytest.mark.parametrize("stage", ["*", "", "qa*", "QA-*", "qa-**", "q?-*"])
def test_a_stage_that_would_be_more_than_one_is_refused(stage: str) -> None:
    with pytest.raises(ValueError, match="is no stage"):
        permissions.deployer(ACCOUNT, REGION, [stage])


def test_a_permanent_stage_is_that_environment_alone() -> None:
    document = permissions.deployer(ACCOUNT, REGION, [permissions.stage("prod", permanent=True)])
    assert statement(document, "OwnProd")["Resource"] == sorted(
        [
            "arn:aws:s3:::mf--prod--*",
            f"arn:aws:iam::{ACCOUNT}:role/mayfly/prod/*",
            f"arn:aws:iam::{ACCOUNT}:policy/mayfly/prod/*",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:mf--prod--*",
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mayfly/prod/*",
            f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/*/prod-*",
            f"arn:aws:resource-groups:{REGION}:{ACCOUNT}:group/mayfly-prod",
            f"arn:aws:resource-groups:{REGION}:{ACCOUNT}:group/mayfly-prod/*",
            f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mayfly/prod/*",
        ]
    )


def test_only_what_can_name_nothing_is_allowed_on_everything() -> None:
    """On `*`: lists, the account's numbers, and what a condition restricts."""
    whole = permissions.deployer(ACCOUNT, REGION, ["qa-*"])
    wide = [one for one in whole["Statement"] if one["Effect"] == "Allow" and one["Resource"] == "*"]
    assert {one["Sid"] for one in wide if "Condition" not in one} == {"Look", "Count"}
    numbers = {"iam:GetAccountSummary", "lambda:GetAccountSettings", "servicequotas:GetServiceQuota"}
    assert {*statement(whole, "Count")["Action"]} == numbers
    listed = statement(whole, "Look")["Action"]
    assert all(action.partition(":")[2].startswith(("List", "Describe", "Get")) for action in listed)
    assert not any(action.startswith(("s3:Get", "ssm:Get", "lambda:Get", "iam:Get")) for action in listed)


def test_nothing_is_granted_that_writes_objects_or_gives_functions_to_others() -> None:
    allowed = {
        action for one in deployer("qa")["Statement"] if one["Effect"] == "Allow" for action in one["Action"]
    }
    assert not allowed & {"*", "s3:*", "iam:*", "lambda:*", "s3:PutObject", "s3:Put*", "iam:AttachRolePolicy"}
    assert not any(action.startswith(("lambda:Add", "lambda:CreateFunctionUrl")) for action in allowed)


def test_production_s_statements_take_the_place_of_older_ones_and_of_no_others() -> None:
    theirs = {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "x"}
    first = permissions.merged(
        {"Version": "2012-10-17", "Id": "kept", "Statement": theirs},
        permissions.production("lake", ["old/"], STAGES),
    )
    ours = permissions.production("lake", ["new/"], STAGES)
    second = permissions.merged(first, ours)
    assert second == {"Version": "2012-10-17", "Id": "kept", "Statement": [theirs, *ours["Statement"]]}
    assert permissions.merged(second, ours) == second
    assert permissions.merged(None, ours) == ours


def test_a_whole_bucket_has_no_statements_about_prefixes() -> None:
    sids = [one["Sid"] for one in permissions.production("lake", ["", "a/"], STAGES)["Statement"]]
    assert sids == ["MayflyRead", "MayflyLook", "MayflyNothingElse", "MayflyNoOtherStage"]


def test_a_stage_is_every_environment_of_a_fabric_or_the_permanent_one() -> None:
    assert (permissions.stage("qa"), permissions.stage("prod", permanent=True)) == ("qa-*", "prod")


def test_what_infrastructure_publishes_is_seen_where_some_is_named_alone() -> None:
    assert "SeePublished" not in {one["Sid"] for one in deployer("qa")["Statement"]}


def test_parts_are_as_long_as_may_be_and_no_longer() -> None:
    statements = [{"Sid": letter, "Effect": "Deny"} for letter in "abcd"]
    whole = {"Version": "2012-10-17", "Statement": statements}
    two = length({**whole, "Statement": statements[:2]})
    one = length({**whole, "Statement": statements[:1]})
    assert [len(part["Statement"]) for part in permissions.split(whole, two)] == [2, 2]
    assert [len(part["Statement"]) for part in permissions.split(whole, two - 1)] == [1] * 4
    assert len(permissions.split(whole, one)) == 4
    with pytest.raises(ValueError, match=f"^the statement a is longer than {one - 1} characters$"):
        permissions.split(whole, one - 1)


def of(characters: int) -> dict[str, Any]:
    """A policy of so many characters."""
    empty: dict[str, Any] = {"Version": "2012-10-17", "Statement": [""]}
    return {**empty, "Statement": ["x" * (characters - length(empty))]}


def test_what_is_nearly_as_long_as_aws_takes_is_told() -> None:
    """A part of the deployer's policy is as long as it can be, and says nothing."""
    fine = {"mayfly-boundary": of(5529), "bucket-lake": of(18432), "mayfly-deployer-1": of(6144)}
    assert [*near_quotas(fine)] == []
    near = {"mayfly-boundary": of(5530), "mayfly-deployer-sources": of(6000), "bucket-lake": of(18433)}
    assert [*near_quotas(near)] == [
        "mayfly-boundary has 5530 of at most 6144 characters",
        "mayfly-deployer-sources has 6000 of at most 6144 characters",
        "bucket-lake has 18433 of at most 20480 characters",
    ]


def test_nearly_as_many_policies_as_a_role_takes_are_told() -> None:
    parts = {f"mayfly-deployer-{number}": of(100) for number in range(8)}
    assert [*near_quotas({**parts, "mayfly-boundary": of(100), "bucket-lake": of(100)})] == []
    assert [*near_quotas({**parts, "mayfly-deployer-sources": of(100)})] == [
        "the deployer has 9 policies, and a role takes 10 unless AWS raises that"
    ]
