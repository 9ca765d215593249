"""Policy documents: what is an environment's own, what is read elsewhere, and what is too much."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.aws import policies
from mayfly.proof.aws import documents

LAKE = "arn:aws:s3:::lake/flights/"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:/mayfly/qa-7/"
OWN = ["arn:aws:s3:::qa-7--", LOGS, "arn:aws:lambda:eu-west-1:123456789012:function:qa-7-"]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


def allow(action: object, resource: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_what_the_components_write_is_an_environments_own_and_reads() -> None:
    execution = json.loads(policies.execution([LAKE, "arn:aws:s3:::whole"], "qa-7--x", f"{LOGS}*"))
    assert documents.beyond(execution, OWN) == []
    assert documents.read(execution, OWN) == {("lake", "flights/"), ("whole", "")}
    schedules = json.loads(policies.scheduling([f"{OWN[2]}flights"]))
    assert documents.beyond(schedules, OWN) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::lake/*"),
        (["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::lake/*"),
        ("s3:Get*", "arn:aws:s3:::lake/*"),
        ("*", "*"),
        ("s3:GetObject", "*"),
        ("s3:GetObject", "arn:aws:s3:::*/*"),
        ("s3:GetObject", "arn:aws:s3:::lake*"),
        ("s3:PutObject", "arn:aws:s3:::qa-8--x/*"),
        ("s3:PutObject", ["arn:aws:s3:::qa-7--x/*", "arn:aws:s3:::qa-*/*"]),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:123456789012:function:payments-flights"),
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/other"),
    ],
)
def test_what_is_more_is_told(action: object, resource: object) -> None:
    (told,) = documents.beyond(document(allow(action, resource)), OWN)
    assert " on arn:" in told or told.endswith(" on *")


@pytest.mark.parametrize("key", ["NotAction", "NotResource"])
def test_all_but_something_is_too_much(key: str) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": LAKE, key: "x"}
    assert documents.beyond(document(statement), OWN) == [str(statement)]


def test_a_deny_is_no_permission_and_no_document_is_not_nothing() -> None:
    denied = {**allow("*", "*"), "Effect": "Deny"}
    assert documents.beyond(document(denied), OWN) == []
    assert documents.beyond({"Statement": denied}, OWN) == []
    assert documents.beyond("what is this", OWN)
    assert documents.trusted(None)


def test_a_bucket_that_is_named_with_more_than_reads_is_judged_too() -> None:
    wide = document(allow("s3:*", "arn:aws:s3:::lake/*"))
    assert documents.read(wide, OWN) == {("lake", "")}


def test_who_may_take_a_role() -> None:
    trust = json.loads(policies.trust(policies.SCHEDULER, "123456789012"))
    assert documents.trusted(trust) == ["scheduler.amazonaws.com of 123456789012"]
    assert documents.trusted(json.loads(policies.trust(policies.LAMBDA))) == ["lambda.amazonaws.com"]
    anybody = document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})
    assert documents.trusted(anybody) == [str(anybody["Statement"][0])]
    beside = json.loads(policies.trust(policies.LAMBDA))
    beside["Statement"][0]["Principal"]["AWS"] = "arn:aws:iam::999999999999:root"
    assert documents.trusted(beside) == [str(beside["Statement"][0])]
