"""Log groups of CloudWatch, with all their streams."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.clouds.aws.kinds.kind import Kind, Step, Tags
from mayfly.naming import aws
from mayfly.naming.limits import LOG_GROUP


class LogGroups(Kind):
    """Under the environment's own prefix; one elsewhere when its tags say so."""

    name = "log groups"
    type = LOG_GROUP
    engine_type = "aws:cloudwatch/logGroup:LogGroup"
    engine_prefix = "aws:cloudwatch/logGroup:"
    arn_form = "arn:aws:logs:{region}:{account}:log-group:{handle}"
    """In the form that the tagging calls take, without `:*`."""
    own_form = aws.log_prefix("{environment}") + "*"
    step = Step.IS_WRITTEN
    own_actions = (
        "logs:*RetentionPolicy",
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:FilterLogEvents",
        "logs:ListTagsForResource",
        "logs:TagResource",
        "logs:UntagResource",
    )
    removal_actions = ("logs:DeleteLogGroup", "logs:ListTagsForResource")
    list_actions = ("logs:DescribeLogGroups",)

    def named(self) -> Iterable[str]:
        """By prefix."""
        pages = self.cloud.client("logs").get_paginator("describe_log_groups")
        for page in pages.paginate(logGroupNamePrefix=aws.log_prefix(self.owner.environment)):
            yield from (group["logGroupName"] for group in page["logGroups"])

    def handle(self, arn: str) -> str | None:
        """The group's name."""
        found = super().handle(arn)
        return found and found.removesuffix(":*")

    def is_named(self, handle: str) -> bool:
        """Whoever made it there: a function that logs may have."""
        return self.is_own_id(handle, self.owner)

    def own_tags(self, handle: str) -> Tags:
        """ResourceNotFoundException when it is gone."""
        return self.cloud.client("logs").list_tags_for_resource(resourceArn=self.arn(handle))["tags"]

    def delete(self, handle: str) -> None:
        """One call, whatever was logged."""
        self.cloud.client("logs").delete_log_group(logGroupName=handle)
