"""A schedule needs a role that allows what it does, as on AWS. MiniStack does not check.

Source: EventBridge Scheduler User Guide, "Setting up the execution role".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.aws.gate import conditions, emulator, sessions

ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}
"""The action that the role has to allow, by the target's service."""

LOOK_SECONDS = 1
"""How often due schedules are looked for. MiniStack's ten seconds are too long for a test."""


def install() -> None:
    """Change MiniStack's scheduler."""
    emulator.scheduler._SCHEDULE_TICK_INTERVAL = LOOK_SECONDS
    emulator.eventbridge._invoke_target = _if_allowed(emulator.eventbridge._invoke_target)


def _if_allowed(invoke: Any) -> Any:
    """Check a schedule's role. A rule of EventBridge has none."""

    def invoke_target(target: Any, event: Any, rule: Any, *rest: Any) -> None:
        if not rule.get("Arn", "").startswith("arn:aws:scheduler:") or _allowed(rule["Arn"], target):
            invoke(target, event, rule, *rest)

    return invoke_target


def _allowed(schedule: str, target: Mapping[str, str]) -> bool:
    """Whether the schedule's role is there, trusts the scheduler, and may do it to the target."""
    arn, role = target["Arn"], target["RoleArn"]
    _, _, service, region, *_ = arn.split(":")
    if service not in ACTIONS or not conditions.trusts(role, "scheduler.amazonaws.com"):
        return False
    key = sessions.of(role, schedule, "scheduler")["AWS_ACCESS_KEY_ID"]
    return emulator.evaluator.enforce(key, ACTIONS[service], service, region, arn) is None
