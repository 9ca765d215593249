"""What an environment writes: containers of a storage account of its own, a folder of its bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mayfly.naming.limits import CONTAINER, LIMITS
from mayfly.settings.invalid import InvalidValue, shown, text
from mayfly.settings.sources import ContainerId, container_id, container_names

ACCOUNT = "a word for it, at most 20 lower-case letters and digits; stores of one word share an account"
CONTAINERS = f"the names of its containers, each {LIMITS[CONTAINER].allowed}"

PATH = "a folder and a pattern of names, such as 2013/* or reference/*.csv, for files at any depth below it"
SIZE = "a number and a unit, B, KB, MB, GB or TB (of 1,000), such as 5GB"

_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]?B)", re.IGNORECASE)
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_ACCOUNT = re.compile(r"[a-z0-9]{1,20}")


@dataclass(frozen=True)
class Seed:
    """Data of production that a sink begins with.

    source: id of the container that it comes from. into: name of the sink's container. paths: a folder and a
    pattern of names, "2013/*", for files at any depth. at_most: bytes.
    """

    source: ContainerId
    into: str
    paths: tuple[str, ...]
    at_most: int


class Sink(str):
    """What a store is that an environment writes: its containers' names, with commas between them.

    account: a word for the storage account that they are made in; "" for the one that every environment has.
    seeds: what they are filled with when they are made.
    """

    account: str
    seeds: tuple[Seed, ...]

    def __new__(cls, names: str, account: str = "", seeds: tuple[Seed, ...] = ()) -> Sink:
        """Make it from checked names."""
        self = super().__new__(cls, names)
        self.account, self.seeds = account, seeds
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The containers' names, in the order of the file."""
        return tuple(self.split(","))

    def renamed(self, names: str) -> Sink:
        """Return the same with other containers. Raises InvalidValue where a seed fills none of them."""
        for seed in self.seeds:
            if seed.into not in names.split(","):
                raise InvalidValue(f"has no container {seed.into!r}, which a seed fills", "keep its name")
        return Sink(names, self.account, self.seeds)


def sink(value: object) -> Sink:
    """Return a sink from its containers: one's name, or a list. Raises InvalidValue."""
    return Sink(",".join(container_names(value)))


def container_to_read(value: object) -> ContainerId:
    """Return the id of the container that a seed comes from. Raises InvalidValue."""
    found = container_id(value)
    if len(found.names) > 1:
        raise InvalidValue(f"{shown(value)} is several containers", "one seed for each")
    return found


def path(value: object) -> str:
    """Return a folder and a pattern of names in it: `2013/*`. Raises InvalidValue."""
    found = text(value, PATH).lstrip("/")
    folder, _, pattern = found.rpartition("/")
    parts = folder.split("/") if folder else []
    if any(sign in folder for sign in "*?") or "@" in found or any(part in ("", ".", "..") for part in parts):
        raise InvalidValue(f"{shown(value)} is no path of a seed", PATH)
    return found if pattern else f"{found}*"


def size(value: object) -> int:
    """Return bytes from `5GB`. Raises InvalidValue."""
    matched = _SIZE.fullmatch(text(value, SIZE))
    if not matched:
        raise InvalidValue(f"{shown(value)} is no size", SIZE)
    return int(float(matched[1]) * _UNITS[matched[2].upper()])


def account_word(value: object) -> str:
    """Return the word for an account of the environment's own. Raises InvalidValue."""
    found = text(value, ACCOUNT)
    if not _ACCOUNT.fullmatch(found):
        raise InvalidValue(f"{shown(value)} is no word for an account", ACCOUNT)
    return found


def shared_containers(sinks: Mapping[str, Sink]) -> Iterator[tuple[str, str, str]]:
    """Yield the stores that would be one by accident: two stores, and the container that both name.

    Stores that name their account mean it, and share what is in it.
    """
    first: dict[tuple[str, str], str] = {}
    for store, sink in sinks.items():
        for name in sink.names if not sink.account else ():
            other = first.setdefault((sink.account, name), store)
            if other != store:
                yield store, other, name
