"""The Resource Group, by whose tags an environment is listed: the record, which goes last."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.naming import aws
from mayfly.teardown.aws.kinds.kind import Kind, Tags

RESOURCE = "group/"


class ResourceGroups(Kind):
    """Deleting one removes nothing of what is in it: on AWS it is only a query."""

    name = "resource groups"
    type = "AWS::ResourceGroups::Group"

    def named(self) -> Iterable[str]:
        """It can have one name alone."""
        return [aws.resource_group(self.owner.environment)]

    def arn(self, handle: str) -> str:
        """With the group's name."""
        return self.owner.arn("resource-groups", RESOURCE + handle)

    def handle(self, arn: str) -> str | None:
        """The group's name; newer ARNs have an id after it."""
        start = self.owner.arn("resource-groups", RESOURCE)
        return arn.removeprefix(start).partition("/")[0] if arn.startswith(start) else None

    def tags(self, handle: str) -> Tags | None:
        """NotFoundException when it is gone."""
        client = self.cloud.client("resource-groups")
        arn = client.get_group(Group=handle)["Group"]["GroupArn"]
        return client.get_tags(Arn=arn)["Tags"]

    def delete(self, handle: str) -> None:
        """The group alone."""
        self.cloud.client("resource-groups").delete_group(Group=handle)
