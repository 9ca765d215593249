"""What `mayfly list` shows of AWS: from the Resource Groups' tags, and which roles belong to none of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from mayfly.clouds.aws import Aws, groups, roles
from mayfly.clouds.shared import shared
from mayfly.errors import NotAllowed
from mayfly.listing import Listed, Listing, LostRole
from mayfly.naming import stamp
from mayfly.settings import AwsFabric

if TYPE_CHECKING:
    from mayfly.clouds.thing import EnvironmentGroup
    from mayfly.settings import Fabric

Place = tuple[str, str]
"""Account and region."""


def environments(
    fabrics: Iterable[Fabric], here: bool = False, closely: Collection[str] | None = None
) -> Listing:
    """The environments of the accounts and regions that these fabrics deploy into. here: and the shell's.

    closely: see `Cloud.environments`; of roles alone, since an environment leaves nothing at a source.
    """

    ours = [fabric for fabric in fabrics if isinstance(fabric, AwsFabric)]
    places = {(fabric.account, fabric.region) for fabric in ours}
    if here and (region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
        with Aws.from_environment(os.environ, region) as cloud:
            places.add((cloud.account, region))
    listing = Listing()
    living: dict[Place, Sequence[EnvironmentGroup]] = {}
    for place in sorted(places):
        living[place] = _ask(listing, *place)
    for account in sorted({account for account, _ in places}):
        theirs = {place: found for place, found in living.items() if place[0] == account}
        lost, first = _ask_roles(listing, theirs)
        for place, found in theirs.items():
            listing.found += [_row(group, place, first if closely is not None else None) for group in found]
        if closely is not None:
            homes = {fabric.name: (fabric.account, fabric.region) for fabric in ours}
            listing.found += _left(lost, homes)
    return listing


def _ask(listing: Listing, account: str, region: str) -> Sequence[EnvironmentGroup]:
    """An account's environments; none, with the reason told, where they cannot be read."""

    place, cloud = f"account {account} in {region}", shared().aws(account, region)
    listing.asked.append(place)
    try:
        cloud.check_account()
        return groups.environments(cloud)
    except NotAllowed as error:
        listing.unread[place] = str(error)
        return ()


def _ask_roles(
    listing: Listing, living: Mapping[Place, Sequence[EnvironmentGroup]]
) -> tuple[Sequence[roles.Role], Mapping[str, datetime] | None]:
    """Return the roles of environments that no region has, and when the first role of each other was made.

    IAM is the same in all regions. living: of all regions of the account. None where they cannot be read.
    """
    (account, region), *_ = living
    if any(one.startswith(f"account {account} ") for one in listing.unread):
        return (), None  # what lives there is not known
    cloud = shared().aws(account, region)
    names = {group.environment or "" for found in living.values() for group in found}
    try:
        listed = roles.of_environments(cloud)
        lost = roles.without_environment(cloud, listed, names)
    except NotAllowed as error:
        listing.unread[f"roles of account {account}"] = str(error)
        return (), None
    for role in lost:
        reads = None if role.reads is None else [*role.reads]
        listing.lost.append(LostRole(role.arn, role.environment, reads))
    first: dict[str, datetime] = {}
    for role in listed:
        if role.made is not None:
            first[role.environment] = min(role.made, first.get(role.environment, role.made))
    return lost, first


def _row(group: EnvironmentGroup, place: Place, first: Mapping[str, datetime] | None) -> Listed:
    """first: when the first role of each environment was made; None where nobody looked."""
    name = group.environment or ""
    return Listed.of(
        "aws",
        name,
        group.tags,
        group.name,
        group.id,
        place=place,
        seen=stamp(first[name]) if first and name in first else None,
        lacks=None if first is None else () if name in first else ("role",),
    )


def _left(lost: Iterable[roles.Role], homes: Mapping[str, Place]) -> Iterator[Listed]:
    """A row for each environment that has roles and no group, where its fabric deploys into.

    homes: fabric → its place. Without it nobody knows which region to ask whether it lives.
    """
    for environment, of_one in groupby(lost, key=lambda role: role.environment):
        place, theirs = homes.get(environment.partition("-")[0]), [*of_one]
        if place is not None and f":{place[0]}:" in theirs[0].arn:
            made = max((role.made for role in theirs if role.made), default=None)
            yield Listed.of(
                "aws",
                environment,
                theirs[0].tags,
                None,
                theirs[0].arn,
                f"no group; roles: {len(theirs)}",
                place=place,
                seen=stamp(made) if made else None,
            )
