"""What `mayfly list` shows of Azure: from the groups' tags, one query a subscription."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mayfly.cli.clouds import Listing, listed

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.settings import Fabric


def environments(fabrics: Iterable[Fabric], here: bool = False) -> Listing:
    """The environments of all subscriptions that these fabrics deploy into. here: and of the shell's own."""
    from mayfly.clouds.azure.client import Azure
    from mayfly.settings import AzureFabric

    subscriptions = {fabric.subscription for fabric in fabrics if isinstance(fabric, AzureFabric)}
    if here and (own := os.environ.get("ARM_SUBSCRIPTION_ID") or os.environ.get("AZURE_SUBSCRIPTION_ID")):
        subscriptions.add(own)
    if not subscriptions:
        return Listing()
    return everywhere(Azure.from_environment(os.environ), subscriptions)


def everywhere(cloud: Azure, subscriptions: Iterable[str]) -> Listing:
    """The environments of these subscriptions, and why some could not be read."""
    from mayfly.clouds.azure import groups
    from mayfly.clouds.azure.errors import Refused

    listing = Listing()
    for subscription in sorted(subscriptions):
        listing.asked.append(f"subscription {subscription}")
        try:
            found = groups.environments(cloud, subscription)
        except Refused as error:
            listing.unread[f"subscription {subscription}"] = str(error)
            continue
        for group in found:
            listing.found.append(listed(group.environment, group.tags, group.state, group.name, group.id))
    return listing
