"""The status of an environment on AWS: what a sweep finds, its functions' logs, production's policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import attrgetter

from mayfly.clouds.aws import Aws, CloudError, groups, translated
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.naming.aws import log_prefix
from mayfly.naming.limits import (
    BUCKET,
    FUNCTION,
    LAYER,
    LOG_GROUP,
    PARAMETER,
    RESOURCE_GROUP,
    ROLE,
    SCHEDULE,
)
from mayfly.status import MOST_RUNS, RUN_DAYS, CostClass, EnvironmentStatus, RunRecord, costs
from mayfly.teardown import TeardownTarget
from mayfly.teardown.aws import production
from mayfly.teardown.aws.sweep import Sweep
from mayfly.teardown.receipt import Grants

COSTS = {
    BUCKET.lower(): CostClass.STORED,
    LOG_GROUP.lower(): CostClass.STORED,
    FUNCTION.lower(): CostClass.BY_USE,
    LAYER.lower(): CostClass.FREE,
    SCHEDULE.lower(): CostClass.BY_USE,
    ROLE.lower(): CostClass.FREE,
    "aws::iam::managedpolicy": CostClass.FREE,
    PARAMETER.lower(): CostClass.FREE,
    RESOURCE_GROUP.lower(): CostClass.FREE,
}
"""Source: pricing pages of Amazon S3, CloudWatch, AWS Lambda, EventBridge Scheduler, IAM, Systems Manager (a
standard parameter), Resource Groups.
"""

NO_PROOF = "a proof's function and its log are removed when it ends: nothing on AWS remembers it"

REPORT = re.compile(
    r"^REPORT RequestId: (\S{1,99})\s+Duration: (\d{1,9}(?:\.\d{1,9})?) ms(?:.*\bStatus: (\w+))?", re.DOTALL
)
"""The last line of an invocation. Source: Lambda Developer Guide, "Working with Lambda function logs".

A function may print such lines, too: what it says of itself is a claim.
"""

MOST_LINES = 2000
"""Lines of a log that are read, the oldest first: CloudWatch Logs gives them in no other order."""


def status(cloud: Aws, target: TeardownTarget) -> EnvironmentStatus:
    """Ask for all of it. Raises CloudError where not even the group may be read."""
    environment = target.environment
    sweep = Sweep(cloud, target.project, environment, lambda _: None)
    resources = sweep.look()
    unread = [f"{kind.name}: {why}" for kind, (_, why) in sweep.listed.items() if why]
    group = groups.get(cloud, target.group)
    if group is not None and not group.is_of(target.project, environment):
        group = None
    logs = [thing.detail for thing in resources if thing.type == LOG_GROUP]
    ran, why = _runs(cloud, environment, logs)
    return EnvironmentStatus(
        group=group,
        state=None,
        resources=resources,
        grants=_grants(cloud, target, resources, unread),
        runs=ran[:MOST_RUNS],
        runs_unknown=why,
        proved_unknown=NO_PROOF,
        costs=costs(resources, COSTS),
        unread=unread,
    )


def _grants(
    cloud: Aws, target: TeardownTarget, resources: Sequence[Thing], unread: list[str]
) -> Grants | None:
    """What production's policies say of its roles; what cannot be asked is added to `unread`."""
    try:
        arns = {thing.id for thing in resources}
        roles = production.principals(cloud, target.environment, arns)
        return production.proof(cloud, target.environment, target.sources, roles)
    except MayflyError as error:
        unread.append(f"production's policies: {error}")
        return None


def _runs(cloud: Aws, environment: str, logs: Sequence[str]) -> tuple[list[RunRecord], str]:
    """The latest invocations of its functions, by their logs; and why they are not told."""
    try:
        read = concurrently(lambda name: _latest(cloud, environment, name), logs)
    except CloudError as error:
        return [], str(error)
    found = [record for records in read for record in records]
    return sorted(found, key=attrgetter("ended"), reverse=True), "" if logs else "there is no log"


def _latest(cloud: Aws, environment: str, log: str) -> list[RunRecord]:
    """The invocations of the last day that has any; of an hour ago, no log of weeks is read."""
    now, found = datetime.now(UTC), list[RunRecord]()
    for days in (1, 7, RUN_DAYS):
        found = found or [*_reports(cloud, environment, log, now - timedelta(days=days))]
    return found


def _reports(cloud: Aws, environment: str, log: str, since: datetime) -> Iterator[RunRecord]:
    pages = cloud.client("logs").get_paginator("filter_log_events")
    asked = pages.paginate(
        logGroupName=log, startTime=int(since.timestamp() * 1000), filterPattern='"REPORT RequestId:"'
    )
    with translated(f"FilterLogEvents {log}"):
        lines = [*islice((event for page in asked for event in page["events"]), MOST_LINES)]
    for line in lines:
        if found := REPORT.match(line["message"]):
            id, milliseconds, status = found.groups()
            ended = datetime.fromtimestamp(line["timestamp"] / 1000, UTC)
            began = ended - timedelta(milliseconds=float(milliseconds))
            name = log.removeprefix(log_prefix(environment))
            yield RunRecord(name, status or "ended", _written(began), _written(ended), id)


def _written(time: datetime) -> str:
    """To the millisecond, by which runs are told apart."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
