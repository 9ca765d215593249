"""Production's tables in a catalog of Iceberg: small ones, in a folder, with a SQL catalog beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from mayfly.clones import Address, Clone, CloneRequest, address
from mayfly.clones.iceberg import Iceberg, open_engine
from mayfly.clouds.shared import Clouds

MARKER = {"managed-by": "mayfly", "mayfly-env": "qa-1", "mayfly-project": "mayfly"}
SCHEMA = pa.schema(
    [pa.field("id", pa.int64(), nullable=False), ("carrier", pa.string()), ("delay", pa.int32())]
)


def rows(first: int, last: int, delay: int = 0) -> pa.Table:
    """Rows of these ids, `last` not among them."""
    ids = range(first, last)
    return pa.table([list(ids), [f"c{id % 7}" for id in ids], [delay] * len(ids)], schema=SCHEMA)


@dataclass
class Lake:
    """Production's namespace `lake`, and clones of it."""

    folder: Path

    def __post_init__(self) -> None:
        self.catalog_address: Address = address(f"sql://{self.folder}/catalog.db")
        self.driver: Iceberg = open_engine(self.catalog_address, Clouds())
        self.catalog: Any = self.driver.catalog
        self.catalog.create_namespace("lake", {"location": f"{self.folder}/lake"})

    def table(self, name: str, count: int = 100, /, **properties: str) -> Any:
        """A table of production's with so many rows."""
        made = self.catalog.create_table(
            f"lake.{name}", SCHEMA, location=f"{self.folder}/lake/{name}", properties=properties
        )
        if count:
            made.append(rows(0, count))
        return made

    def request(self, *tables: str, at: str = "latest", environment: str = "qa-1") -> CloneRequest:
        """A clone of these tables."""
        namespace = f"mf__{environment.replace('-', '_')}__sales"
        marker = {**MARKER, "mayfly-env": environment}
        location = f"{self.folder}/{environment}"
        return CloneRequest(self.catalog_address, "lake", tables, at, namespace, location, marker)

    def clone(self, *tables: str, at: str = "latest", environment: str = "qa-1") -> Clone:
        """The same, made."""
        return self.driver.create(self.request(*tables, at=at, environment=environment))

    def cloned(self, clone: Clone, table: str) -> Any:
        """A clone's table, to be written."""
        return self.catalog.load_table(f"{clone.namespace}.{table}")

    def count(self, table: str) -> int:
        """The rows that production's readers see."""
        return int(self.catalog.load_table(f"lake.{table}").scan().count())

    def production(self) -> dict[str, str]:
        """All that production has: its files by their hashes, and its pointers."""
        files = [path for path in (self.folder / "lake").rglob("*") if path.is_file()]
        found = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        pointers = self.driver.pointers.read("lake", [name for _, name in self.catalog.list_tables("lake")])
        return {**found, **pointers}
