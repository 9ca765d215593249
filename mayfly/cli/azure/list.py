"""What `mayfly list` shows of Azure: from the groups' tags, one query a subscription."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from mayfly.cli.clouds import Listing, listed

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.clouds.azure.groups import Group
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
    living: list[Group] = []
    read: list[str] = []
    for subscription in sorted(subscriptions):
        listing.asked.append(f"subscription {subscription}")
        try:
            found = groups.environments(cloud, subscription)
        except Refused as error:
            listing.unread[f"subscription {subscription}"] = str(error)
            continue
        read.append(subscription)
        living += found
    for group in living:
        listing.found.append(listed(group.environment, group.tags, group.state, group.name, group.id))
    _add_readers(cloud, listing, living, read)
    return listing


def _add_readers(
    cloud: Azure, listing: Listing, living: Sequence[Group], subscriptions: Sequence[str]
) -> None:
    """Add what still reads a source, though its environment has no group: grants outlive whom they name.

    The sources are those that the living ones' tags name. subscriptions: those whose groups could be read.
    """
    from mayfly import naming
    from mayfly.clouds.azure import grants, infrastructure

    sources = [source for group in living for source in infrastructure.sources(group.tags).values()]
    found = grants.of_environments(cloud, sources)
    listing.unread |= {f"grants on {scope}": why for scope, why in found.unread}
    alive = {
        grants.description(
            naming.identity(group.project or "", group.environment or "", _subscription(group))
        )
        for group in living
    }
    dead = [grant for grant in found.grants if grant.description not in alive]
    for whose, theirs in groupby(sorted(dead, key=_description), key=_description):
        project, environment, subscription = whose.removeprefix(grants.description("")).rsplit("/", 2)
        if subscription in {one.lower() for one in subscriptions}:
            ids = [grant.id for grant in theirs]
            state = f"no group; grants: {len(ids)}"
            listing.found.append(listed(environment, {"mayfly-project": project}, state, None, ids[0]))


def _description(grant: Grant) -> str:
    return grant.description


def _subscription(group: Group) -> str:
    return group.id.split("/")[2]
