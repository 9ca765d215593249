"""The name of each resource of an environment, made from the environment's own and nothing that changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from mayfly.errors import BadInput, Problem
from mayfly.naming.hashing import cut, digest
from mayfly.naming.limits import ACCOUNT, FACTORY, GROUP, LIMITS


class Life(Protocol):
    """How long an ephemeral environment lives."""

    @property
    def default(self) -> timedelta:
        """What it gets when it is made."""


class Fabric(Protocol):
    """What names and tags need to know of a fabric (settings.Fabric has more)."""

    @property
    def name(self) -> str:
        """Such as `qa`."""

    @property
    def subscription(self) -> str:
        """The subscription's id."""

    @property
    def owner(self) -> str:
        """The team that answers for it."""

    @property
    def life(self) -> Life | None:
        """None for a permanent fabric."""


class Variables(Protocol):
    """What tags need to know of a variable group."""

    @property
    def sources(self) -> Mapping[str, str]:
        """Store name to container resource id."""


class Environment(Protocol):
    """What names and tags need to know of an environment (settings.EnvironmentSettings has more)."""

    @property
    def name(self) -> str:
        """Such as `qa-142`."""

    @property
    def project(self) -> str:
        """The Pulumi project's name."""

    @property
    def workload(self) -> Path:
        """The workload's folder."""

    @property
    def fabric(self) -> Fabric:
        """The kind of environment it is."""

    @property
    def variables(self) -> Variables:
        """Its stores and values."""


@dataclass(frozen=True)
class Names:
    """The names of an environment's resources, each within the limits of its type.

    group: the resource group, `qa-142-flights`; unique in the subscription.
    account: the storage account, `qa142` and a hash; unique in the world.
    factory: the data factory, `qa-142-flights-` and a hash; unique in the world.
    """

    group: str
    account: str
    factory: str


def group_name(environment: str, workload: Path) -> str:
    """Name the resource group of an environment, from its name and its workload's folder."""
    return cut(f"{environment}-{_word(workload)}", LIMITS[GROUP].longest)


def names(environment: Environment) -> Names:
    """Name an environment's resources.

    The group is the environment's name and the workload's, which is one word without a hyphen, so that no two
    environments meet in one name. Account and factory names are unique in the world: both end in a hash over
    project, environment and subscription (60 and 30 bits; the factory's name spells the environment as well).
    What would be too long is cut, with a hash of the whole.

    Raises BadInput when a name does not fit its type's limits.
    """
    identity = (environment.project, environment.name, environment.fabric.subscription.lower())
    group = group_name(environment.name, environment.workload)
    made = Names(
        group=group,
        account=environment.name.replace("-", "")[:12] + digest(*identity, length=12),
        factory=f"{cut(group, LIMITS[FACTORY].longest - 7)}-{digest(*identity, length=6)}",
    )
    _check(made)
    return made


def _word(workload: Path) -> str:
    """The workload folder's name as one word of lower-case letters and digits, at most 20."""
    word = re.sub(r"[^a-z0-9]", "", workload.name.lower())
    return word[:20] or "workload"


def _check(made: Names) -> None:
    named = {GROUP: made.group, ACCOUNT: made.account, FACTORY: made.factory}
    problems = [
        Problem(type, f"the name {name!r} is not allowed", LIMITS[type].allowed)
        for type, name in named.items()
        if not LIMITS[type].allows(name)
    ]
    if problems:
        raise BadInput(problems)
