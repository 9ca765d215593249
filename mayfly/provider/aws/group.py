"""`mayfly:aws:Group`: what all of an environment on AWS is deleted with.

AWS has no group that takes along what is in it. So this one makes nothing in the cloud, and its delete is the
sweep of all that carries the environment's tags or lives under its paths: one operation for the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mayfly.clouds.shared import Clouds
from mayfly.errors import Leftovers, MayflyError
from mayfly.provider.resource import Bag, Call, Kind, Made
from mayfly.provider.wire import UNKNOWN
from mayfly.teardown.aws.sweep import sweep
from mayfly.teardown.receipt import Remaining

INPUTS = {
    "environment": re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*"),
    "project": re.compile(r".+"),
    "account": re.compile(r"[0-9]{12}"),
    "region": re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]"),
}
"""What each has to look like: a sweep makes prefixes and paths of them, and an empty one would fit all."""


class Group:
    """Environment, project, account and region; none of them can change: another group is meant then."""

    deletes_first = True
    """IAM knows no region: a sweep after the new one is made would take the new one's roles."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def check(self, news: Bag) -> tuple[Bag, list[tuple[str, str]]]:
        """Everything that is wrong with the inputs."""
        return news, list(_wrong(news))

    def diff(self, olds: Bag, news: Bag) -> dict[str, Kind]:
        """Whatever changes replaces it."""
        return {name: Kind.REPLACE for name in INPUTS if olds.get(name) != news.get(name)}

    def preview(self, news: Bag) -> Bag:
        """All is known: it is what was asked for."""
        return news

    def create(self, news: Bag, call: Call) -> Made:
        """Nothing to make; the caller must be in the account that a delete would sweep."""
        self._clouds.aws(news["account"], news["region"]).check_account()
        return Made(f"{news['account']}/{news['region']}/{news['environment']}", news)

    def update(self, olds: Bag, news: Bag, call: Call) -> Made:
        """Never asked for: every change replaces it."""
        raise MayflyError("a group cannot be changed")

    def read(self, id: str, olds: Bag) -> Made | None:
        """It is there for as long as the state says so: it is not in the cloud."""
        if not olds:
            raise MayflyError("a group cannot be imported: an `up` makes it anew")
        return Made(id, olds, {name: olds[name] for name in INPUTS})

    def delete(self, olds: Bag, call: Call) -> None:
        """Sweep. Raises Leftovers with all that remains, and why."""

        cloud = self._clouds.aws(olds["account"], olds["region"])
        cloud.check_account()
        swept = sweep(cloud, olds["project"], olds["environment"], lambda _: None, call.cancelled.wait)
        if swept.remains:
            raise Leftovers("\n".join(_told(olds["environment"], swept.remains)))


def _wrong(bag: Bag) -> Iterator[tuple[str, str]]:
    for name, pattern in INPUTS.items():
        value = bag.get(name)
        if value is not UNKNOWN and not (isinstance(value, str) and pattern.fullmatch(value)):
            yield name, f"{value!r} does not fit {pattern.pattern}"
    yield from ((name, "is not a property of it") for name in sorted({*bag} - {*INPUTS}))


def _told(environment: str, remains: Iterable[Remaining]) -> Iterator[str]:
    yield f"{environment} is not gone; run it again when these can go:"
    yield from (f"  {one.thing.id}: {one.why}" for one in remains)
