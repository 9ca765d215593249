"""Fabrics: the kinds of environments and their rules, one form a cloud."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from mayfly.settings import ids
from mayfly.settings.forms import SettingsForm
from mayfly.settings.invalid import InvalidValue
from mayfly.settings.types import (
    AccountId,
    CloudName,
    Duration,
    FabricName,
    Folder,
    Lifetime,
    Location,
    Owner,
    Region,
    Scope,
    Shared,
    SubscriptionId,
)

INFRASTRUCTURE = "the permanent fabric whose triggers, permissions and sizes it takes over, such as prod"


class Life(SettingsForm):
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
            raise InvalidValue("is shorter than the default", "at least the default")
        return longest


class Fabric(SettingsForm):
    """What fabrics of all clouds have: `stacks/fabrics/<name>.yaml`."""

    name: FabricName
    """The file's name."""

    cloud: CloudName
    """Where its environments are."""

    lifetime: Lifetime
    """Permanent: one environment, of the fabric's name, that no verb tears down. Ephemeral: many, that go."""

    owner: Owner
    """The team that answers for it."""

    workload: Folder
    """The folder of what runs in it."""

    variables: FabricName
    """The variable group: `stacks/variables/<name>.yaml`; the fabric's own name when left out."""

    life: Life | None = None
    """Only for an ephemeral fabric; 7 days, at most 30, when left out."""

    scope: Scope = "environment"
    """Application: its environments duplicate what runs, and take the rest over from `infrastructure`."""

    infrastructure: str | None = Field(default=None, validate_default=True, description=INFRASTRUCTURE)
    """Only for the scope application: the permanent fabric whose infrastructure it uses."""

    @property
    def permanent(self) -> bool:
        """Whether this is production: one environment that stays."""
        return self.lifetime == "permanent"

    @field_validator("scope")
    @classmethod
    def _goes(cls, scope: Scope, info: ValidationInfo) -> Scope:
        if scope == "application" and info.data.get("lifetime") == "permanent":
            what = "a permanent fabric has infrastructure of its own"
            raise InvalidValue(what, "`scope: environment`, or `lifetime: ephemeral`")
        return scope

    @field_validator("infrastructure", mode="before")
    @classmethod
    def _with_application(cls, infrastructure: Any, info: ValidationInfo) -> str | None:
        application = info.data.get("scope") == "application"
        if infrastructure is None:
            if application:
                raise InvalidValue("is missing: the scope is application", INFRASTRUCTURE)
            return None
        if not application and "scope" in info.data:
            raise InvalidValue("a fabric of the scope environment makes its own", "leave it out")
        return ids.fabric_name(infrastructure)


class AzureFabric(Fabric):
    """A fabric on Azure."""

    cloud: Literal["azure"]
    """Where its environments are."""

    subscription: SubscriptionId
    """What it deploys into; a source may be in another one."""

    location: Location
    """The region of all that an environment has."""

    shared_subscription: Shared = False
    """Whether its subscription may hold sources or a permanent environment: its deployer could write them."""

    @field_validator("shared_subscription")
    @classmethod
    def _ephemeral(cls, shared: bool, info: ValidationInfo) -> bool:
        if shared and info.data.get("lifetime") == "permanent":
            raise InvalidValue(
                "is for ephemeral fabrics: a permanent one is production itself", "leave it out"
            )
        return shared


class AwsFabric(Fabric):
    """A fabric on AWS."""

    cloud: Literal["aws"]
    """Where its environments are."""

    account: AccountId
    """What it deploys into; a source may be in another one."""

    region: Region
    """The region of all that an environment has."""
