"""A whole environment: its group, its sink, its factory, and its reading of production."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi

from components.azure.factory import DataFactory, DataFactoryArgs
from components.azure.group import EphemeralGroup, EphemeralGroupArgs
from components.azure.reader import ProductionReader, ProductionReaderArgs
from components.azure.sink import Sink, SinkArgs
from components.protection import protected
from mayfly.provider.sdk import FactoryContent, Seed

_SOFT_DELETE_DAYS = 7


@dataclass(frozen=True)
class SeedArgs:
    """What a container begins with.

    source: URL of production's container. account: the word for the account that the container is in, "" for
    the one of every environment. container: its name. paths, at_most: see `mayfly.provider.sdk.Seed`.
    """

    source: str
    account: str
    container: str
    paths: Sequence[str]
    at_most: int


@dataclass(frozen=True)
class EnvironmentArgs:
    """What an environment is made of.

    identity: what tells it from every other environment that may have a role on the same production, such as
        "flights/qa-142/<subscription>", for the description of its roles.
    location: Azure region of all of it.
    group_name, account_name, factory_name: names of the resource group, the storage account and the data
        factory, checked and cut beforehand.
    sources: name of a source → resource id of the container of production that is read.
    containers: names of the containers that are written, made in the environment's own account.
    further: a word for each further account → its name, and the containers made in it.
    global_parameters: plain values of the variable group, {"year": {"type": "Int", "value": 2013}}.
    tags: on every resource that takes them.
    group_tags: further ones, on the group alone, since they change.
    seeds: data of production that containers begin with, by names for them.
    permanent: production: everything is protected from deletion, deleted blobs can be brought back for
        a week, triggers run, and the sources' whole accounts are read, by a grant that no deployer of
        environments that go again can take. The default is such an environment.
    """

    identity: str
    location: str
    group_name: str
    account_name: str
    factory_name: str
    sources: Mapping[str, str]
    containers: Collection[str]
    global_parameters: Mapping[str, Mapping[str, Any]]
    tags: Mapping[str, str]
    group_tags: Mapping[str, str] = field(default_factory=dict)
    permanent: bool = False
    further: Mapping[str, tuple[str, Collection[str]]] = field(default_factory=dict)
    seeds: Mapping[str, SeedArgs] = field(default_factory=dict)

    @property
    def triggers(self) -> Literal["stopped", "running"]:
        """What becomes of the workload's triggers."""
        return "running" if self.permanent else "stopped"


class Environment(pulumi.ComponentResource):
    """A group in which a factory writes to its own sink, and production's data, which it only reads."""

    group: EphemeralGroup
    """The resource group."""

    sink: Sink
    """Where the environment writes."""

    further: Mapping[str, Sink]
    """Its further accounts, by their words."""

    factory: DataFactory
    """Where its pipelines run."""

    reader: ProductionReader
    """What it may read of production."""

    seeds: Mapping[str, Seed]
    """The data that was copied of it, by the names of the arguments."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mayfly:azure:Environment", name, None, protected(opts, args.permanent))
        self._args = args
        self.group = self._create_group(name, args)
        self.sink = self._create_sink(name, args, args.account_name, args.containers)
        self.further = {
            word: self._create_sink(f"{name}-{word}", args, *further)
            for word, further in args.further.items()
        }
        self.factory = self._create_factory(name, args)
        self.reader = self._create_reader(name, args)
        self.seeds = {label: self._create_seed(name, label, seed) for label, seed in args.seeds.items()}
        self.register_outputs({"groupId": self.group.group_id, "principalId": self.factory.principal_id})

    def publish(self, documents: Mapping[str, pulumi.Input[str]]) -> FactoryContent:
        """Put the workload into the factory, when it may read and write what its pipelines use.

        documents: "pipeline/flights" → the document's JSON text, as it stands. The linked services of the
            sinks among them name the addresses of `sink`, which is why this is not an argument.
        """
        return self.factory.publish(
            documents, self._args.triggers, [self.sink, *self.further.values(), self.reader]
        )

    def _create_group(self, name: str, args: EnvironmentArgs) -> EphemeralGroup:
        group = EphemeralGroupArgs(args.group_name, args.location, {**args.tags, **args.group_tags})
        return EphemeralGroup(name, group, pulumi.ResourceOptions(parent=self))

    def _create_sink(
        self, name: str, args: EnvironmentArgs, account: str, containers: Collection[str]
    ) -> Sink:
        sink = SinkArgs(
            group_name=self.group.group_name,
            location=args.location,
            account_name=account,
            containers=containers,
            tags=args.tags,
            soft_delete_days=_SOFT_DELETE_DAYS if args.permanent else 0,
        )
        return Sink(name, sink, self.group.inside(self))

    def _create_factory(self, name: str, args: EnvironmentArgs) -> DataFactory:
        factory = DataFactoryArgs(
            identity=args.identity,
            group_name=self.group.group_name,
            location=args.location,
            factory_name=args.factory_name,
            sink_id=self.sink.account_id,
            further_ids={word: sink.account_id for word, sink in self.further.items()},
            global_parameters=args.global_parameters,
            tags=args.tags,
        )
        return DataFactory(name, factory, self.group.inside(self))

    def _create_reader(self, name: str, args: EnvironmentArgs) -> ProductionReader:
        reader = ProductionReaderArgs(
            args.identity, self.factory.principal_id, args.sources, whole_accounts=args.permanent
        )
        return ProductionReader(name, reader, self._outside(args))

    def _create_seed(self, name: str, label: str, args: SeedArgs) -> Seed:
        """Copied when the factory may read and write."""
        sink = self.further[args.account] if args.account else self.sink
        ready = [self.reader, sink, self.factory]
        inside = self.group.inside(self)
        return Seed(
            f"{name}-{label}",
            factory_id=self.factory.factory_id,
            source=args.source,
            sink=sink.blob_endpoint.apply(lambda endpoint: f"{endpoint.rstrip('/')}/{args.container}"),
            paths=args.paths,
            at_most=args.at_most,
            opts=pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=ready)),
        )

    def _outside(self, args: EnvironmentArgs) -> pulumi.ResourceOptions:
        """Return the options of what lies outside of the group.

        It has no parent, not even this component: whoever composes environments may well give it a
        `deleted_with`, which a grant would inherit and vanish from the state without being revoked.
        """
        provider = self.get_provider("azure-native:authorization:RoleAssignment")
        opts = pulumi.ResourceOptions(providers=[provider] if provider else None)
        return protected(opts, args.permanent)
