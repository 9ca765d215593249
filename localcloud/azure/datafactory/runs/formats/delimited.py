"""Delimited text. Every column is read as a string; a mapping gives it a type."""

from __future__ import annotations

import csv as standard_csv
import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.values import Json

_ENCODINGS = ("UTF-8", "UTF8", "US-ASCII")
_ROW_DELIMITERS = ("\n", "\r\n")


def read(content: bytes, properties: Mapping[str, Json], settings: Mapping[str, Any]) -> pa.Table:
    """Read the rows of a file. Without a header the columns are Prop_0, Prop_1, ..., as in Data Factory.

    A text that equals the dataset's `nullValue` ("" by default) is null. settings: the source's
    `formatSettings`; its `skipLineCount` lines that are not empty are left out first of all.
    """
    _check(properties)
    content = _skipped(content, settings.get("skipLineCount") or 0)
    if not content.strip():
        return pa.table({})
    try:
        return _read(content, properties)
    except pa.ArrowInvalid as error:
        raise ActivityError(
            "2200",
            f"ErrorCode=DelimitedTextBadDataDetected, Bad data is found in the delimited text: {error}",
        ) from None


def _skipped(content: bytes, count: Json) -> bytes:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ActivityError("2104", f"The skipLineCount must be a number of lines, not '{count}'.")
    if not count:
        return content
    lines = content.splitlines(keepends=True)
    while count and lines:
        count -= bool(lines.pop(0).strip())
    return b"".join(lines)


def _read(content: bytes, properties: Mapping[str, Json]) -> pa.Table:
    """The first row is always read as data, so that quotes in a header are read too."""
    count = _column_count(content, properties)
    reading = csv.ReadOptions(column_names=[f"Prop_{index}" for index in range(count)])
    converting = _conversion(reading.column_names, properties)
    table = csv.read_csv(pa.BufferReader(content), reading, _parsing(properties), converting)
    if not properties.get("firstRowAsHeader", False):
        return table
    header = [str(table.column(index)[0].as_py() or "") for index in range(count)]
    return table.slice(1).rename_columns(header)


def _column_count(content: bytes, properties: Mapping[str, Json]) -> int:
    reading = csv.ReadOptions(autogenerate_column_names=True)
    with csv.open_csv(pa.BufferReader(content), reading, _parsing(properties)) as reader:
        return len(reader.schema.names)


def _parsing(properties: Mapping[str, Json]) -> csv.ParseOptions:
    quote, escape = properties.get("quoteChar", '"'), properties.get("escapeChar", "\\")
    doubled = bool(quote) and quote == escape
    return csv.ParseOptions(
        delimiter=properties.get("columnDelimiter") or ",",
        quote_char=quote or False,
        double_quote=doubled,
        escape_char=False if doubled or not escape else escape,
        newlines_in_values=True,
    )


def _conversion(names: list[str], properties: Mapping[str, Json]) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[properties.get("nullValue") or ""],
        strings_can_be_null=True,
    )


def _check(properties: Mapping[str, Json]) -> None:
    if str(properties.get("encodingName") or "UTF-8").upper() not in _ENCODINGS:
        raise not_supported(f"delimited text in the encoding '{properties['encodingName']}'")
    if properties.get("rowDelimiter") not in (None, "", *_ROW_DELIMITERS):
        raise not_supported(f"delimited text with the row delimiter {properties['rowDelimiter']!r}")
    for name in ("columnDelimiter", "quoteChar", "escapeChar"):
        if len(str(properties.get(name) or "")) > 1:
            raise not_supported(f"delimited text with a {name} of more than one character")


def write(table: pa.Table, properties: Mapping[str, Json], settings: Mapping[str, Any]) -> bytes:
    """Write the rows to a file. null becomes the dataset's `nullValue`."""
    _check(properties)
    null = properties.get("nullValue") or ""
    columns = [column.cast(pa.string()).fill_null(null).to_pylist() for column in table.columns]
    text = io.StringIO(newline="")
    writer = _writer(text, properties, settings)
    if properties.get("firstRowAsHeader", False):
        writer.writerow(table.column_names)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def _writer(text: io.StringIO, properties: Mapping[str, Json], settings: Mapping[str, Any]) -> Any:
    quote, escape = properties.get("quoteChar", '"'), properties.get("escapeChar", "\\")
    wanted: Any = standard_csv.QUOTE_ALL if settings.get("quoteAllText") else standard_csv.QUOTE_MINIMAL
    return standard_csv.writer(
        text,
        delimiter=properties.get("columnDelimiter") or ",",
        quotechar=quote or None,
        quoting=wanted if quote else standard_csv.QUOTE_NONE,
        doublequote=quote == escape,
        escapechar=None if quote == escape or not escape else escape,
        lineterminator=properties.get("rowDelimiter") or "\r\n",
    )
