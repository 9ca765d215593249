"""What an engine has to do to clone production's tables, and what it says of itself.

A driver is imported when it is opened: an engine's own packages are extras, `mayfly[iceberg]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

from mayfly.errors import MayflyError, NotInstalled

if TYPE_CHECKING:
    from mayfly.clones.difference import TableDifference
    from mayfly.clouds.shared import Clouds

DRIVERS: Mapping[str, str] = {
    "iceberg": "mayfly.clones.iceberg",
}
"""An entry's `engine` → the module whose `open_engine` makes its driver."""

Atomic = Literal["table", "catalog"]
Cost = Literal["O(1)", "O(tables)", "O(files)", "O(bytes)"]


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, as `prove` and the documentation tell it.

    cost: what a clone costs. writable: whether a clone can be written. atomic: what one promotion holds
    together. quiet: whether nobody may write the source meanwhile. enforced_by: what keeps a clone from
    writing to production, in words; None where nothing but our own manners does.
    """

    cost: Cost
    writable: bool
    atomic: Atomic
    quiet: bool
    enforced_by: str | None


@dataclass(frozen=True)
class Address:
    """Where a catalog is. scheme: `glue`, `sql` or `rest`. rest: what follows its `://`; never a secret.

    account, region: of the environment, on AWS; empty elsewhere.
    """

    scheme: str
    rest: str
    account: str = ""
    region: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.rest}"


def address(text: str, account: str = "", region: str = "") -> Address:
    """Split a catalog's address, as the variable group has it."""
    scheme, _, rest = text.partition("://")
    return Address(scheme, rest, account, region)


@dataclass(frozen=True)
class CloneRequest:
    """A clone that is to be there.

    catalog: production's. source: production's namespace. tables: of it, at least one. at: `latest`, a
    snapshot's id, or a time. namespace: the clone's own, which no other environment has. location: where all
    that is written into it goes, such as `s3://bucket/_tables/sales`. marker: whose it is, as tags have it.
    """

    catalog: Address
    source: str
    tables: Sequence[str]
    at: str
    namespace: str
    location: str
    marker: Mapping[str, str]


@dataclass(frozen=True)
class Base:
    """The version of production's table that a clone of it began with.

    snapshot: None for a table without rows. metadata: the file that described it.
    """

    snapshot: int | None
    metadata: str


@dataclass(frozen=True)
class Clone:
    """A clone as the engine's own metadata tell it. bases: by the table's name."""

    source: str
    namespace: str
    location: str
    marker: Mapping[str, str]
    bases: Mapping[str, Base]


class Moved(MayflyError):
    """Production is not where it was: nothing was changed."""


class Driver(Protocol):
    """An engine, at one catalog. All methods raise MayflyError."""

    capabilities: Capabilities

    def create(self, request: CloneRequest) -> Clone:
        """Make it, or go on with one that was half made; each table is there whole or not at all.

        The versions are pinned at the first call. Raises NotAllowed for a namespace of others.
        """

    def rows(self, clone: Clone) -> dict[str, int]:
        """Check a clone that was just made, and count the rows of each table. Raises MayflyError."""

    def find(self, namespace: str) -> Clone | None:
        """The clone in a namespace; None where there is none, and for a namespace that is not ours."""

    def drop(self, namespace: str, marker: Mapping[str, str]) -> None:
        """Remove its pointers, and no file. Absent is fine. Raises NotAllowed where it is another's."""

    def differences(self, clone: Clone, keys: Mapping[str, Sequence[str]]) -> Iterator[TableDifference]:
        """What was changed in it since it was made, table by table. keys: a table's own, by its name."""

    def promote(self, clone: Clone, tables: Sequence[str], environment: str) -> None:
        """Make the clone's version of these tables production's. Raises Moved where that has changed."""

    def promoted(self, source: str, tables: Sequence[str], environment: str) -> list[str]:
        """Those of production's tables whose last promotion is an environment's."""

    def roll_back(self, source: str, tables: Sequence[str], environment: str) -> None:
        """Make production what it was before an environment was promoted, the last that was.

        Raises Moved where production has changed since.
        """


def open_driver(engine: str, catalog: Address, clouds: Clouds) -> Driver:
    """The driver of an engine at a catalog. engine: one of DRIVERS. Raises NotInstalled, MayflyError."""
    module = import_module(DRIVERS[engine])
    try:
        make = cast("Callable[[Address, Clouds], Driver]", module.open_engine)
        return make(catalog, clouds)
    except ModuleNotFoundError as missing:
        what = f"{missing.name} is not installed, which clones of {engine} take"
        raise NotInstalled(f"{what}; `pip install 'mayfly[{engine}]'` brings it") from missing
