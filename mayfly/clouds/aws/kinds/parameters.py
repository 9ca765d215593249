"""Parameters of Systems Manager, such as an environment's published outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.statements import Statement, allow
from mayfly.naming import aws
from mayfly.naming.limits import PARAMETER


class Parameters(Kind):
    """Under the environment's own path."""

    name = "parameters"
    type = PARAMETER
    engine_type = "aws:ssm/parameter:Parameter"
    engine_prefix = "aws:ssm/parameter:"
    arn_form = "arn:aws:ssm:{region}:{account}:parameter{handle}"
    own_form = "/mayfly/{environment}/*"
    step = Step.IS_WRITTEN
    own_actions = (
        "ssm:AddTagsToResource",
        "ssm:DeleteParameter",
        "ssm:GetParameter*",
        "ssm:ListTagsForResource",
        "ssm:PutParameter",
        "ssm:RemoveTagsFromResource",
    )
    removal_actions = ("ssm:DeleteParameter", "ssm:ListTagsForResource")
    """No value is read."""
    list_actions = ("ssm:DescribeParameters",)

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """What infrastructure has published may be read."""
        published = [place.arn("ssm", f"parameter{aws.parameter(name)}") for name in place.infrastructure]
        return [allow("SeePublished", ["ssm:GetParameter"], published)] if published else []

    def named(self) -> Iterable[str]:
        """By path; no value is read."""
        pages = self.cloud.client("ssm").get_paginator("describe_parameters")
        path = f"/mayfly/{self.owner.environment}"
        for page in pages.paginate(
            ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [path]}]
        ):
            yield from (parameter["Name"] for parameter in page["Parameters"])

    def arn(self, handle: str) -> str:
        """The name's first slash is the ARN's."""
        return super().arn(f"/{handle.removeprefix('/')}")

    def handle(self, arn: str) -> str | None:
        """The parameter's name. Only one under a path keeps the slash that the ARN has anyway."""
        found = super().handle(arn)
        return found and (f"/{found}" if "/" in found else found)

    def is_named(self, handle: str) -> bool:
        """Nobody else writes under the environment's path."""
        return self.is_own_id(handle, self.owner)

    def own_tags(self, handle: str) -> Tags:
        """ParameterNotFound when it is gone; its value is not looked at, nor decrypted."""
        ssm = self.cloud.client("ssm")
        ssm.get_parameter(Name=handle)
        answer = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=handle)
        return aws.by_key(answer["TagList"])

    def delete(self, handle: str) -> None:
        """With its history."""
        self.cloud.client("ssm").delete_parameter(Name=handle)
