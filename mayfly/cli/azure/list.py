"""What `mayfly list` shows of Azure: from the groups' tags, one query a subscription."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mayfly.cli.clouds import Listing

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.groups import Group
    from mayfly.settings import Fabric


def environments(fabrics: Iterable[Fabric]) -> Listing:
    """The environments of all subscriptions that these fabrics deploy into."""
    from mayfly.clouds.azure.client import Azure
    from mayfly.settings import AzureFabric

    subscriptions = {fabric.subscription for fabric in fabrics if isinstance(fabric, AzureFabric)}
    return everywhere(Azure.from_environment(os.environ), subscriptions)


def everywhere(cloud: Azure, subscriptions: Iterable[str]) -> Listing:
    """The environments of these subscriptions, and why some could not be read."""
    from mayfly.clouds.azure import groups
    from mayfly.clouds.azure.errors import Refused

    listing = Listing()
    for subscription in sorted(subscriptions):
        try:
            listing.found += [row(group) for group in groups.environments(cloud, subscription)]
        except Refused as error:
            listing.unread[f"subscription {subscription}"] = str(error)
    return listing


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
