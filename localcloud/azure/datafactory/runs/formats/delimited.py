"""Delimited text. Read, every column is a string: text has no types until a mapping gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.values import Json

_ENCODINGS = ("UTF-8", "UTF8", "US-ASCII")
_ROW_DELIMITERS = ("\n", "\r\n")


def read(content: bytes, properties: Mapping[str, Json]) -> pa.Table:
    """The rows of a file; without a header the columns are called Prop_0, Prop_1, ..., as in Data Factory.

    A text equal to the dataset's `nullValue` (an empty one by default) is null.
    """
    _check(properties)
    if not content.strip():
        return pa.table({})
    names = _names(content, properties)
    header = bool(properties.get("firstRowAsHeader", False))
    try:
        return csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(column_names=names, skip_rows_after_names=0, skip_rows=0),
            _parsing(properties),
            _conversion(names, properties),
        ).slice(1 if header else 0)
    except pa.ArrowInvalid as error:
        raise ActivityError(
            "2200",
            f"ErrorCode=DelimitedTextBadDataDetected, Bad data is found in the delimited text: {error}",
        ) from None


def _names(content: bytes, properties: Mapping[str, Json]) -> list[str]:
    with csv.open_csv(
        pa.BufferReader(content),
        csv.ReadOptions(autogenerate_column_names=True),
        _parsing(properties),
        csv.ConvertOptions(null_values=[], strings_can_be_null=False),
    ) as reader:
        count = len(reader.schema.names)
    if not properties.get("firstRowAsHeader", False):
        return [f"Prop_{index}" for index in range(count)]
    generated = [f"f{index}" for index in range(count)]
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(generated, pa.string()), strings_can_be_null=False
    )
    reading = csv.ReadOptions(column_names=generated)
    with csv.open_csv(pa.BufferReader(content), reading, _parsing(properties), options) as reader:
        first = reader.read_next_batch().slice(0, 1).to_pylist()[0]
    return [str(first[name]) for name in generated]


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
    if properties.get("compressionCodec") not in (None, "", "none", "None"):
        raise not_supported(f"delimited text with the compression '{properties['compressionCodec']}'")
    if properties.get("rowDelimiter") not in (None, "", *_ROW_DELIMITERS):
        raise not_supported(f"delimited text with the row delimiter {properties['rowDelimiter']!r}")
    for name in ("columnDelimiter", "quoteChar", "escapeChar"):
        if len(str(properties.get(name) or "")) > 1:
            raise not_supported(f"delimited text with a {name} of more than one character")


def write(table: pa.Table, properties: Mapping[str, Json], settings: Mapping[str, Any]) -> bytes:
    """A file with these rows; null is written as the dataset's `nullValue`."""
    _check(properties)
    if properties.get("quoteChar", '"') != '"':
        raise not_supported("writing delimited text with another quoteChar than '\"'")
    null = properties.get("nullValue") or ""
    options = csv.WriteOptions(
        include_header=False,
        delimiter=properties.get("columnDelimiter") or ",",
        quoting_style="all_valid" if settings.get("quoteAllText") else "needed",
        eol=properties.get("rowDelimiter") or "\r\n",
    )
    texts = pa.table({name: _texts(table[name], null) for name in table.column_names})
    sink = pa.BufferOutputStream()
    if properties.get("firstRowAsHeader", False):
        header = pa.table({name: [name] for name in table.column_names})
        csv.write_csv(header, sink, options)
    csv.write_csv(texts, sink, options)
    return bytes(sink.getvalue())


def _texts(column: pa.ChunkedArray, null: str) -> pa.ChunkedArray:
    return column.cast(pa.string()).fill_null(null)
