"""The runs of functions are read from their logs, which the functions write, too."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from mayfly.clouds.aws import Aws
from mayfly.status import RunRecord
from mayfly.status.aws import _reports

NOW = datetime(2026, 11, 21, 4, 46, tzinfo=UTC)


def reports(*messages: str) -> list[RunRecord]:
    """The runs that a log with these lines has."""
    lines = [{"message": message, "timestamp": int(NOW.timestamp() * 1000)} for message in messages]
    logs = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: [{"events": []}, {"events": lines}])
    )
    cloud = cast(Aws, SimpleNamespace(client=lambda _: logs))
    return [*_reports(cloud, "awsqa-1", "/mayfly/awsqa-1/flights", NOW)]


def test_a_run_is_read_from_its_report() -> None:
    (found,) = reports(
        "REPORT RequestId: a-b\tDuration: 1500.5 ms\tBilled Duration: 1501 ms\tStatus: timeout"
    )
    assert (found.name, found.status, found.id) == ("flights", "timeout", "a-b")
    assert (found.started, found.ended) == ("2026-11-21T04:45:58.499Z", "2026-11-21T04:46:00.000Z")


@pytest.mark.parametrize("duration", ["1.2.3", ".", "9" * 400, "9" * 18])
def test_a_report_that_a_function_printed_itself_ends_no_status(duration: str) -> None:
    assert reports(f"REPORT RequestId: a-b\tDuration: {duration} ms\t") == []
