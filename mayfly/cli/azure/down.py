"""What `mayfly down` needs to know on Azure: the subscription, the group's name and the sources' ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mayfly.cli.clouds import TeardownTarget

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings
    from mayfly.teardown import Receipt, Stack


def target(wanted: EnvironmentSettings, variables_known: bool) -> TeardownTarget:
    """By its settings, as far as they could be read."""
    from mayfly import naming

    return TeardownTarget(
        environment=wanted.name,
        project=wanted.project,
        cloud="azure",
        place=(wanted.azure.subscription,),
        group=naming.names(wanted).group,
        sources=tuple(str(id) for id in wanted.variables.sources.values()) if variables_known else None,
    )


def listed_target(row: Mapping[str, Any]) -> TeardownTarget:
    """By its group; the group's tags name the sources."""
    from mayfly.clouds.azure import ids

    place = (ids.parse(row["id"]).subscription,)
    return TeardownTarget(row["environment"], row["project"], "azure", place, row["group"])


def tear_down(target: TeardownTarget, stack: Stack, say: Callable[[str], None]) -> Receipt:
    """Remove an environment: grants, then the group, then ask Azure again."""
    from mayfly.provider import clouds
    from mayfly.teardown.azure import Request, Teardown

    request = Request(
        project=target.project,
        environment=target.environment,
        subscription=target.place[0],
        group=target.group,
        sources=target.sources,
        include_foreign=target.include_foreign,
        forget=target.forget,
    )
    return Teardown(clouds.shared().azure(request.subscription), stack, request, say).run()
