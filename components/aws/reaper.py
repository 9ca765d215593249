"""What cleans up where no pipeline does: a function that sweeps, and its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_, scheduler, sqs

from components.aws import policies

MEMORY = 512
"""MB. A sweep of a thousand groups took 155 (docs/benchmarks.md); a third of a CPU comes with 512."""

TIMEOUT = 900
"""Seconds, the most that Lambda allows. What a sweep does not reach by then, the next one does."""

LOG_DAYS = 365
"""The log has the receipts."""

KEPT_SECONDS = 14 * 24 * 3600
"""For how long a failed call stays in the queue: the most that SQS allows."""

LATE_SECONDS = 3600
"""For how long the scheduler tries to call the function; the next sweep does the same work."""


@dataclass(frozen=True)
class ReaperArgs:
    """What a reaper is made of.

    name: of its function, roles, queue and schedule: at most 60 letters, digits and hyphens.
    account, region: where it is: 12 digits, and such as "eu-west-1".
    path: IAM path of its roles and policies: none that an environment's role could have.
    log_group_name: at most 512 characters.
    archive, source_hash, runtime, handler: its code, see FunctionArgs.
    variables: environment variables of the function.
    policies: what it may do, as JSON, by a name that is unique among them: at most 10.
    schedule: "rate(1 hour)" or "cron(0 6 * * ? *)", in UTC.
    tags: on everything. Without mayfly-env: it is no environment, and no sweep takes it for one.
    """

    name: str
    account: str
    region: str
    path: str
    log_group_name: str
    archive: str
    source_hash: str
    runtime: str
    handler: str
    variables: Mapping[str, str]
    policies: Mapping[str, str]
    schedule: str
    tags: Mapping[str, str]

    @property
    def function_arn(self) -> str:
        """ARN of the function, known before it is made."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def queue_arn(self) -> str:
        """ARN of the queue that takes the calls that failed."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.name}"


class Reaper(pulumi.ComponentResource):
    """A function that sweeps, one call at a time, as a role that removes and never makes."""

    function_arn: pulumi.Output[str]
    """ARN of the function."""

    queue_url: pulumi.Output[str]
    """Where the calls are that failed."""

    def __init__(self, name: str, args: ReaperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:aws:Reaper", name, None, opts)
        self._below = pulumi.ResourceOptions(parent=self)
        queue = self._create_queue(name, args)
        function = self._create_function(name, args, queue)
        self._create_schedule(name, args, function, queue)
        self.function_arn, self.queue_url = function.arn, queue.url
        self.register_outputs({"functionArn": self.function_arn, "queueUrl": self.queue_url})

    def _create_queue(self, name: str, args: ReaperArgs) -> sqs.Queue:
        return sqs.Queue(
            f"{name}-failures",
            name=args.name,
            message_retention_seconds=KEPT_SECONDS,
            tags=args.tags,
            opts=self._below,
        )

    def _create_function(self, name: str, args: ReaperArgs, queue: sqs.Queue) -> lambda_.Function:
        """Make it after its permissions: Lambda refuses a queue that the role may not send to."""
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=args.log_group_name,
            retention_in_days=LOG_DAYS,
            tags=args.tags,
            opts=self._below,
        )
        role, attached = self._create_role(name, args)
        return lambda_.Function(
            f"{name}-function",
            name=args.name,
            description="Removes environments that are over; see docs/reaper.md",
            code=pulumi.FileArchive(args.archive),
            source_code_hash=args.source_hash,
            runtime=args.runtime,
            handler=args.handler,
            memory_size=MEMORY,
            timeout=TIMEOUT,
            reserved_concurrent_executions=1,
            role=role.arn,
            environment=lambda_.FunctionEnvironmentArgs(variables=args.variables) if args.variables else None,
            dead_letter_config=lambda_.FunctionDeadLetterConfigArgs(target_arn=queue.arn),
            logging_config=lambda_.FunctionLoggingConfigArgs(
                log_format="Text", log_group=args.log_group_name
            ),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log, *attached]),
        )

    def _create_role(self, name: str, args: ReaperArgs) -> tuple[iam.Role, list[pulumi.Resource]]:
        role = iam.Role(
            f"{name}-role",
            name=args.name,
            path=args.path,
            assume_role_policy=policies.trust(policies.LAMBDA),
            tags=args.tags,
            opts=self._below,
        )
        return role, [self._attach(name, args, role, key) for key in sorted(args.policies)]

    def _attach(self, name: str, args: ReaperArgs, role: iam.Role, key: str) -> pulumi.Resource:
        """Managed policies: together they are longer than what a role may have inside."""
        policy = iam.Policy(
            f"{name}-policy-{key}",
            name=f"{args.name}-{key}",
            path=args.path,
            policy=args.policies[key],
            tags=args.tags,
            opts=self._below,
        )
        return iam.RolePolicyAttachment(
            f"{name}-attached-{key}", role=role.name, policy_arn=policy.arn, opts=self._below
        )

    def _create_schedule(
        self, name: str, args: ReaperArgs, function: lambda_.Function, queue: sqs.Queue
    ) -> None:
        """Make the schedule, and the role that may call the function, and tell of calls that failed."""
        role = iam.Role(
            f"{name}-schedule-role",
            name=f"{args.name}-run",
            path=args.path,
            assume_role_policy=policies.trust(policies.SCHEDULER, args.account),
            tags=args.tags,
            opts=self._below,
        )
        allowed = iam.RolePolicy(
            f"{name}-schedule-policy",
            name="mayfly",
            role=role.name,
            policy=policies.reaping(args.function_arn, args.queue_arn),
            opts=self._below,
        )
        scheduler.Schedule(
            f"{name}-schedule",
            name=args.name,
            schedule_expression=args.schedule,
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=scheduler.ScheduleTargetArgs(
                arn=function.arn,
                role_arn=role.arn,
                dead_letter_config=scheduler.ScheduleTargetDeadLetterConfigArgs(arn=queue.arn),
                retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=LATE_SECONDS
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )
