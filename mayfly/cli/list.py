"""`mayfly list`: the environments that exist, from their groups' tags; no state is asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.output import Output

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.groups import Group

COLUMNS = ("environment", "fabric", "owner", "created", "expires", "commit", "state", "group")

SHORT = 10
"""Characters of a commit's hash."""


def list_environments(as_json: Json = False) -> None:
    """List the environments that exist, as the cloud's own tags tell: one query a subscription."""
    from mayfly import settings
    from mayfly.clouds.azure.client import Azure

    output = Output(as_json)
    fabrics = settings.fabrics(project.root())
    cloud = Azure.from_environment(os.environ)
    found, unread = everywhere(cloud, {fabric.subscription for fabric in fabrics.values()})
    for subscription, why in unread.items():
        output.line(f"subscription {subscription} may not be read, what is there is unknown: {why}")
    output.document("list", {"environments": found, "unread": unread})
    if found:
        output.table(COLUMNS, [cells(item) for item in found])
    else:
        output.text("no environment exists")


def cells(item: Mapping[str, Any]) -> list[str]:
    """One environment for people: the commit's hash as short as it is known by."""
    return [str(item[column] or "")[: SHORT if column == "commit" else None] for column in COLUMNS]


def everywhere(cloud: Azure, subscriptions: Iterable[str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The environments of all subscriptions, and why some could not be read."""
    from mayfly.clouds.azure import groups
    from mayfly.clouds.azure.errors import Refused

    found: list[dict[str, Any]] = []
    unread: dict[str, str] = {}
    for subscription in sorted(subscriptions):
        try:
            found += [row(group) for group in groups.environments(cloud, subscription)]
        except Refused as error:
            unread[subscription] = str(error)
    return found, unread


def row(group: Group) -> dict[str, Any]:
    """One environment, as its group's tags tell. Times are RFC 3339, UTC; None where no tag is."""
    tags = group.tags
    return {
        "environment": group.environment,
        "fabric": tags.get("mayfly-fabric"),
        "owner": tags.get("mayfly-owner"),
        "created": tags.get("mayfly-created-at"),
        "expires": tags.get("mayfly-expires-at"),
        "repository": tags.get("mayfly-repository"),
        "commit": tags.get("mayfly-commit"),
        "state": group.state,
        "group": group.name,
        "id": group.id,
    }
