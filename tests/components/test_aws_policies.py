from __future__ import annotations

import json
from typing import Any

from components.aws import policies

LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:/mayfly/awsqa-142/*"


def execution(*sources: str) -> dict[str, dict[str, Any]]:
    """The statements of an execution role's policy, by their ids."""
    document = json.loads(policies.execution(sources, "mf--awsqa-142--flights-1a2b3c", LOGS))
    return {each["Sid"]: each for each in document["Statement"]}


def test_a_source_with_a_prefix_is_read_and_listed_below_it_alone() -> None:
    found = execution("arn:aws:s3:::lake/flights/")
    assert found["ReadSources"]["Resource"] == ["arn:aws:s3:::lake/flights/*"]
    assert found["ListSources1"]["Resource"] == ["arn:aws:s3:::lake"]
    assert found["ListSources1"]["Condition"] == {"StringLike": {"s3:prefix": ["flights/*"]}}
    assert "ListSources" not in found


def test_a_source_without_one_is_read_and_listed_whole() -> None:
    found = execution("arn:aws:s3:::lake")
    assert found["ReadSources"]["Resource"] == ["arn:aws:s3:::lake/*"]
    assert found["ListSources"]["Resource"] == ["arn:aws:s3:::lake"]


def test_sources_that_share_a_bucket_are_one_statement() -> None:
    found = execution(
        "arn:aws:s3:::lake/b/", "arn:aws:s3:::lake/a/", "arn:aws:s3:::other", "arn:aws:s3:::other/x/"
    )
    assert found["ListSources1"]["Condition"]["StringLike"]["s3:prefix"] == ["a/*", "b/*"]
    assert found["ListSources"]["Resource"] == ["arn:aws:s3:::other"]
    assert found["ReadSources"]["Resource"] == [
        "arn:aws:s3:::lake/a/*", "arn:aws:s3:::lake/b/*", "arn:aws:s3:::other/*",
    ]  # fmt: skip


def test_nothing_is_written_but_the_own_bucket_and_the_own_logs() -> None:
    reads = ("s3:Get", "s3:List")
    writers = [
        each
        for each in execution("arn:aws:s3:::lake/flights/").values()
        if not all(action.startswith(reads) for action in each["Action"])
    ]
    assert {resource for each in writers for resource in each["Resource"]} == {
        "arn:aws:s3:::mf--awsqa-142--flights-1a2b3c/*",
        LOGS,
    }
    assert {action for each in writers for action in each["Action"] if not action.startswith(reads)} == {
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


def test_without_sources_there_is_nothing_to_read_but_the_own_bucket() -> None:
    assert set(execution()) == {"ListOwn", "WriteOwn", "WriteLogs"}


def test_no_action_is_a_wildcard() -> None:
    assert "*" not in "".join(
        action for each in execution("arn:aws:s3:::lake").values() for action in each["Action"]
    )


def test_a_role_is_taken_on_by_its_service_and_for_its_account_alone() -> None:
    (functions,) = json.loads(policies.trust(policies.LAMBDA))["Statement"]
    (schedules,) = json.loads(policies.trust(policies.SCHEDULER, "123456789012"))["Statement"]
    assert functions["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "Condition" not in functions
    assert schedules["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
