"""`mayfly:azure:Seed`: data of production, copied once into a container of the environment.

Inputs: factoryId, source, sink, paths, atMost. State: the same, and the files and bytes that were copied. It
makes nothing that it would remove: the data goes with its container.
"""

from __future__ import annotations

from mayfly.clouds.azure.seeding import Seed as Copied
from mayfly.clouds.azure.seeding import fill
from mayfly.clouds.shared import Clouds
from mayfly.errors import BadInput, MayflyError
from mayfly.naming.azure import ids
from mayfly.provider.resource import Bag, Call, Change, ResourceState, Unsupported
from mayfly.provider.wire import UNKNOWN

INPUTS = ("factoryId", "source", "sink", "paths", "atMost")
WHAT = ("factoryId", "source", "sink", "paths")
"""What makes it another seed, which is copied anew. Another cap is none."""


class Cancelled(MayflyError):
    """The engine was asked to stop."""


class Seed:
    """A copy that is made once, when the resource is."""

    deletes_first = False

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def check(self, news: Bag) -> tuple[Bag, list[tuple[str, str]]]:
        """Return everything that is wrong with the inputs."""
        wrong = [(name, "is not a property of it") for name in sorted({*news} - {*INPUTS})]
        wrong += [(name, "is missing") for name in INPUTS if news.get(name) is None]
        factory = news.get("factoryId")
        if factory is not None and factory is not UNKNOWN:
            try:
                ids.parse_as(str(factory), ids.FACTORY)
            except BadInput as error:
                wrong.append(("factoryId", str(error)))
        return news, wrong

    def diff(self, olds: Bag, news: Bag) -> dict[str, Change]:
        """Another source, sink or path is another seed."""
        found = {name: Change.REPLACE for name in WHAT if olds.get(name) != news.get(name)}
        return found | ({"atMost": Change.UPDATE} if olds.get("atMost") != news.get("atMost") else {})

    def preview(self, news: Bag) -> Bag:
        """How much it is, is known when it is done."""
        return {**news, "files": UNKNOWN, "bytes": UNKNOWN}

    def create(self, news: Bag, call: Call) -> ResourceState:
        """List, hold against the cap, copy."""

        def pause(seconds: float) -> None:
            if call.cancelled.wait(seconds):
                raise Cancelled("stopped; the next `up` copies it anew")

        factory = ids.parse_as(str(news["factoryId"]), ids.FACTORY)
        paths = tuple(str(path) for path in news["paths"])
        seed = Copied(str(factory), str(news["source"]), str(news["sink"]), paths, int(news["atMost"]))
        copied = fill(self._clouds.azure(factory.subscription), seed, sleep=pause)
        state = {**news, "files": copied.files, "bytes": copied.bytes}
        return ResourceState(f"{factory}/{seed.name}", state)

    def update(self, olds: Bag, news: Bag, call: Call) -> ResourceState:
        """Another cap copies nothing."""
        state = {**news, "files": olds.get("files", 0), "bytes": olds.get("bytes", 0)}
        return ResourceState(str(olds.get("id", "")), state)

    def read(self, id: str, olds: Bag) -> ResourceState | None:
        """Return what the state has: what pipelines made of the data since is theirs."""
        if not olds:
            raise Unsupported("cannot be imported: an `up` copies it anew")
        return ResourceState(id, olds, {name: olds[name] for name in INPUTS})

    def delete(self, olds: Bag, call: Call) -> None:
        """Nothing: the data goes with its container."""
