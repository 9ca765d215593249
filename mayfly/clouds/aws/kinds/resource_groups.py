"""The Resource Group, by whose tags an environment is listed. It is the record, and goes last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mayfly.clouds.aws.kinds.kind import Kind, Place, Step, Tags
from mayfly.clouds.aws.statements import Statement, allow, condition
from mayfly.naming import aws
from mayfly.naming.limits import RESOURCE_GROUP
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, MAYFLY


class ResourceGroups(Kind):
    """On AWS a group is only a query: its delete removes nothing of what is in it."""

    name = "resource groups"
    type = RESOURCE_GROUP
    engine_type = "aws:resourcegroups/group:Group"
    engine_prefix = "aws:resourcegroups/group:"
    arn_form = "arn:aws:resource-groups:{region}:{account}:group/{handle}"
    own_form = aws.resource_group("{environment}")
    step = Step.RECORD
    own_actions = (
        "resource-groups:DeleteGroup",
        "resource-groups:Tag",
        "resource-groups:Untag",
        "resource-groups:UpdateGroup*",
    )
    removal_actions = ("resource-groups:DeleteGroup",)
    list_actions = ("resource-groups:Get*", "resource-groups:ListGroups")
    quota_actions = ("servicequotas:GetServiceQuota",)

    @classmethod
    def own_arns(cls, place: Place, stage: str) -> Sequence[str]:
        """Newer ARNs have an id after the name."""
        (group,) = super().own_arns(place, stage)
        return [group] if stage.endswith("*") else [group, f"{group}/*"]

    @classmethod
    def statements(cls, place: Place) -> Sequence[Statement]:
        """AWS knows a group by its tags alone as it is made."""
        marked = condition(
            StringEquals={f"aws:RequestTag/{MANAGED_BY}": MAYFLY},
            StringLike={f"aws:RequestTag/{ENVIRONMENT}": place.stages},
        )
        return [allow("MakeGroups", ["resource-groups:CreateGroup"], "*", **marked)]

    def named(self) -> Iterable[str]:
        """It can have one name alone."""
        return [aws.resource_group(self.owner.environment)]

    def handle(self, arn: str) -> str | None:
        """The group's name; newer ARNs have an id after it."""
        found = super().handle(arn)
        return found and found.partition("/")[0]

    def own_tags(self, handle: str) -> Tags:
        """NotFoundException when it is gone."""
        client = self.cloud.client("resource-groups")
        arn = client.get_group(Group=handle)["Group"]["GroupArn"]
        return client.get_tags(Arn=arn)["Tags"]

    def delete(self, handle: str) -> None:
        """The group alone."""
        self.cloud.client("resource-groups").delete_group(Group=handle)
