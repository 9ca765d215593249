"""When an environment's functions run by themselves: EventBridge Scheduler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import scheduler

from components.aws import policies
from components.aws.role import MadeRole, RoleArgs, make_role


@dataclass(frozen=True)
class ScheduleArgs:
    """One schedule.

    schedule_name: unique in the account and region: at most 64 letters, digits, hyphens, underscores, dots.
    expression: "rate(1 day)", "cron(0 6 * * ? *)" or "at(2026-11-21T04:46:00)", in UTC.
    function_arn: what it invokes.
    """

    schedule_name: str
    expression: str
    function_arn: pulumi.Input[str]


@dataclass(frozen=True)
class SchedulesArgs:
    """All schedules of an environment.

    schedules: the workload's name of a function → its schedule.
    account: the account's 12 digits: the only one whose schedules get the role.
    functions: ARNs of what they may invoke, known beforehand so that a preview shows the whole policy.
    role_name, path, boundary_arn, tags: of the role that invokes; see `role.RoleArgs`. Schedules themselves
        take no tags (only groups of them do).
    running: whether they run; in an environment that goes again they are there and disabled.
    depends_on: what has to be there before a function is invoked: where it writes.
    """

    schedules: Mapping[str, ScheduleArgs]
    account: str
    functions: Sequence[str]
    role_name: str
    path: str
    boundary_arn: str
    tags: Mapping[str, str]
    running: bool
    depends_on: Sequence[pulumi.Resource] = field(default_factory=tuple)


class Schedules(pulumi.ComponentResource):
    """Schedules that invoke functions, by a role that may do nothing else."""

    def __init__(self, name: str, args: SchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:aws:Schedules", name, None, opts)
        made = make_role(f"{name}-schedule", _role(args), pulumi.ResourceOptions(parent=self))
        for key in sorted(args.schedules):
            self._create_schedule(f"{name}-schedule-{key}", args.schedules[key], args, made)
        self.register_outputs({})

    def _create_schedule(self, name: str, wanted: ScheduleArgs, args: SchedulesArgs, made: MadeRole) -> None:
        scheduler.Schedule(
            name,
            name=wanted.schedule_name,
            schedule_expression=wanted.expression,
            state="ENABLED" if args.running else "DISABLED",
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=scheduler.ScheduleTargetArgs(arn=wanted.function_arn, role_arn=made.role.arn),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[made.policy, *args.depends_on]),
        )


def _role(args: SchedulesArgs) -> RoleArgs:
    return RoleArgs(
        role_name=args.role_name,
        path=args.path,
        boundary_arn=args.boundary_arn,
        trust=policies.trust(policies.SCHEDULER, args.account),
        policy=policies.scheduling(args.functions),
        tags=args.tags,
    )
