"""What `mayfly down` needs to know on AWS: account and region, the project's name, the sources' buckets."""

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
        cloud="aws",
        place=(wanted.aws.account, wanted.aws.region),
        group=naming.aws.resource_group(wanted.name),
        sources=tuple(str(arn) for arn in wanted.variables.buckets.values()) if variables_known else None,
    )


def listed_target(row: Mapping[str, Any]) -> TeardownTarget:
    """By its group's ARN: arn:aws:resource-groups:REGION:ACCOUNT:group/NAME."""
    region, account = row["id"].split(":")[3:5]
    return TeardownTarget(row["environment"], row["project"], "aws", (account, region), row["group"])


def tear_down(target: TeardownTarget, stack: Stack, say: Callable[[str], None]) -> Receipt:
    """Remove an environment: one sweep of all that carries its tags or lives under its paths, then ask AWS.

    Nothing of others can be among it, so there is nothing for `include_foreign` to admit.
    """
    from mayfly.provider import clouds
    from mayfly.teardown.aws import Request, Teardown

    request = Request(target.project, target.environment, target.sources, target.forget)
    return Teardown(clouds.shared().aws(*target.place), stack, request, say).run()
