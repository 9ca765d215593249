"""The group that deletes an environment: AWS has no group that deletes its contents, so ours does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import resourcegroups

from mayfly.provider.sdk import AwsGroup


@dataclass(frozen=True)
class EphemeralGroupArgs:
    """What a group is made of.

    environment, project: names that tell what belongs to it, as the tags mayfly-env and mayfly-project say.
    account, region: where it is: 12 digits, and such as "eu-west-1".
    group_name: name of the Resource Group, at most 300 characters, not beginning with "aws".
    tags: of the Resource Group: the environment's marker and what a teardown without state has to know.
    """

    environment: str
    project: str
    account: str
    region: str
    group_name: str
    tags: Mapping[str, str]


class EphemeralGroup(pulumi.ComponentResource):
    """All that carries an environment's tags: shown by a Resource Group, and deleted in one operation."""

    group_name: pulumi.Output[str]
    """Name of the Resource Group."""

    def __init__(
        self, name: str, args: EphemeralGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mayfly:aws:EphemeralGroup", name, None, opts)
        self._group = self._create_group(name, args)
        self.group_name = self._create_listing(name, args).name
        self.register_outputs({"groupName": self.group_name})

    def inside(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of what lies inside the group: the group's deletion is its deletion too.

        Children inherit it from `parent`s.
        """
        return pulumi.ResourceOptions(parent=parent, deleted_with=self._group)

    def _create_group(self, name: str, args: EphemeralGroupArgs) -> AwsGroup:
        return AwsGroup(
            f"{name}-group",
            environment=args.environment,
            project=args.project,
            account=args.account,
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_listing(self, name: str, args: EphemeralGroupArgs) -> resourcegroups.Group:
        """Make the Resource Group: what the console shows, and the tags that change (owner, expiry)."""
        return resourcegroups.Group(
            f"{name}-listing",
            name=args.group_name,
            resource_query=resourcegroups.GroupResourceQueryArgs(query=_query(args)),
            tags=args.tags,
            opts=self.inside(self),
        )


def _query(args: EphemeralGroupArgs) -> str:
    """Return the query, TAG_FILTERS_1_0, for all that carries the environment's name and the project's."""
    tags = {"mayfly-env": args.environment, "mayfly-project": args.project}
    return json.dumps(
        {
            "ResourceTypeFilters": ["AWS::AllSupported"],
            "TagFilters": [{"Key": key, "Values": [value]} for key, value in tags.items()],
        }
    )
