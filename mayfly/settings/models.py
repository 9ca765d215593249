"""Variable groups, and the settings of one environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mayfly.errors import BadInput, Problem
from mayfly.naming.azure import permanent_group
from mayfly.naming.tagging import MOST_TAGS
from mayfly.settings.expiry import ExpiryRequest
from mayfly.settings.fabrics import AwsFabric, AzureFabric, Fabric
from mayfly.settings.forms import SettingsForm
from mayfly.settings.rules import Plain
from mayfly.settings.sinks import Seed
from mayfly.settings.sources import BucketArn, ContainerId
from mayfly.settings.stores import SinkStore, SourceStore
from mayfly.settings.tables import EntryName, Tables
from mayfly.settings.types import Answer, DocumentKey, EnvironmentId, FabricName, StoreName, Value, ValueName

MOST_SOURCES = MOST_TAGS - 20


class VariableGroup(SettingsForm):
    """The named stores and values that an environment's pipelines use: `stacks/variables/<name>.yaml`."""

    name: FabricName
    """The file's name."""

    sources: Mapping[StoreName, SourceStore] = Field(default_factory=dict, max_length=MOST_SOURCES)
    """Store to what is read: containers' resource ids on Azure, a bucket's ARN and prefix on AWS."""

    sinks: Mapping[StoreName, SinkStore] = Field(default_factory=dict)
    """Store to what is written: containers of the environment's own account, a folder of its own bucket."""

    values: Mapping[ValueName, Value] = Field(default_factory=dict)
    """Plain values: the factory's global parameters, the functions' environment variables."""

    linked_services: Mapping[StoreName, Answer] = Field(default_factory=dict)
    """Every linked service that is no store: `as-is`, or what is merged over its file's properties."""

    overrides: Mapping[DocumentKey, Mapping[str, Any]] = Field(default_factory=dict)
    """A document → a path below its properties → the value that it gets here."""

    managed_private_endpoints: Literal["sent", "left out"] = "left out"
    """Whether ephemeral environments ask for them, too."""

    tables: Mapping[EntryName, Tables] = Field(default_factory=dict)
    """Production's tables; an ephemeral environment gets a clone of them."""

    @property
    def containers(self) -> dict[str, tuple[str, ...]]:
        """Store to its containers' own names on Azure, sources and sinks alike."""
        sources = {name: id.names for name, id in self.sources.items() if isinstance(id, ContainerId)}
        return {**sources, **{name: sink.names for name, sink in self.sinks.items()}}

    @property
    def granted(self) -> dict[str, str]:
        """What is read of production, each container by itself: `lake`, or `lake.bronze` of several → its id.

        Of a sink that is filled, `curated.seed1` and so on. A store's name has no dot: it ends at the first.
        """
        sources = {
            f"{name}.{part}" if len(source.parts) > 1 else name: id
            for name, source in self.sources.items()
            for part, id in source.parts.items()
        }
        return {**sources, **{label: str(seed.source) for label, (_, seed) in self.seeds.items()}}

    @property
    def seeds(self) -> dict[str, tuple[str, Seed]]:
        """What sinks are filled with, by `curated.seed1`: the store, and its seed."""
        return {
            f"{store}.seed{number}": (store, seed)
            for store, sink in self.sinks.items()
            for number, seed in enumerate(sink.seeds, 1)
        }

    @property
    def accounts(self) -> dict[str, tuple[str, ...]]:
        """The storage accounts of the environment's own, by their words, and the containers made in each.

        The account of every environment is "".
        """
        found: dict[str, dict[str, None]] = {"": {}}
        for sink in self.sinks.values():
            found.setdefault(sink.account, {}).update(dict.fromkeys(sink.names))
        return {account: tuple(names) for account, names in found.items()}

    @property
    def buckets(self) -> dict[str, BucketArn]:
        """Store to the bucket and prefix that is read on AWS."""
        return {name: arn for name, arn in self.sources.items() if isinstance(arn, BucketArn)}

    @property
    def databases(self) -> set[str]:
        """Production's databases of Glue whose tables are cloned."""
        return {entry.namespace for entry in self.tables.values() if entry.on_glue}

    @property
    def resolved(self) -> dict[str, Plain]:
        """Every variable by its declared name: a source's id or ARN, a sink's name, a plain value."""
        stores = {**self.sources, **self.sinks}
        return {**{name: str(text) for name, text in stores.items()}, **self.values}


class EnvironmentSettings(SettingsForm):
    """All that is known of an environment before the cloud is asked."""

    name: str
    """`qa-142`: the Pulumi stack, and the stage that every name carries."""

    fabric: Fabric
    """The kind of environment it is."""

    id: EnvironmentId | None
    """`142`; None in a permanent fabric."""

    variables: VariableGroup
    """Resolved: what the release pipeline overrides is in."""

    workload: Path
    """The folder of what runs in it, which may be of another checkout; its names come from the fabric's."""

    project: str
    """The Pulumi project's name: a part of every name that is unique in the world."""

    infrastructure: Fabric | None = None
    """The permanent fabric that it takes its sources and sizes over from; None where it has its own."""

    declared_by_workload: Mapping[str, str] = Field(default_factory=dict)
    """Variables that its `mayfly.yaml` declares, by the name that overrides them, and where."""

    expiry: ExpiryRequest | None = None
    """When it is asked to end; None for the fabric's default."""

    undeclared: Mapping[str, str] = Field(default_factory=dict)
    """What a pipeline sets besides: an application's sources, which only its infrastructure declares."""

    @property
    def azure(self) -> AzureFabric:
        """Its fabric on Azure. Raises BadInput if it is on another cloud."""
        if not isinstance(self.fabric, AzureFabric):
            raise self._elsewhere("azure")
        return self.fabric

    @property
    def aws(self) -> AwsFabric:
        """Its fabric on AWS. Raises BadInput if it is on another cloud."""
        if not isinstance(self.fabric, AwsFabric):
            raise self._elsewhere("aws")
        return self.fabric

    @property
    def infrastructure_group(self) -> str | None:
        """On Azure, the id of the group whose tags tell an application's sources; else None."""
        if not isinstance(self.infrastructure, AzureFabric):
            return None
        return permanent_group(self.infrastructure)

    def _elsewhere(self, wanted: str) -> BadInput:
        what = f"its fabric {self.fabric.name!r} is on {self.fabric.cloud}"
        return BadInput([Problem(f"environment {self.name!r}", what, f"one whose fabric is on {wanted}")])
