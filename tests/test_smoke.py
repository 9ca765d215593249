"""What a smoke run's report says, and how an owner's variables are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mayfly.errors import BadInput
from smoke.__main__ import two_principals
from smoke.aws import AwsPlace
from smoke.commands import variables
from smoke.report import Finding, masked, page

STARTED = datetime(2026, 11, 21, tzinfo=UTC)


def test_an_owners_variables_change_the_shells() -> None:
    text = "# the owner's\nexport ARM_CLIENT_ID='o w'\nAWS_PROFILE=owner\nunset ARM_OIDC_TOKEN\n"
    environ = {"ARM_OIDC_TOKEN": "t", "HOME": "/home/me", "ARM_CLIENT_ID": "deployer"}
    assert variables(text, environ) == {"HOME": "/home/me", "ARM_CLIENT_ID": "o w", "AWS_PROFILE": "owner"}


def test_a_report_numbers_ids_and_names_none() -> None:
    subscription, account = "6d617966-6c79-4000-8000-0000000000b0", "123456789012"
    said = masked(f"/subscriptions/{subscription}/x arn:aws:iam::{account}:role/y {subscription.upper()}")
    assert said == "/subscriptions/<id 1>/x arn:aws:iam::<account 2>:role/y <id 1>"


def test_a_report_names_no_folder_of_its_author() -> None:
    assert masked(f"{Path.cwd()}/smoke/steps.py {Path.home()}/x") == "./smoke/steps.py ~/x"


def test_a_report_tells_what_is_not_as_expected_and_what_a_reader_has_to_say() -> None:
    findings = [
        Finding("up", "how long", "exit 0", "exit 0", ok=True, seconds=2.04, raw=["$ mayfly up qa-1"]),
        Finding("prove", "the answers", "exit 0", "exit 1", ok=False),
        Finding("refusals in the trail", "rights", "read them", "none"),
    ]
    lines = page("A first run", STARTED, findings).splitlines()
    assert "| ok | up | exit 0 | exit 0 | 2.0 |" in lines
    assert "| NO | prove | exit 0 | exit 1 | 0.0 |" in lines
    assert "| read it | refusals in the trail | read them | none | 0.0 |" in lines
    assert "$ mayfly up qa-1" in lines


class Trail:
    """What CloudTrail has of one region. caller: ARN of whoever asks."""

    def __init__(self, caller: str, events: list[dict[str, Any]]) -> None:
        self.caller, self.events = caller, events

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": self.caller}

    def get_paginator(self, _: str) -> Trail:
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        return [{"Events": [{"CloudTrailEvent": json.dumps(event)} for event in self.events]}]


def refused(session: str, name: str) -> dict[str, Any]:
    return {
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "errorCode": "AccessDenied",
        "userIdentity": {"arn": f"arn:aws:sts::123456789012:assumed-role/{session}"},
    }


def test_the_trail_is_read_where_iam_is_and_whatever_a_session_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each verb is a process, which assumes the role in a session of its own."""
    events = {
        "eu-west-1": [refused("deployer/verb", "PutParameter")],
        "us-east-1": [refused("deployer/other", "CreateRole"), refused("another/x", "DeleteRole")],
    }

    def of(_: object, __: object, region: str = "") -> Any:
        trail = Trail("arn:aws:sts::123456789012:assumed-role/deployer/smoke", events[region or "eu-west-1"])
        return SimpleNamespace(region="eu-west-1", client=lambda _: trail)

    monkeypatch.setattr(AwsPlace, "_as", of)
    settings: Any = None
    said = AwsPlace({}, {}, settings, "awsqa-1").denied(10).splitlines()
    assert said[0].startswith("2 refusals")
    assert said[1:] == [
        "iam.amazonaws.com PutParameter: AccessDenied",
        "iam.amazonaws.com CreateRole: AccessDenied",
    ]


def test_an_owner_who_is_the_deployer_is_refused() -> None:
    """As with an owner's AWS_PROFILE beside the shell's keys, or an AZURE_CONFIG_DIR, unseen by `az`."""
    place: Any = SimpleNamespace(who=lambda: ("one", "one"))
    with pytest.raises(BadInput, match="its variables sign in the deployer, one"):
        two_principals(place)
    place = SimpleNamespace(who=lambda: ("one", "another"))
    two_principals(place)
