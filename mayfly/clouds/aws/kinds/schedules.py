"""Schedules of EventBridge Scheduler. They take no tags: the role that one runs as tells whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.kinds.roles import Roles, role_tags
from mayfly.clouds.aws.owner import Owner
from mayfly.naming import aws, tagging
from mayfly.naming.limits import SCHEDULE

RESOURCE = "schedule/"
NOBODY: Tags = {tagging.ENVIRONMENT: "", tagging.PROJECT: ""}
"""For a schedule that does not run as one of the environment's roles."""


class Schedules(Kind):
    """Their handle is `group/name`."""

    name = "schedules"
    type = SCHEDULE
    engine_type = "aws:scheduler/schedule:Schedule"
    engine_prefix = "aws:scheduler/schedule:"
    step = Step.STARTS_WORK
    own_actions = ("scheduler:*Schedule",)
    """Create, Delete, Get and Update."""
    list_actions = ("scheduler:ListSchedules",)

    @classmethod
    def own_arns(cls, place: Place, stage: str) -> Sequence[str]:
        """By name, in all schedule groups."""
        return [place.arn("scheduler", f"schedule/*/{stage}-*")]

    @classmethod
    def is_own_id(cls, id: str, owner: Owner) -> bool:
        """By name, in whatever schedule group."""
        return id.rpartition("/")[2].startswith(f"{owner.environment}-")

    def engine_id(self, inputs: Mapping[str, Any]) -> str:
        """Group and name."""
        return f"{inputs.get('groupName', 'default')}/{inputs['name']}"

    def named(self) -> Iterable[str]:
        """By name, in all schedule groups."""
        pages = self.cloud.client("scheduler").get_paginator("list_schedules")
        for page in pages.paginate(NamePrefix=f"{self.owner.environment}-"):
            yield from (f"{found['GroupName']}/{found['Name']}" for found in page["Schedules"])

    def arn(self, handle: str) -> str:
        """With its group."""
        return self.owner.arn("scheduler", RESOURCE + handle)

    def handle(self, arn: str) -> str | None:
        """Group and name."""
        start = self.owner.arn("scheduler", RESOURCE)
        return arn.removeprefix(start) if arn.startswith(start) else None

    def is_named(self, handle: str) -> bool:
        """It has no tags of its own that could be missing: see `tags`."""
        return True

    def is_name_of(self, environment: str, handle: str) -> bool:
        """As of functions."""
        return handle.partition("/")[2].startswith(f"{environment}-")

    def own_tags(self, handle: str) -> Tags:
        """None; ResourceNotFoundException when it is gone."""
        self._role(handle)
        return {}

    def tags(self, handle: str) -> Tags:
        """Those of the role that it runs as; for a role of another environment, what its path tells."""
        role = self._role(handle)
        if role.startswith(start := Roles.start(self.owner)):
            return role_tags(self.cloud, role.removeprefix(start))
        environment, _, name = role.partition(f":role{aws.ROLES_PATH}")[2].partition("/")
        if not name:
            return NOBODY
        marker = {tagging.MANAGED_BY: tagging.MAYFLY, tagging.ENVIRONMENT: environment}
        return {**marker, tagging.PROJECT: tagging.UNKNOWN}

    def _role(self, handle: str) -> str:
        """The ARN of the role that it runs as."""
        group, _, name = handle.partition("/")
        return self.cloud.client("scheduler").get_schedule(GroupName=group, Name=name)["Target"]["RoleArn"]

    def delete(self, handle: str) -> None:
        """One call."""
        group, _, name = handle.partition("/")
        self.cloud.client("scheduler").delete_schedule(GroupName=group, Name=name)
