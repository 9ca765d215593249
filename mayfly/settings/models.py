"""Fabrics, variable groups, and the settings of one environment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mayfly.naming.tagging import MOST_TAGS
from mayfly.settings.refused import Refused
from mayfly.settings.types import (
    Cloud,
    ContainerId,
    ContainerName,
    Duration,
    EnvironmentId,
    FabricName,
    Folder,
    Lifetime,
    Location,
    Owner,
    StoreName,
    SubscriptionId,
    Value,
    ValueName,
)

MOST_SOURCES = MOST_TAGS - 20


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Life(_Form):
    """How long an ephemeral environment lives, counted from when it is made."""

    default: Duration = Field(default=timedelta(days=7))
    """What it gets when it is made."""

    longest: Duration = Field(default=timedelta(days=30))
    """What it can be extended to."""

    @field_validator("longest")
    @classmethod
    def _not_shorter(cls, longest: timedelta, info: ValidationInfo) -> timedelta:
        default = info.data.get("default")
        if default is not None and longest < default:
            raise Refused("is shorter than the default", "at least the default")
        return longest


class Fabric(_Form):
    """A kind of environment and its rules: `stacks/fabrics/<name>.yaml`."""

    name: FabricName
    """The file's name."""

    cloud: Cloud
    """Where its environments are."""

    subscription: SubscriptionId
    """What it deploys into; a source may be in another one."""

    location: Location
    """The region of all that an environment has."""

    lifetime: Lifetime
    """Permanent: one environment, of the fabric's name, that no verb tears down. Ephemeral: many, that go."""

    owner: Owner
    """The team that answers for it."""

    workload: Folder
    """The folder of what runs in it."""

    variables: FabricName
    """The variable group: `stacks/variables/<name>.yaml`; the fabric's own name when left out."""

    life: Life | None = None
    """For an ephemeral fabric alone; 7 days, at most 30, when left out."""

    @property
    def permanent(self) -> bool:
        """Whether this is production: one environment that stays."""
        return self.lifetime == "permanent"


class VariableGroup(_Form):
    """The named stores and values that an environment's pipelines use: `stacks/variables/<name>.yaml`."""

    name: FabricName
    """The file's name."""

    sources: Mapping[StoreName, ContainerId] = Field(default_factory=dict, max_length=MOST_SOURCES)
    """Store to the resource id of the container that is read."""

    sinks: Mapping[StoreName, ContainerName] = Field(default_factory=dict)
    """Store to the name of the container that is written, made in the environment's own account."""

    values: Mapping[ValueName, Value] = Field(default_factory=dict)
    """Plain values: the factory's global parameters."""

    @property
    def containers(self) -> dict[str, str]:
        """Store to its container's own name, sources and sinks alike."""
        return {**{name: id.container for name, id in self.sources.items()}, **self.sinks}

    @property
    def resolved(self) -> dict[str, str | int | float | bool]:
        """Every variable by its declared name: a source's container id, a sink's container, a plain value."""
        return {**{name: str(id) for name, id in self.sources.items()}, **self.sinks, **self.values}


class EnvironmentSettings(_Form):
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
    """The folder of what runs in it."""

    project: str
    """The Pulumi project's name: a part of every name that is unique in the world."""
