"""Tables of DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.teardown.aws.kinds.kind import Kind, Tags

RESOURCE = "table/"


class Tables(Kind):
    """Named after the environment, and its own by their tags. One that is protected stays, and is told."""

    name = "tables"
    type = "AWS::DynamoDB::Table"
    until_gone = 120.0
    """A table is DELETING for some seconds, longer with much in it."""

    def named(self) -> Iterable[str]:
        """By prefix, of all tables: the service's list knows none."""
        start = f"{self.owner.environment}-"
        for page in self.cloud.client("dynamodb").get_paginator("list_tables").paginate():
            yield from (name for name in page["TableNames"] if name.startswith(start))

    def arn(self, handle: str) -> str:
        """With the table's name."""
        return self.owner.arn("dynamodb", RESOURCE + handle)

    def handle(self, arn: str) -> str | None:
        """The table's name; an index or a stream is no table."""
        start = self.owner.arn("dynamodb", RESOURCE)
        name = arn.removeprefix(start)
        return name if arn.startswith(start) and "/" not in name else None

    def tags(self, handle: str) -> Tags | None:
        """ResourceNotFoundException when it is gone, which the question for tags does not always answer."""
        client = self.cloud.client("dynamodb")
        arn = client.describe_table(TableName=handle)["Table"]["TableArn"]
        pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def delete(self, handle: str) -> None:
        """ResourceInUseException while it is being made or changed: the loop comes again."""
        self.cloud.client("dynamodb").delete_table(TableName=handle)
