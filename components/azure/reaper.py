"""What cleans up where no pipeline does: a data factory whose trigger sweeps, and what it may do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
from pulumi_azure_native import authorization, datafactory, resources

from mayfly.provider.sdk import FactoryContent

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "mayfly:azure:reaper-assignment")


@dataclass(frozen=True)
class ReaperArgs:
    """What a reaper is made of.

    name: of its group and its factory: 3-63 letters, digits and hyphens, unique in the world.
    subscription, location: where it is: a guid, and such as "westeurope".
    roles: custom roles, each with name (a guid), scope, roleName, type, assignableScopes and permissions.
    assignments: what its identity gets: scope, roleDefinitionId, and a condition where there is one.
    documents: "pipeline/sweep" → the document's JSON text; the triggers among them are started.
    tags: on its group and its factory. Without mayfly-env: it is no environment, and no sweep takes it.
    """

    name: str
    subscription: str
    location: str
    roles: Sequence[Mapping[str, Any]]
    assignments: Sequence[Mapping[str, str]]
    documents: Mapping[str, str]
    tags: Mapping[str, str]


class Reaper(pulumi.ComponentResource):
    """A factory that sweeps by a trigger, as an identity that removes and never makes."""

    group_name: pulumi.Output[str]
    """Name of its resource group."""

    factory_name: pulumi.Output[str]
    """Name of its factory."""

    principal_id: pulumi.Output[str]
    """Object id of its identity."""

    def __init__(self, name: str, args: ReaperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:azure:Reaper", name, None, opts)
        self._below = pulumi.ResourceOptions(parent=self)
        group = self._create_group(name, args)
        factory = self._create_factory(name, args, group)
        self.group_name, self.factory_name = group.name, factory.name
        self.principal_id = factory.identity.apply(lambda found: "" if found is None else found.principal_id)
        permissions = self._create_permissions(name, args)
        FactoryContent(
            f"{name}-content",
            factory_id=factory.id,
            documents=args.documents,
            triggers="running",
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )
        self.register_outputs({"factoryId": factory.id, "principalId": self.principal_id})

    def _create_group(self, name: str, args: ReaperArgs) -> resources.ResourceGroup:
        return resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args.name,
            location=args.location,
            tags=args.tags,
            opts=self._below,
        )

    def _create_factory(
        self, name: str, args: ReaperArgs, group: resources.ResourceGroup
    ) -> datafactory.Factory:
        return datafactory.Factory(
            f"{name}-factory",
            resource_group_name=group.name,
            factory_name=args.name,
            location=args.location,
            identity=datafactory.FactoryIdentityArgs(
                type=datafactory.FactoryIdentityType.SYSTEM_ASSIGNED,
            ),
            public_network_access="Enabled",
            tags=args.tags,
            opts=self._below,
        )

    def _create_permissions(self, name: str, args: ReaperArgs) -> list[pulumi.Resource]:
        definitions: list[pulumi.Resource] = [
            authorization.RoleDefinition(
                f"{name}-role-{number}",
                scope=role["scope"],
                role_definition_id=role["name"],
                role_name=role["roleName"],
                role_type=role["type"],
                assignable_scopes=role["assignableScopes"],
                permissions=[
                    authorization.PermissionArgs(actions=each["actions"]) for each in role["permissions"]
                ],
                opts=self._below,
            )
            for number, role in enumerate(args.roles)
        ]
        after = pulumi.ResourceOptions(parent=self, depends_on=definitions)
        return [
            authorization.RoleAssignment(
                f"{name}-may-{number}",
                scope=each["scope"],
                role_assignment_name=self.principal_id.apply(partial(_assignment, each)),
                role_definition_id=each["roleDefinitionId"],
                principal_id=self.principal_id,
                principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
                condition=each.get("condition"),
                condition_version=each.get("conditionVersion"),
                opts=after,
            )
            for number, each in enumerate(args.assignments)
        ]


def _assignment(given: Mapping[str, str], principal: str) -> str:
    """The name (a GUID) of an assignment: what is the same for the same scope, role and principal."""
    said = (given["scope"], given["roleDefinitionId"], principal)
    return str(uuid.uuid5(_NAMESPACE, "|".join(said).lower()))
