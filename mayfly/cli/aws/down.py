"""What `mayfly down` needs to know on AWS: account and region, the project's name, the sources' buckets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mayfly.cli.aws import connect

if TYPE_CHECKING:
    from mayfly.cli.clouds import Doomed
    from mayfly.teardown import Receipt, Stack


def tear_down(doomed: Doomed, stack: Stack, say: Callable[[str], None]) -> Receipt:
    """Remove an environment: one sweep of all that carries its tags or lives under its paths, then ask AWS.

    Nothing of others can be among it, so there is nothing for `include_foreign` to admit.
    """
    from mayfly.teardown.aws import Request, Teardown

    wanted = doomed.settings
    sources = tuple(str(arn) for arn in wanted.variables.buckets.values()) if doomed.variables_known else None
    request = Request(project=wanted.project, environment=wanted.name, sources=sources, forget=doomed.forget)
    return Teardown(connect.to(wanted.aws), stack, request, say).run()
