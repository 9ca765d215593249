"""Schedules of EventBridge Scheduler. They take no tags: the role that one runs as tells whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mayfly.clouds.aws.kinds.kind import Kind, Step, Tags
from mayfly.clouds.aws.kinds.roles import tags_of_own_role
from mayfly.naming import aws, tagging
from mayfly.naming.limits import SCHEDULE

NOBODY: Tags = {tagging.ENVIRONMENT: "", tagging.PROJECT: ""}
"""For a schedule that does not run as one of the environment's roles."""


class Schedules(Kind):
    """Their handle is `group/name`."""

    name = "schedules"
    type = SCHEDULE
    engine_type = "aws:scheduler/schedule:Schedule"
    engine_prefix = "aws:scheduler/schedule:"
    arn_form = "arn:aws:scheduler:{region}:{account}:schedule/{handle}"
    own_form = "*/{environment}-*"
    """In all schedule groups."""
    step = Step.STARTS_WORK
    own_actions = ("scheduler:*Schedule",)
    """Create, Delete, Get and Update."""
    removal_actions = ("scheduler:DeleteSchedule", "scheduler:GetSchedule")
    list_actions = ("scheduler:ListSchedules",)

    def engine_id(self, inputs: Mapping[str, Any]) -> str:
        """Group and name."""
        return f"{inputs.get('groupName', 'default')}/{inputs['name']}"

    def named(self) -> Iterable[str]:
        """By name, in all schedule groups."""
        pages = self.cloud.client("scheduler").get_paginator("list_schedules")
        for page in pages.paginate(NamePrefix=f"{self.owner.environment}-"):
            yield from (f"{found['GroupName']}/{found['Name']}" for found in page["Schedules"])

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
        told = tags_of_own_role(self, role)
        if told is not None:
            return told
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
