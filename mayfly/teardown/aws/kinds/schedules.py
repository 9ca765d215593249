"""Schedules of EventBridge Scheduler, which take no tags: whose they are is told by the role they run as."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from mayfly.naming import aws, tagging
from mayfly.teardown.aws.kinds.kind import Kind, Tags

RESOURCE = "schedule/"
NOBODY: Tags = {tagging.ENVIRONMENT: "", tagging.PROJECT: ""}
"""For a schedule that does not run as one of the environment's roles."""


class Schedules(Kind):
    """Their handle is `group/name`."""

    name = "schedules"
    type = "AWS::Scheduler::Schedule"

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

    def tags(self, handle: str) -> Tags | None:
        """Those of the role that it invokes its target as, which lies under the environment's path."""
        group, _, name = handle.partition("/")
        target = self.cloud.client("scheduler").get_schedule(GroupName=group, Name=name)["Target"]
        _, _, path = target["RoleArn"].partition(":role")
        if not path.startswith(aws.iam_path(self.owner.environment)):
            return NOBODY
        return self._role_tags(path.rsplit("/", 1)[-1])

    def _role_tags(self, role: str) -> Tags:
        """None of them when the role is gone: the path alone tells then."""
        try:
            found = self.cloud.client("iam").list_role_tags(RoleName=role)["Tags"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return {}
            raise
        return {tag["Key"]: tag["Value"] for tag in found}

    def delete(self, handle: str) -> None:
        """One call."""
        group, _, name = handle.partition("/")
        self.cloud.client("scheduler").delete_schedule(GroupName=group, Name=name)
