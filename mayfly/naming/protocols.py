"""What names, tags and times need to know of an environment (settings.EnvironmentSettings has more)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol


class Life(Protocol):
    """How long an ephemeral environment lives."""

    @property
    def default(self) -> timedelta:
        """What it gets when it is made."""


class Fabric(Protocol):
    """A kind of environment, of any cloud."""

    @property
    def name(self) -> str:
        """Such as `qa`."""

    @property
    def owner(self) -> str:
        """The team that answers for it."""

    @property
    def life(self) -> Life | None:
        """None for a permanent fabric."""

    @property
    def scope(self) -> str:
        """`environment` or `application`."""

    @property
    def workload(self) -> str:
        """The workload's folder: its name is a part of names, also where the folder is another one."""


class AzureFabric(Protocol):
    """Where a fabric deploys into on Azure."""

    @property
    def subscription(self) -> str:
        """The subscription's id."""


class AzurePermanent(AzureFabric, Protocol):
    """A fabric on Azure whose one environment has its name."""

    @property
    def name(self) -> str:
        """Such as `prod`."""

    @property
    def workload(self) -> str:
        """The workload's folder."""


class AwsFabric(Protocol):
    """Where a fabric deploys into on AWS."""

    @property
    def account(self) -> str:
        """The account's id."""


class Variables(Protocol):
    """A variable group."""

    @property
    def sources(self) -> Mapping[str, str]:
        """Store name to container resource id, or to bucket ARN."""


class Environment(Protocol):
    """An environment on any cloud."""

    @property
    def name(self) -> str:
        """Such as `qa-142`."""

    @property
    def id(self) -> str | None:
        """Such as `142`; None in a permanent fabric."""

    @property
    def project(self) -> str:
        """The Pulumi project's name."""

    @property
    def fabric(self) -> Fabric:
        """The kind of environment it is."""

    @property
    def variables(self) -> Variables:
        """Its stores and values."""


class AzureEnvironment(Environment, Protocol):
    """An environment on Azure."""

    @property
    def azure(self) -> AzureFabric:
        """Its fabric."""


class AwsEnvironment(Environment, Protocol):
    """An environment on AWS."""

    @property
    def aws(self) -> AwsFabric:
        """Its fabric."""
