"""What an environment writes: containers of a storage account of its own, a folder of its bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mayfly.naming.limits import CONTAINER, LIMITS
from mayfly.settings.invalid import InvalidValue, shown, text
from mayfly.settings.sources import container_names

ACCOUNT = "a word for it, at most 20 lower-case letters and digits; stores of one word share an account"
CONTAINERS = f"the names of its containers, each {LIMITS[CONTAINER].allowed}"

_ACCOUNT = re.compile(r"[a-z0-9]{1,20}")


class Sink(str):
    """What a store is that an environment writes: its containers' names, with commas between them.

    account: a word for the storage account that they are made in; "" for the one that every environment has.
    """

    account: str

    def __new__(cls, names: str, account: str = "") -> Sink:
        """Make it from checked names."""
        self = super().__new__(cls, names)
        self.account = account
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The containers' names, in the order of the file."""
        return tuple(self.split(","))

    def renamed(self, names: str) -> Sink:
        """Return the same with other containers."""
        return Sink(names, self.account)


def sink(value: object) -> Sink:
    """Return a sink from its containers: one's name, or a list. Raises InvalidValue."""
    return Sink(",".join(container_names(value)))


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
