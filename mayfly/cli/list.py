"""`mayfly list`: the environments that exist, from the cloud's own tags; no state is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mayfly import registry, settings
from mayfly.cli import project
from mayfly.cli.arguments import Json
from mayfly.cli.output import Output
from mayfly.errors import MayflyError, NotSignedIn
from mayfly.listing import Listed, Listing, LostRole

if TYPE_CHECKING:
    from mayfly.settings import Fabric, Life

COLUMNS = ("environment", "fabric", "cloud", "owner", "created", "expires", "commit", "state", "group")

SHORT = 10
"""Characters of a commit's hash."""


def list_environments(as_json: Json = False) -> None:
    """List the environments that exist, as the cloud's own tags tell: one query a subscription or account."""
    show(Output(as_json), settings.fabrics(project.root()), "list")


def show(output: Output, fabrics: Mapping[str, Fabric], verb: str) -> None:
    """Show the environments of fabrics once; with `--json` as a verb's document. fabrics: by their names."""
    now, listing = datetime.now(UTC), everywhere(fabrics.values())
    for line in lines(listing):
        output.line(line)
    found = {
        "environments": [vars(one) for one in listing.found],
        "unread": listing.unread,
        "lost_roles": [vars(role) for role in listing.lost],
    }
    output.document(verb, found)
    if listing.found:
        rules = {name: fabric.life for name, fabric in fabrics.items()}
        output.table(COLUMNS, [cells(item, rules.get(item.fabric_name), now) for item in listing.found])
    else:
        output.text("no environment exists")
    for role in listing.lost:
        output.text(lost(role))


def lines(listing: Listing) -> list[str]:
    """A line on each place that could not be asked; `--json` has the reason whole.

    Where nobody is signed in, that is all: an SDK says it at length.
    """
    told = []
    for place, why in listing.unread.items():
        first, _, _ = why.partition("\n")
        unread = f"{place} may not be read, what is there is unknown: {first}"
        nobody = f"{place}: nobody is signed in to it, what is there is unknown"
        told.append(nobody if place in listing.unsigned else unread)
    return told


def lost(role: LostRole) -> str:
    """One line on a role of an environment that does not exist."""
    reads = "what it reads may not be seen" if role.reads is None else ", ".join(role.reads)
    if role.reads == []:
        return f"{role.role} belongs to no environment"
    return f"{role.role} belongs to no environment, and its policies name: {reads}"


def cells(item: Listed, rules: Life | None, now: datetime) -> list[str]:
    """One environment for people: when it ends, in words, and the commit's hash as short as it is known by.

    rules: of its fabric, for the longest life.
    """
    told = {column: str(getattr(item, column) or "") for column in COLUMNS}
    told |= {"expires": item.life(rules).told(now), "commit": told["commit"][:SHORT]}
    return [told[column] for column in COLUMNS]


def everywhere(
    fabrics: Iterable[Fabric], here: bool = False, closely: Collection[str] | None = None
) -> Listing:
    """Return the environments of all clouds. A cloud that cannot be asked is reported; none is an error.

    here: also where the shell's own variables point to, whatever the fabrics say. closely: see `Cloud`.
    """
    from concurrent.futures import ThreadPoolExecutor

    by_cloud: dict[str, list[Fabric]] = {cloud: [] for cloud in registry.ENTRIES} if here else {}
    for fabric in sorted(fabrics, key=lambda fabric: fabric.cloud):
        by_cloud.setdefault(fabric.cloud, []).append(fabric)
    with ThreadPoolExecutor() as pool:
        asked = {
            cloud: pool.submit(registry.of(cloud).environments, found, here, closely)
            for cloud, found in by_cloud.items()
        }
    listing, failures = Listing(), []
    for cloud, answer in asked.items():
        try:
            listing.found += answer.result().found
            listing.asked += answer.result().asked
            listing.lost += answer.result().lost
            listing.notes += answer.result().notes
            listing.unread |= answer.result().unread
        except MayflyError as error:
            failures.append(error)
            listing.unread[cloud] = str(error)
            if isinstance(error, NotSignedIn):
                listing.unsigned.add(cloud)
    if failures and len(failures) == len(asked):
        raise failures[0]
    return listing
