"""Schedules: what EventBridge Scheduler takes, and what it would refuse at the end of an `up`."""

from __future__ import annotations

import pytest

from mayfly.settings.invalid import InvalidValue
from mayfly.workload.functions.rules import schedule


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 hours)",
        "rate(5 minutes)",
        "rate(1 day)",
        "at(2026-11-21T04:46:00)",
        "cron(0 6 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(15,45 10 L * ? 2026-2030)",
        "cron(0 0 15W * ? *)",
        "cron(0 0 LW JAN,jul ? *)",
        "cron(0 0 ? * 6L *)",
        "cron(0 0 ? * MON#1 *)",
        "cron(*/10 * 1-31/2 * ? *)",
    ],
)
def test_what_the_scheduler_takes(expression: str) -> None:
    assert schedule(expression) == expression


@pytest.mark.parametrize(
    ("expression", "what", "fix"),
    [
        ("0 6 * * *", "is not a schedule", "cron(0 6 * * ? *)"),
        ("cron (0 6 * * ? *)", "is not a schedule", "cron(0 6"),
        ("rate(0 hours)", "is not a rate", "rate(<number> minutes)"),
        ("rate(1 weeks)", "is not a rate", "hours or days"),
        ("rate(1hours)", "is not a rate", "rate(<number> minutes)"),
        ("at(2026-13-01T00:00:00)", "is not a time", "at(yyyy-mm-ddThh:mm:ss)"),
        ("at(2026-11-21T04:46:00Z)", "is not a time", "at(yyyy"),
        ("cron(0 6 * * *)", "has 5 fields", "six fields"),
        ("cron(60 6 * * ? *)", "the minutes '60' are unknown", "0 to 59"),
        ("cron(0 24 * * ? *)", "the hours '24'", "0 to 23"),
        ("cron(0 6 0 * ? *)", "the day-of-month '0'", "1 to 31"),
        ("cron(0 6 * 13 ? *)", "the month '13'", "1 to 12"),
        ("cron(0 6 ? * 0 *)", "the day-of-week '0'", "1 to 7"),
        ("cron(0 6 * * ? 1969)", "the year '1969'", "1970 to 2199"),
        ("cron(0 6 * * * *)", "day-of-month and day-of-week are * and *", "the other is ?"),
        ("cron(0 6 ? * ? *)", "day-of-month and day-of-week are ? and ?", "one of them says when"),
    ],
)
def test_what_it_would_refuse(expression: str, what: str, fix: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        schedule(expression)
    assert what in refused.value.what
    assert fix in refused.value.fix
