"""Reads a file as rows, and writes rows to a file, in the format of its dataset.

Rows are a pyarrow table; those of JSON, which nest, are a list of objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.formats import compression, delimited, excel, json_text, parquet
from localcloud.azure.datafactory.runs.values import Json

if TYPE_CHECKING:
    from localcloud.azure.datafactory.runs.datasets import Dataset

Objects = list[dict[str, Json]]
Rows = Any
"""A pyarrow table, or Objects."""
EXTENSIONS = {"DelimitedText": ".csv", "Json": ".json", "Parquet": ".parquet"}


def read(dataset: Dataset, content: bytes, settings: Mapping[str, Any]) -> Rows:
    """Read the rows of a file of this dataset. settings: the source's `formatSettings`."""
    if dataset.type == "Parquet":
        return parquet.read(content)  # It is compressed inside.
    parts = [_parsed(dataset, part, settings) for _, part in _unpacked(dataset, content, settings)]
    return parts[0] if len(parts) == 1 else joined(parts)


def _unpacked(dataset: Dataset, content: bytes, settings: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    return compression.unpacked(dataset.path, content, dataset.properties, settings)


def _parsed(dataset: Dataset, content: bytes, settings: Mapping[str, Any]) -> Rows:
    if dataset.type == "DelimitedText":
        return delimited.read(content, dataset.properties, settings)
    if dataset.type == "Json":
        return json_text.read(content, dataset.properties)
    if dataset.type == "Excel":
        return excel.read(content, dataset.properties)
    raise not_supported(f"reading rows of datasets of type '{dataset.type}'")


def write(dataset: Dataset, rows: Rows, settings: Mapping[str, Any]) -> bytes:
    """Write rows to a file of this dataset. settings: the sink's `formatSettings`."""
    if dataset.type == "Parquet":
        return parquet.write(rows, dataset.properties)
    if dataset.type == "DelimitedText":
        content = delimited.write(rows, dataset.properties, settings)
    elif dataset.type == "Json":
        content = json_text.write(objects(rows), dataset.properties, settings)
    else:
        raise not_supported(f"writing datasets of type '{dataset.type}'")
    return compression.packed(content, dataset.properties)


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of several files, one after the other."""
    if all(isinstance(part, list) for part in parts):
        return [row for part in parts for row in part]
    try:
        return pa.concat_tables(parts)
    except pa.ArrowInvalid:
        raise not_supported("files whose columns differ, read as one") from None


def count(rows: Rows) -> int:
    """How many rows there are."""
    return len(rows) if isinstance(rows, list) else int(rows.num_rows)


def objects(rows: Rows) -> Objects:
    """The rows as JSON objects."""
    if isinstance(rows, list):
        return rows
    return [{name: _json(value) for name, value in row.items()} for row in rows.to_pylist()]


def _json(value: Any) -> Json:
    if isinstance(value, datetime):
        shown = value.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
        return shown + ("Z" if value.tzinfo else "")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        raise ActivityError(
            "2200", "ErrorCode=UserErrorTypeNotSupported, ByteArray columns have no JSON here."
        )
    return value
