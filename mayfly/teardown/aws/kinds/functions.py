"""Lambda functions, with all their versions and with what invokes them."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.naming import aws
from mayfly.teardown.aws.kinds.kind import Kind, Tags
from mayfly.teardown.aws.kinds.roles import Roles, role_tags

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

    def is_name_of(self, environment: str, handle: str) -> bool:
        """As in `qa-1-b-flights`, which begins as functions of `qa-1` do."""
        return handle.startswith(f"{environment}-")

    def tags(self, handle: str) -> Tags | None:
        """Its own, which speak first; what they leave out is told by the role that it runs as.

        A copy that a killed `up` left without tags runs as a role under the environment's path, and is its
        own. ResourceNotFoundException when it is gone.
        """
        found = self.cloud.client("lambda").get_function(FunctionName=handle)
        own = found.get("Tags", {})
        is_marked = own.keys() >= self.owner.tags.keys()
        return own if is_marked else {**self._role_tags(found["Configuration"]["Role"]), **own}

    def _role_tags(self, arn: str) -> Tags:
        """None of them for a role of others."""
        if not arn.startswith(start := Roles.start(self.owner)):
            return {}
        return {**self.owner.tags, **role_tags(self.cloud, arn.removeprefix(start))}

    def delete(self, handle: str) -> None:
        """Its event source mappings first: they stay behind otherwise, and poll for nobody."""
        client = self.cloud.client("lambda")
        for page in client.get_paginator("list_event_source_mappings").paginate(FunctionName=handle):
            for mapping in page["EventSourceMappings"]:
                client.delete_event_source_mapping(UUID=mapping["UUID"])
        client.delete_function(FunctionName=handle)
