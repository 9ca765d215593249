"""`mayfly:aws:Group`: everything in an environment on AWS is `deleted_with` it.

AWS has no group that deletes its contents. This one makes nothing in the cloud; its delete is the sweep of
everything with the environment's tags or under its paths: one operation for the engine.
"""

from __future__ import annotations

import re

from mayfly.clouds.shared import Clouds
from mayfly.errors import Leftovers, MayflyError
from mayfly.provider.resource import Bag, Call, Change, ResourceState
from mayfly.provider.wire import UNKNOWN
from mayfly.teardown.aws.sweep import sweep

INPUTS = {
    "environment": re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*"),
    "project": re.compile(r".+"),
    "account": re.compile(r"[0-9]{12}"),
    "region": re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]"),
}
"""The form of each: a sweep makes prefixes and paths of them, and an empty one would match everything."""


class Group:
    """Environment, project, account and region. A change of any of them replaces the group."""

    deletes_first = True
    """IAM has no regions: a sweep after the new group is made would remove the new group's roles."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def check(self, news: Bag) -> tuple[Bag, list[tuple[str, str]]]:
        """Return everything that is wrong with the inputs."""
        wrong = []
        for name, pattern in INPUTS.items():
            value = news.get(name)
            if value is not UNKNOWN and not (isinstance(value, str) and pattern.fullmatch(value)):
                wrong.append((name, f"{value!r} does not fit {pattern.pattern}"))
        wrong += [(name, "is not a property of it") for name in sorted({*news} - {*INPUTS})]
        return news, wrong

    def diff(self, olds: Bag, news: Bag) -> dict[str, Change]:
        """Whatever changes replaces it."""
        return {name: Change.REPLACE for name in INPUTS if olds.get(name) != news.get(name)}

    def preview(self, news: Bag) -> Bag:
        """Return the inputs: nothing else is unknown."""
        return news

    def create(self, news: Bag, call: Call) -> ResourceState:
        """Make nothing; the caller must be in the account that a delete would sweep."""
        self._clouds.aws(news["account"], news["region"]).check_account()
        return ResourceState(f"{news['account']}/{news['region']}/{news['environment']}", news)

    def update(self, olds: Bag, news: Bag, call: Call) -> ResourceState:
        """Never asked for: every change replaces it."""
        raise MayflyError("a group cannot be changed")

    def read(self, id: str, olds: Bag) -> ResourceState | None:
        """Return what the state has: nothing of the group is in the cloud."""
        if not olds:
            raise MayflyError("a group cannot be imported: an `up` makes it anew")
        return ResourceState(id, olds, {name: olds[name] for name in INPUTS})

    def delete(self, olds: Bag, call: Call) -> None:
        """Sweep. Raises Leftovers with all that remains, and why."""

        cloud = self._clouds.aws(olds["account"], olds["region"])
        cloud.check_account()
        swept = sweep(cloud, olds["project"], olds["environment"], lambda _: None, call.cancelled.wait)
        if swept.remains:
            first = f"{olds['environment']} is not gone; run it again when these can go:"
            reasons = (f"  {one.thing.id}: {one.why}" for one in swept.remains)
            raise Leftovers("\n".join([first, *reasons]))
