"""Reads a file as a table, and writes a table to a file, in the format of its dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.azure.datafactory.runs.errors import not_supported
from localcloud.azure.datafactory.runs.formats import delimited, parquet

if TYPE_CHECKING:
    import pyarrow as pa

    from localcloud.azure.datafactory.runs.datasets import Dataset

EXTENSIONS = {"DelimitedText": ".csv", "Parquet": ".parquet"}


def read_table(dataset: Dataset, content: bytes) -> pa.Table:
    """Read the rows of a file of this dataset."""
    if dataset.type == "DelimitedText":
        return delimited.read(content, dataset.properties)
    if dataset.type == "Parquet":
        return parquet.read(content)
    raise not_supported(f"reading datasets of type '{dataset.type}'")


def write_table(dataset: Dataset, table: pa.Table, settings: Mapping[str, Any]) -> bytes:
    """Write the rows to a file of this dataset. settings: the sink's `formatSettings`."""
    if dataset.type == "DelimitedText":
        return delimited.write(table, dataset.properties, settings)
    if dataset.type == "Parquet":
        return parquet.write(table, dataset.properties)
    raise not_supported(f"writing datasets of type '{dataset.type}'")
