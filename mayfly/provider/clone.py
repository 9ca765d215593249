"""`mayfly:data:Clone`: production's tables, writable, for one environment, whatever the engine."""

from __future__ import annotations

from typing import Any

from mayfly.clones import Clone as ClonedTables
from mayfly.clones import CloneRequest, Driver, address, open_driver
from mayfly.clouds.shared import Clouds
from mayfly.errors import MayflyError
from mayfly.provider.resource import Bag, Call, Change, ResourceState
from mayfly.provider.wire import UNKNOWN

TEXTS = ("engine", "catalog", "source", "at", "namespace", "location")
OPTIONAL = ("account", "region")
INPUTS = (*TEXTS, *OPTIONAL, "tables", "marker")


class Clone:
    """See `mayfly.clones`. Its versions are pinned when it is made, and stay whatever production does."""

    deletes_first = True
    """Its namespace is the environment's one for this entry."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def check(self, news: Bag) -> tuple[Bag, list[tuple[str, str]]]:
        """Return everything that is wrong with the inputs."""
        wrong = [
            (name, f"{news.get(name)!r} is not a text")
            for name in TEXTS
            if news.get(name) is not UNKNOWN and not (isinstance(news.get(name), str) and news[name])
        ]
        tables = news.get("tables")
        if not isinstance(tables, list) or not tables:
            wrong.append(("tables", "names no table"))
        if not isinstance(news.get("marker"), dict):
            wrong.append(("marker", "does not say whose it is"))
        inputs = {name: news[name] for name in INPUTS if name in news}
        return inputs, wrong

    def diff(self, olds: Bag, news: Bag) -> dict[str, Change]:
        """Whatever changes replaces it."""
        return {name: Change.REPLACE for name in INPUTS if olds.get(name) != news.get(name)}

    def preview(self, news: Bag) -> Bag:
        """Return the inputs; which version it will be is not known yet."""
        return {**news, "snapshots": UNKNOWN, "rows": UNKNOWN}

    def create(self, news: Bag, call: Call) -> ResourceState:
        """Make it, or go on with what a killed `up` left."""
        driver, request = self._driver(news), _request(news)
        clone = driver.create(request)
        if call.cancelled.is_set():
            raise MayflyError(f"{request.namespace} was not finished: the update was cancelled")
        return _state(news, clone, driver.rows(clone))

    def update(self, olds: Bag, news: Bag, call: Call) -> ResourceState:
        """Never asked for: every change replaces it."""
        raise MayflyError("a clone cannot be changed")

    def read(self, id: str, olds: Bag) -> ResourceState | None:
        """Ask the engine for it."""
        if not olds:
            raise MayflyError("a clone cannot be imported: an `up` makes it anew")
        found = self._driver(olds).find(str(olds["namespace"]))
        return None if found is None else ResourceState(id, olds, {name: olds[name] for name in INPUTS})

    def delete(self, olds: Bag, call: Call) -> None:
        """Remove its pointers, and no file."""
        self._driver(olds).drop(str(olds["namespace"]), olds["marker"])

    def _driver(self, bag: Bag) -> Driver:
        at = address(bag["catalog"], bag.get("account", ""), bag.get("region", ""))
        return open_driver(bag["engine"], at, self._clouds)


def _request(news: Bag) -> CloneRequest:
    return CloneRequest(
        address(news["catalog"], news.get("account", ""), news.get("region", "")),
        news["source"],
        news["tables"],
        news["at"],
        news["namespace"],
        news["location"],
        news["marker"],
    )


def _state(news: Bag, clone: ClonedTables, rows: dict[str, int]) -> ResourceState:
    snapshots = {table: str(base.snapshot or "") for table, base in clone.bases.items()}
    state: dict[str, Any] = {**news, "snapshots": snapshots, "rows": rows}
    return ResourceState(f"{news['catalog']}/{news['namespace']}", state)
