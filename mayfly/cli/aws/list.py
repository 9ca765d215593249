"""What `mayfly list` shows of AWS: from the Resource Groups' tags, one query an account and region."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mayfly.cli.aws import connect
from mayfly.cli.clouds import Listing, listed

if TYPE_CHECKING:
    from mayfly.settings import AwsFabric, Fabric


def environments(fabrics: Iterable[Fabric]) -> Listing:
    """The environments of all accounts and regions that these fabrics deploy into."""
    from mayfly.settings import AwsFabric

    places = {(fabric.account, fabric.region): fabric for fabric in fabrics if isinstance(fabric, AwsFabric)}
    listing = Listing()
    for (account, region), fabric in sorted(places.items()):
        _ask(listing, f"account {account} in {region}", fabric)
    return listing


def _ask(listing: Listing, place: str, fabric: AwsFabric) -> None:
    """Add what is there, or why that cannot be told: another account, or no permission."""
    from mayfly.clouds.aws import groups
    from mayfly.errors import NotAllowed

    cloud = connect.to(fabric)
    try:
        cloud.check_account()
        found = groups.environments(cloud)
    except NotAllowed as error:
        listing.unread[place] = str(error)
        return
    for group in found:
        listing.found.append(listed(group.environment, group.tags, None, group.name, group.id))
