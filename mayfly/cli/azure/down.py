"""What `mayfly down` needs to know on Azure: the subscription, the group's name and the sources' ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayfly.cli.clouds import Doomed
    from mayfly.teardown import Receipt, Stack


def tear_down(doomed: Doomed, stack: Stack, say: Callable[[str], None]) -> Receipt:
    """Remove an environment: grants, then the group, then ask Azure again."""
    from mayfly import naming
    from mayfly.provider import clouds
    from mayfly.teardown.azure import Request, Teardown

    wanted = doomed.settings
    sources = tuple(str(id) for id in wanted.variables.sources.values()) if doomed.variables_known else None
    request = Request(
        project=wanted.project,
        environment=wanted.name,
        subscription=wanted.azure.subscription,
        group=naming.names(wanted).group,
        sources=sources,
        include_foreign=doomed.include_foreign,
        forget=doomed.forget,
    )
    return Teardown(clouds.shared().azure(), stack, request, say).run()
