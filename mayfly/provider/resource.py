"""What a resource and a function of ours are to the servicer, in plain values instead of messages."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Bag = Mapping[str, Any]
"""Properties: plain values, `wire.Secret` and `wire.UNKNOWN`."""


class Change(Enum):
    """What became of a property, in the protocol's numbers (pulumirpc.PropertyDiff.Kind)."""

    ADD = 0
    DELETE = 2
    UPDATE = 4
    REPLACE = 5


@dataclass(frozen=True)
class ResourceState:
    """A resource as it now is. state: all its properties. inputs: those a program would give for it."""

    id: str
    state: Bag
    inputs: Bag = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """What a call needs besides its properties. cancelled: set when the engine wants us to stop early."""

    cancelled: threading.Event


class HalfMade(Exception):
    """A step failed and something exists nevertheless: the engine keeps `made`, the next `up` goes on.

    what: in one sentence. reasons: what failed, one line each.
    """

    def __init__(self, made: ResourceState, what: str, reasons: Sequence[str]) -> None:
        self.made = made
        self.what = what
        self.reasons = list(reasons)
        super().__init__("; ".join([what, *reasons]))


class Unsupported(Exception):
    """The engine asked for something that this resource does not do, such as an import."""


class Resource(Protocol):
    """One type of resource. A MayflyError is reported by its message."""

    deletes_first: bool
    """Whether a replacement removes the old one before it makes the new one."""

    def check(self, news: Bag) -> tuple[Bag, list[tuple[str, str]]]:
        """The inputs to go on with, and everything that is wrong with them, as (property, reason)."""

    def diff(self, olds: Bag, news: Bag) -> dict[str, Change]:
        """What changes from a state to inputs, by property path."""

    def preview(self, news: Bag) -> Bag:
        """The state as a preview can tell it."""

    def create(self, news: Bag, call: Call) -> ResourceState:
        """Make it. Raises MayflyError, HalfMade."""

    def update(self, olds: Bag, news: Bag, call: Call) -> ResourceState:
        """Change it. Raises MayflyError, HalfMade."""

    def read(self, id: str, olds: Bag) -> ResourceState | None:
        """Ask the cloud for it; None when it is gone. Raises MayflyError, Unsupported."""

    def delete(self, olds: Bag, call: Call) -> None:
        """Remove it; absent is fine. Raises MayflyError."""


class Function(Protocol):
    """One function that programs may invoke."""

    def __call__(self, arguments: Bag) -> Bag:
        """Its answer. Raises MayflyError."""
