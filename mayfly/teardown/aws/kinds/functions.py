"""Lambda functions, with all their versions and with what invokes them."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.naming import aws
from mayfly.teardown.aws.kinds.kind import Kind, Tags

RESOURCE = "function:"


class Functions(Kind):
    """Named after the environment, or running as a role under its path."""

    name = "functions"
    type = "AWS::Lambda::Function"

    def named(self) -> Iterable[str]:
        """By name or role: a copy in a fabric of applications is named after its stage alone."""
        start, role = f"{self.owner.environment}-", f":role{aws.iam_path(self.owner.environment)}"
        for page in self.cloud.client("lambda").get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if function["FunctionName"].startswith(start) or role in function["Role"]:
                    yield function["FunctionName"]

    def arn(self, handle: str) -> str:
        """Without a version: it stands for all."""
        return self.owner.arn("lambda", RESOURCE + handle)

    def handle(self, arn: str) -> str | None:
        """The function's name."""
        start = self.owner.arn("lambda", RESOURCE)
        return arn.removeprefix(start).partition(":")[0] if arn.startswith(start) else None

    def tags(self, handle: str) -> Tags | None:
        """ResourceNotFoundException when it is gone."""
        return self.cloud.client("lambda").list_tags(Resource=self.arn(handle))["Tags"]

    def delete(self, handle: str) -> None:
        """Its event source mappings first: they stay behind otherwise, and poll for nobody."""
        client = self.cloud.client("lambda")
        for page in client.get_paginator("list_event_source_mappings").paginate(FunctionName=handle):
            for mapping in page["EventSourceMappings"]:
                client.delete_event_source_mapping(UUID=mapping["UUID"])
        client.delete_function(FunctionName=handle)
