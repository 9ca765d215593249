"""What `mayfly up` asks of Azure: is anything wrong, and what did a killed run make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem, refusal

if TYPE_CHECKING:
    from mayfly.cli.clouds import Finder
    from mayfly.settings import EnvironmentSettings
    from mayfly.workload.environment import Runs


def check(wanted: EnvironmentSettings, runs: Runs) -> bool:
    """Whether the environment's group exists. Raises BadInput, or Denied, with all that is wrong."""
    from mayfly import naming
    from mayfly.clouds.azure.preflight import preflight
    from mayfly.provider import clouds

    names = naming.names(wanted)
    request = {
        "subscription": wanted.azure.subscription,
        "group": names.group,
        "account": names.account,
        "factory": names.factory,
        "sources": {name: str(id) for name, id in wanted.variables.sources.items()},
        "project": wanted.project,
        "environment": wanted.name,
        "infrastructure": _infrastructure(wanted),
        "permanent": wanted.azure.permanent,
        "shared_subscription": wanted.azure.shared_subscription,
    }
    found = preflight(clouds.shared().azure(wanted.azure.subscription), request)
    _completed(wanted, runs, found.get("infrastructure"))
    if found["problems"]:
        raise refusal([Problem(**problem) for problem in found["problems"]])
    return bool(found["group_tags"])


def _infrastructure(wanted: EnvironmentSettings) -> dict[str, str] | None:
    """Whose sources an application reads, and the group that tells them."""
    name, group = wanted.fabric.infrastructure, wanted.infrastructure_group
    return {"environment": name, "group": group} if name and group else None


def _completed(wanted: EnvironmentSettings, runs: Runs, sources: dict[str, str] | None) -> None:
    """Raise BadInput for an application that does not fit its infrastructure's sources."""
    from mayfly.workload import Workload, takeover

    if sources is not None and isinstance(runs, Workload):
        takeover.factory(wanted, runs, sources)


def complete(wanted: EnvironmentSettings) -> EnvironmentSettings:
    """An application with the sources that its infrastructure publishes. Raises BadInput, CloudError."""
    from mayfly.clouds.azure import infrastructure
    from mayfly.provider import clouds
    from mayfly.workload import takeover

    where = _infrastructure(wanted)
    if where is None:
        return wanted
    cloud, name = clouds.shared().azure(wanted.azure.subscription), where["environment"]
    sources = infrastructure.published(cloud, where["group"], wanted.project, name)
    if sources is None:
        what, fix = f"{where['group']} is not there", f"make it first, as its owner: `mayfly up {name}`"
        raise BadInput([Problem(f"infrastructure {name}", what, fix)])
    return takeover.containers(wanted, sources)


def finder(wanted: EnvironmentSettings) -> Finder:
    """What settles the creates that a killed `up` left pending."""
    from mayfly.cli.azure import recovery
    from mayfly.provider import clouds

    subscription = wanted.azure.subscription
    return recovery.finder(clouds.shared().azure(subscription), subscription)
