"""What `mayfly list` shows of AWS: from the Resource Groups' tags, and which roles belong to none of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mayfly.clouds.aws import Aws, groups, roles
from mayfly.clouds.shared import shared
from mayfly.errors import NotAllowed
from mayfly.listing import Listed, Listing, LostRole
from mayfly.settings import AwsFabric

if TYPE_CHECKING:
    from mayfly.settings import Fabric


def environments(fabrics: Iterable[Fabric], here: bool = False) -> Listing:
    """The environments of the accounts and regions that these fabrics deploy into. here: and the shell's."""

    places = {(fabric.account, fabric.region) for fabric in fabrics if isinstance(fabric, AwsFabric)}
    if here and (region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
        with Aws.from_environment(os.environ, region) as cloud:
            places.add((cloud.account, region))
    listing = Listing()
    living = {account: set[str]() for account, _ in places}
    for account, region in sorted(places):
        living[account] |= _ask(listing, account, region)
    for account, region in sorted(dict(places).items()):
        _ask_roles(listing, account, region, living[account])
    return listing


def _ask_roles(listing: Listing, account: str, region: str, living: set[str]) -> None:
    """Add the roles of environments that none of the account's regions has. IAM is the same in all."""

    place, cloud = f"roles of account {account}", shared().aws(account, region)
    if any(one.startswith(f"account {account} ") for one in listing.unread):
        return  # what lives there is not known
    try:
        found = roles.without_environment(cloud, living)
    except NotAllowed as error:
        listing.unread[place] = str(error)
        return
    for role in found:
        reads = None if role.reads is None else [*role.reads]
        listing.lost.append(LostRole(role.arn, role.environment, reads))


def _ask(listing: Listing, account: str, region: str) -> set[str]:
    """Add an account's environments, or the reason why they cannot be read. Returns their names."""

    place, cloud = f"account {account} in {region}", shared().aws(account, region)
    listing.asked.append(place)
    try:
        cloud.check_account()
        found = groups.environments(cloud)
    except NotAllowed as error:
        listing.unread[place] = str(error)
        return set()
    for group in found:
        listing.found.append(Listed.of("aws", group.environment, group.tags, group.name, group.id))
    return {str(group.environment) for group in found}
