"""What a smoke run's report says, and how an owner's variables are read."""

from __future__ import annotations

from datetime import UTC, datetime

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
