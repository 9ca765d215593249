"""What the function tells of a sweep. Whole sweeps: tests/acceptance/aws/test_aws_reaper.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mayfly.errors import Leftovers
from mayfly.listing import Listed, Listing
from mayfly.reaper import aws

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
Told = list[dict[str, Any]]


@pytest.fixture
def swept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[Listing], Told]:
    def run(listing: Listing) -> Told:
        monkeypatch.setattr("mayfly.entries.aws.AwsCloud.environments", lambda *_, **__: listing)
        aws.sweep(ROOT, NOW, tmp_path)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def row(**tags: str) -> Listed:
    known = {"mayfly-project": "mayfly", "mayfly-fabric": "awsqa"} | tags
    return Listed.of("aws", "awsqa-1", known, "mayfly-awsqa-1", "arn", place=("123456789012", "eu-west-1"))


def test_what_stays_is_told_with_the_reason(swept: Callable[[Listing], Told]) -> None:
    alive = {"mayfly-created-at": "2026-11-20T00:00:00Z", "mayfly-expires-at": "2026-11-27T00:00:00Z"}
    one, last = swept(Listing([row(**alive)]))
    assert one["environment"]["why"] == "expires at 2026-11-27T00:00:00Z (in 6d)"
    assert (last["environments"], last["outcomes"]) == (1, {})


def test_a_place_that_cannot_be_read_is_a_failed_call(swept: Callable[[Listing], Told]) -> None:
    with pytest.raises(Leftovers, match=r"roles of account 123456789012 could not be read: denied"):
        swept(Listing(unread={"roles of account 123456789012": "denied"}))
