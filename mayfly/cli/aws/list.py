"""What `mayfly list` shows of AWS: from the Resource Groups' tags, one query an account and region."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mayfly.cli.clouds import Listing, listed

if TYPE_CHECKING:
    from mayfly.settings import Fabric


def environments(fabrics: Iterable[Fabric], here: bool = False) -> Listing:
    """The environments of the accounts and regions that these fabrics deploy into. here: and the shell's."""
    from mayfly.clouds.aws import Aws
    from mayfly.settings import AwsFabric

    places = {(fabric.account, fabric.region) for fabric in fabrics if isinstance(fabric, AwsFabric)}
    if here and (region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
        with Aws.from_environment(os.environ, region) as cloud:
            places.add((cloud.account, region))
    listing = Listing()
    for account, region in sorted(places):
        _ask(listing, account, region)
    return listing


def _ask(listing: Listing, account: str, region: str) -> None:
    """Add what is there, or why that cannot be told: another account, or no permission."""
    from mayfly.clouds.aws import groups
    from mayfly.errors import NotAllowed
    from mayfly.provider import clouds

    place, cloud = f"account {account} in {region}", clouds.shared().aws(account, region)
    listing.asked.append(place)
    try:
        cloud.check_account()
        found = groups.environments(cloud)
    except NotAllowed as error:
        listing.unread[place] = str(error)
        return
    for group in found:
        listing.found.append(listed(group.environment, group.tags, None, group.name, group.id))
