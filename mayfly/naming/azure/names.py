"""The name of each resource of an environment on Azure, made from nothing that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mayfly.naming.limits import ACCOUNT, FACTORY, GROUP, LIMITS, check
from mayfly.naming.parts import cut, digest, word

if TYPE_CHECKING:
    from mayfly.settings import AzureFabric, EnvironmentSettings


@dataclass(frozen=True)
class AzureNames:
    """The names of an environment's resources, each within the limits of its type.

    group: the resource group, `qa-142-flights`; unique in the subscription.
    account: the storage account, `qa142` and a hash; unique in the world.
    factory: the data factory, `qa-142-flights-` and a hash; unique in the world.
    further: the names of further storage accounts, by the words for them in the variable group.
    """

    group: str
    account: str
    factory: str
    further: Mapping[str, str] = field(default_factory=dict)


def group_name(environment: str, workload: str) -> str:
    """Name the resource group of an environment, from its name and its fabric's workload."""
    return cut(f"{environment}-{word(workload)}", LIMITS[GROUP].longest)


def permanent_group(fabric: AzureFabric) -> str:
    """Return the resource id of the group of a permanent fabric's one environment."""
    name = group_name(fabric.name, fabric.workload)
    return f"/subscriptions/{fabric.subscription}/resourceGroups/{name}"


def reaper(project: str, subscription: str) -> str:
    """Name a project's reaper in a subscription, its group and its factory: `reaper-mayfly-` and a hash.

    No fabric is called reaper, so no environment and no verb has what is called so.
    """
    room = LIMITS[FACTORY].longest - len("reaper--") - 6
    return f"reaper-{word(project)[:room]}-{digest('reaper', project, subscription.lower(), length=6)}"


def names(wanted: EnvironmentSettings) -> AzureNames:
    """Name an environment's resources.

    The group is the environment's name and the workload's, which is one word without a hyphen, so that no two
    environments meet in one name. Account and factory names are unique in the world: both end in a hash over
    project, environment and subscription (60 and 30 bits; the factory's name spells the environment as well).
    What would be too long is cut, with a hash of the whole.

    Raises BadInput when a name does not fit its type's limits.
    """
    identity = (wanted.project, wanted.name, wanted.azure.subscription.lower())
    group = group_name(wanted.name, wanted.fabric.workload)
    made = AzureNames(
        group=group,
        account=wanted.name.replace("-", "")[:12] + digest(*identity, length=12),
        factory=f"{cut(group, LIMITS[FACTORY].longest - 7)}-{digest(*identity, length=6)}",
        further={
            word: wanted.name.replace("-", "")[:12] + digest(*identity, word, length=12)
            for word in wanted.variables.accounts
            if word
        },
    )
    check({GROUP: made.group, ACCOUNT: made.account, FACTORY: made.factory})
    return made
