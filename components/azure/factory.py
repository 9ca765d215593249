"""The data factory of an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi_azure_native import datafactory

from components.azure import roles
from mayfly.provider.sdk import FactoryContent

if TYPE_CHECKING:
    from pulumi_azure_native.datafactory.outputs import FactoryIdentityResponse


@dataclass(frozen=True)
class DataFactoryArgs:
    """What a factory is made of.

    identity: what tells the environment from all others, for the description of its role.
    group_name: resource group to make it in.
    location: Azure region.
    factory_name: name of the factory: 3-63 letters, digits and hyphens, unique in the world.
    sink_id: resource id of the storage account that the factory may write to: the environment's own.
    further_ids: those of its further accounts, by the words for them.
    global_parameters: plain values of the variable group, {"year": {"type": "Int", "value": 2013}}.
    tags: the environment's marker.
    """

    identity: str
    group_name: pulumi.Input[str]
    location: str
    factory_name: str
    sink_id: pulumi.Input[str]
    global_parameters: Mapping[str, Mapping[str, Any]]
    tags: Mapping[str, str]
    further_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


class DataFactory(pulumi.ComponentResource):
    """A data factory with an identity of its own, which may write to the environment's sink."""

    factory_name: pulumi.Output[str]
    """Name of the factory."""

    factory_id: pulumi.Output[str]
    """Resource id of the factory."""

    principal_id: pulumi.Output[str]
    """Object id of the factory's identity."""

    def __init__(self, name: str, args: DataFactoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:azure:DataFactory", name, None, opts)
        self._name_of_children = name
        self._factory = self._create_factory(name, args)
        self.factory_name = self._factory.name
        self.factory_id = self._factory.id
        self.principal_id = self._read_identity(args)
        self._writers = [
            self._create_writer(f"{name}-{word}" if word else name, args, id)
            for word, id in {"": args.sink_id, **args.further_ids}.items()
        ]
        self.register_outputs({"factoryId": self.factory_id, "principalId": self.principal_id})

    def publish(
        self,
        documents: Mapping[str, pulumi.Input[str]],
        triggers: Literal["stopped", "running"],
        depends_on: Sequence[pulumi.Resource],
    ) -> FactoryContent:
        """Put a whole workload into the factory, as one resource.

        documents: "pipeline/flights" → the document's JSON text, as it stands.
        triggers: "stopped": none is started; "running": each that its file does not declare stopped.
        depends_on: what has to be there before a started trigger runs a pipeline, beside the role on the
            sink: the grants on production.
        """
        return FactoryContent(
            f"{self._name_of_children}-content",
            factory_id=self.factory_id,
            documents=documents,
            triggers=triggers,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._writers, *depends_on]),
        )

    def _create_factory(self, name: str, args: DataFactoryArgs) -> datafactory.Factory:
        return datafactory.Factory(
            f"{name}-factory",
            resource_group_name=args.group_name,
            factory_name=args.factory_name,
            location=args.location,
            identity=datafactory.FactoryIdentityArgs(
                type=datafactory.FactoryIdentityType.SYSTEM_ASSIGNED,
            ),
            global_parameters={
                key: datafactory.GlobalParameterSpecificationArgs(type=each["type"], value=each["value"])
                for key, each in args.global_parameters.items()
            },
            public_network_access="Enabled",
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _read_identity(self, args: DataFactoryArgs) -> pulumi.Output[str]:
        """Read the identity from the factory itself, when it is there.

        In a preview the outputs of a resource that changes are unknown, and all that hangs on them would be
        shown as replaced (and refused, where it is protected): here, the grants on production.
        """
        factory = datafactory.get_factory_output(
            factory_name=self._factory.name,
            resource_group_name=args.group_name,
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[self._factory]),
        )
        return factory.apply(lambda found: _object_id(found.identity))

    def _create_writer(
        self, name: str, args: DataFactoryArgs, account_id: pulumi.Input[str]
    ) -> pulumi.Resource:
        write = roles.GrantArgs(
            account_id, roles.STORAGE_BLOB_DATA_CONTRIBUTOR, self.principal_id, args.identity
        )
        return roles.grant(f"{name}-writer", write, pulumi.ResourceOptions(parent=self))


def _object_id(identity: FactoryIdentityResponse | None) -> str:
    if identity is None:
        raise pulumi.RunError("The factory has no identity; it was made outside of this program.")
    return identity.principal_id
