"""What `mayfly list` shows of Azure: from the groups' tags, one query a subscription."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from mayfly import naming
from mayfly.clouds.azure import grants, groups, infrastructure
from mayfly.clouds.azure.errors import CloudError, Unsigned
from mayfly.clouds.shared import shared
from mayfly.listing import Listed, Listing
from mayfly.settings import AzureFabric
from mayfly.settings.rules import in_words

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.clouds.azure.grants import Grant
    from mayfly.clouds.azure.groups import Group, Part
    from mayfly.settings import Fabric


def environments(
    fabrics: Iterable[Fabric], here: bool = False, closely: Collection[str] | None = None
) -> Listing:
    """The environments of all subscriptions that these fabrics deploy into. here: and of the shell's own."""

    subscriptions = {fabric.subscription for fabric in fabrics if isinstance(fabric, AzureFabric)}
    if here and (own := os.environ.get("ARM_SUBSCRIPTION_ID") or os.environ.get("AZURE_SUBSCRIPTION_ID")):
        subscriptions.add(own)
    return everywhere(shared().azure, subscriptions, closely)


CLOCKS = timedelta(minutes=15)
"""By so much a clock may differ: as much as AWS takes (S3, RequestTimeTooSkewed)."""

UNREADABLE = (401, 403, 404)
"""Statuses of a subscription that is closed to the caller: by its tenant, by a role, or as if not there."""


def everywhere(
    cloud_of: Callable[[str], Azure],
    subscriptions: Iterable[str],
    closely: Collection[str] | None = None,
) -> Listing:
    """The environments of these subscriptions, and why some could not be read.

    cloud_of: the cloud, signed in to for a subscription: `az login` may be of another tenant than its.
    closely: sources besides, where it also tells what each is made of, by the providers' own lists: two
    queries more a subscription.
    Raises CloudError, also when nobody is signed in to any of them.
    """
    listing = Listing()
    living: dict[str, list[Group]] = {}
    parts: dict[str, Part] = {}
    unsigned: list[Unsigned] = []
    for subscription in sorted(subscriptions):
        listing.asked.append(f"subscription {subscription}")
        try:
            living[subscription] = groups.environments(cloud_of(subscription), subscription)
            if closely is not None:
                parts |= groups.parts(cloud_of(subscription), subscription)
                _check_clock(cloud_of(subscription))
        except CloudError as error:
            if isinstance(error, Unsigned):
                unsigned.append(error)
            elif error.status not in UNREADABLE:
                raise
            living.pop(subscription, None)
            listing.unread[f"subscription {subscription}"] = str(error)
    if unsigned and len(unsigned) == len(listing.asked):
        raise unsigned[0]
    for group in (one for found in living.values() for one in found):
        part = parts.get(group.id.lower(), groups.Part()) if closely is not None else None
        listing.found.append(_row(group, part))
    readers = _add_readers(cloud_of, listing, living, closely or ())
    if closely is not None:
        listing.notes += _of_nobody(readers, living, parts)
    return listing


def _check_clock(cloud: Azure) -> None:
    """Raise CloudError where the clocks differ: of what is over, only the time decides.

    AWS refuses such a caller's signature by itself; Resource Manager takes its token.
    """
    ahead = cloud.clock_ahead
    if abs(ahead) > CLOCKS:
        whose = f"{in_words(abs(ahead))} {'ahead of' if ahead > timedelta() else 'behind'} Azure's"
        raise CloudError(0, "ClockSkewed", f"this machine's clock is {whose}: nothing tells what is over")


def _row(group: Group, part: Part | None) -> Listed:
    """part: what lies in the group; None where nobody looked."""
    return Listed.of(
        "azure",
        group.environment,
        group.tags,
        group.name,
        group.id,
        group.state,
        place=(group.id.split("/")[2],),
        seen=None if part is None or part.first is None else naming.stamp(part.first),
        lacks=None if part is None else part.lacks,
    )


def _add_readers(
    cloud_of: Callable[[str], Azure],
    listing: Listing,
    living: Mapping[str, Sequence[Group]],
    further: Collection[str],
) -> Collection[Grant]:
    """Add what still reads a source, though its environment has no group: grants outlive whom they name.

    The sources are those that the living ones' tags name. living: by subscription, where it could be read.
    further: sources besides: where none lives, no tag names any. Returns all that name an environment.
    """

    readers: dict[str, Grant] = {}
    for subscription, alive in living.items():
        sources = [source for group in alive for source in infrastructure.sources(group.tags).values()]
        found = grants.of_environments(cloud_of(subscription), [*sources, *further])
        further = ()
        listing.unread |= {f"grants on {scope}": why for scope, why in found.unread}
        readers |= {grant.id.lower(): grant for grant in found.grants}
    described = {_description(group) for alive in living.values() for group in alive}
    by_description = attrgetter("description")
    dead = [grant for grant in readers.values() if grant.description not in described]
    for whose, of_one in groupby(sorted(dead, key=by_description), key=by_description):
        project, environment, subscription = whose.removeprefix(grants.description("")).rsplit("/", 2)
        theirs = [*of_one]
        if subscription in {one.lower() for one in living}:
            made = max((grant.made for grant in theirs if grant.made), default=None)
            listing.found.append(
                Listed.of(
                    "azure",
                    environment,
                    {"mayfly-project": project},
                    None,
                    theirs[0].id,
                    f"no group; grants: {len(theirs)}",
                    place=(subscription,),
                    sources=tuple(dict.fromkeys(grant.scope for grant in theirs)),
                    seen=None if made is None else naming.stamp(datetime.fromisoformat(made)),
                )
            )
    return readers.values()


def _of_nobody(
    readers: Iterable[Grant], living: Mapping[str, Sequence[Group]], parts: Mapping[str, Part]
) -> Iterator[str]:
    """Say which grants of living environments name an identity that these do not have any more.

    They go with the environment, by their description. Until then they give nobody anything: an object id is
    never given again.
    """
    whole = {
        _description(group): part
        for found in living.values()
        for group in found
        if (part := parts.get(group.id.lower())) is not None and not part.lacks
    }
    for grant in readers:
        part = whole.get(grant.description)
        if part is not None and grant.principal_id.lower() not in part.principals:
            what = "names an identity that its environment has no more"
            yield f"{grant.id} {what}; it goes with the environment"


def _description(group: Group) -> str:
    """What the grants of a group's environment say."""
    subscription = naming.azure.ids.parse(group.id).subscription
    return grants.description(
        naming.azure.identity(group.project or "", group.environment or "", subscription)
    )
