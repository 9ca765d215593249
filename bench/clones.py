"""How long a clone takes, by rows and by tables, beside the engine's own call; in a SQL catalog and a folder.

    python -m bench.clones [--rows 1000 5000000] [--tables 100] [--runs 7]

The engine's own call is `register_table` of production's metadata file: a pointer that would write into
production's folders. Sizes take turns, so that what else the machine does meets all of them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa

from bench.table import table
from mayfly.clones import CloneRequest, address
from mayfly.clones.iceberg import Iceberg, open_engine
from mayfly.clouds.shared import Clouds

MARKER = {"managed-by": "mayfly", "mayfly-env": "qa-1", "mayfly-project": "bench"}


def seconds(do: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def make(catalog: Any, name: str, rows: int, folder: Path) -> None:
    """A table of production's."""
    content = pa.table({"id": range(rows), "value": [0.5] * rows, "carrier": pa.array(["AA"] * rows)})
    made = catalog.create_table(f"lake.{name}", content.schema, location=f"{folder}/lake/{name}")
    made.append(content)


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 5_000_000])
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mayfly-bench-") as name:
        folder = Path(name)
        driver = open_engine(address(f"sql://{folder}/catalog.db"), Clouds())
        catalog: Any = driver.catalog
        catalog.create_namespace("lake")
        for rows in given.rows:
            make(catalog, f"r{rows}", rows, folder)
        for number in range(given.tables):
            make(catalog, f"t{number}", 3, folder)
        by_rows = in_turns(driver, given.rows, folder, given.runs)
        many = [f"t{number}" for number in range(given.tables)]
        whole = [cloned(driver, many, folder) for _ in range(given.runs)]
        catalog.close()
    first = by_rows[given.rows[0]]
    rows = [
        (f"{rows:,}", f"{own * 1000:.0f} ms", f"{bare * 1000:.0f} ms", f"{own / first[0]:.2f}")
        for rows, (own, bare) in by_rows.items()
    ]
    print(table(("rows", "clone", "its own register_table", "ratio to the first"), rows))
    print(table(("tables", "clone"), [(str(given.tables), f"{median(whole):.2f} s")]))


def in_turns(
    driver: Iceberg, sizes: Sequence[int], folder: Path, runs: int
) -> dict[int, tuple[float, float]]:
    """Medians of a clone and of the engine's own call, by rows."""
    catalog: Any = driver.catalog
    catalog.create_namespace("bare")
    files = driver.pointers.read("lake", [f"r{rows}" for rows in sizes])
    found: dict[int, list[tuple[float, float]]] = {rows: [] for rows in sizes}
    for _ in range(runs):
        for rows in sizes:
            name = f"r{rows}"
            bare = seconds(partial(catalog.register_table, f"bare.{name}", files[name]))
            catalog.drop_table(f"bare.{name}")
            found[rows].append((cloned(driver, [name], folder), bare))
    return {
        rows: (median(own for own, _ in each), median(bare for _, bare in each))
        for rows, each in found.items()
    }


def cloned(driver: Iceberg, tables: list[str], folder: Path) -> float:
    """How long it takes to make and check a clone, which then is removed."""
    request = CloneRequest(
        address("sql://x"), "lake", tables, "latest", "mf__qa_1__x", f"{folder}/qa-1", MARKER
    )
    taken = seconds(lambda: driver.rows(driver.create(request)))
    driver.drop(request.namespace, MARKER)
    return taken


if __name__ == "__main__":
    main()
