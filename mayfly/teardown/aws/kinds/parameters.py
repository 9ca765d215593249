"""Parameters of Systems Manager, such as an environment's published outputs."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.teardown.aws.kinds.kind import Kind, Tags

RESOURCE = "parameter"


class Parameters(Kind):
    """Under the environment's own path."""

    name = "parameters"
    type = "AWS::SSM::Parameter"

    @property
    def _path(self) -> str:
        return f"/mayfly/{self.owner.environment}"

    def named(self) -> Iterable[str]:
        """By path; no value is read."""
        pages = self.cloud.client("ssm").get_paginator("describe_parameters")
        below = pages.paginate(
            ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [self._path]}]
        )
        for page in below:
            yield from (parameter["Name"] for parameter in page["Parameters"])

    def arn(self, handle: str) -> str:
        """The name's first slash is the ARN's."""
        return self.owner.arn("ssm", f"{RESOURCE}/{handle.removeprefix('/')}")

    def handle(self, arn: str) -> str | None:
        """The parameter's name. Only one under a path keeps the slash that the ARN has anyway."""
        start = self.owner.arn("ssm", RESOURCE)
        name = arn.removeprefix(start)
        if not arn.startswith(f"{start}/"):
            return None
        return name if name.count("/") > 1 else name.removeprefix("/")

    def is_named(self, handle: str) -> bool:
        """Nobody else writes under the environment's path."""
        return handle.startswith(f"{self._path}/")

    def tags(self, handle: str) -> Tags | None:
        """ParameterNotFound when it is gone; its value is not looked at, nor decrypted."""
        ssm = self.cloud.client("ssm")
        ssm.get_parameter(Name=handle)
        found = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=handle)["TagList"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def delete(self, handle: str) -> None:
        """With its history."""
        self.cloud.client("ssm").delete_parameter(Name=handle)
