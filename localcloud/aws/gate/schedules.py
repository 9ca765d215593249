"""A schedule that is due is asked for what AWS asks it for: a role that may do it. MiniStack asks nobody.

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
"""What the role has to be allowed, by the target's service."""

LOOK_SECONDS = 1
"""How often it is looked what is due: MiniStack's ten seconds are more than a test has."""


def install() -> None:
    """Put it where MiniStack does what is due."""
    emulator.scheduler._SCHEDULE_TICK_INTERVAL = LOOK_SECONDS
    emulator.eventbridge._invoke_target = _if_allowed(emulator.eventbridge._invoke_target)


def _if_allowed(invoke: Any) -> Any:
    """Schedules alone have such a role; a rule of EventBridge goes on as it is."""

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
