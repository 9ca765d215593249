"""The resource group of an environment: the unit of its teardown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import resources


@dataclass(frozen=True)
class EphemeralGroupArgs:
    """What a group is made of.

    group_name: name of the resource group, up to 90 characters.
    location: Azure region, such as "westeurope"; it cannot be changed later.
    tags: the environment's marker and what a teardown without state has to know.
    """

    group_name: str
    location: str
    tags: Mapping[str, str]


class EphemeralGroup(pulumi.ComponentResource):
    """A resource group whose deletion takes everything inside with it, in one operation."""

    group_name: pulumi.Output[str]
    """Name of the resource group."""

    group_id: pulumi.Output[str]
    """Resource id of the resource group."""

    def __init__(
        self, name: str, args: EphemeralGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mayfly:azure:EphemeralGroup", name, None, opts)
        self._group = self._create_group(name, args)
        self.group_name = self._group.name
        self.group_id = self._group.id
        self.register_outputs({"groupName": self.group_name, "groupId": self.group_id})

    def inside(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of what lies inside the group: the group's deletion is its deletion too.

        Children inherit it from `parent`s, so nothing that lies outside of the group (a grant on
        production) may be parented below what gets these options: it would vanish from the state and stay
        in the cloud.
        """
        return pulumi.ResourceOptions(parent=parent, deleted_with=self._group)

    def _create_group(self, name: str, args: EphemeralGroupArgs) -> resources.ResourceGroup:
        return resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args.group_name,
            location=args.location,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
