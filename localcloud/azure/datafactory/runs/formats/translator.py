"""Column mapping (TabularTranslator): the sink column and the type of each source column.

Without a mapping columns go by name with the type they have, so columns of delimited text stay strings.
https://learn.microsoft.com/azure/data-factory/copy-activity-schema-and-type-mapping
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.formats import hierarchy
from localcloud.azure.datafactory.runs.formats.files import Objects, Rows
from localcloud.azure.datafactory.runs.values import Json

# Data Factory's interim types. DateTimeOffset keeps the moment, in UTC, as Parquet does.
TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "guid": pa.string(),
    "boolean": pa.bool_(),
    "byte": pa.uint8(),
    "sbyte": pa.int8(),
    "int16": pa.int16(),
    "uint16": pa.uint16(),
    "int32": pa.int32(),
    "uint32": pa.uint32(),
    "int64": pa.int64(),
    "uint64": pa.uint64(),
    "single": pa.float32(),
    "double": pa.float64(),
    "decimal": pa.decimal128(38, 18),
    "datetime": pa.timestamp("us"),
    "datetimeoffset": pa.timestamp("us", "UTC"),
}
_UNDERSTOOD = frozenset(
    {"type", "mappings", "typeConversion", "typeConversionSettings", "collectionReference",
     "mapComplexValuesToString"}
)  # fmt: skip
_USUAL_SETTINGS = {"allowDataTruncation": True, "treatBooleanAsNumber": False, "culture": "en-us"}


def translate(rows: Rows, translator: Mapping[str, Json] | None, *, to_objects: bool = False) -> Rows:
    """Return the sink's rows. Raises ActivityError for a column or a value that does not fit.

    to_objects: the sink takes objects (JSON), so that what nests may nest on.
    """
    asked = translator or {"type": "TabularTranslator"}
    _check(asked)
    mappings = asked.get("mappings")
    if isinstance(rows, list):
        return _of_objects(rows, asked, to_objects=to_objects)
    if asked.get("collectionReference"):
        raise ActivityError("2200", "A 'collectionReference' is for sources that nest, such as JSON.")
    if not mappings:
        return rows
    columns = [(_sink_name(mapping), _column(rows, mapping)) for mapping in mappings]
    table = pa.table([column for _, column in columns], names=[name for name, _ in columns])
    return _nested(table.to_pylist(), mappings) if to_objects else table


def _of_objects(rows: Objects, asked: Mapping[str, Json], *, to_objects: bool) -> Rows:
    mappings = asked.get("mappings")
    if not mappings:
        if asked.get("collectionReference"):
            raise not_supported("a collectionReference without mappings")
        return (
            rows if to_objects else hierarchy.table(rows, as_text=bool(asked.get("mapComplexValuesToString")))
        )
    elements = hierarchy.elements(rows, asked.get("collectionReference"))
    as_text = bool(asked.get("mapComplexValuesToString"))
    flat = [
        {
            _sink_name(mapping): hierarchy.value(element, mapping.get("source") or {}, as_text=as_text)
            for mapping in mappings
        }
        for element in elements
    ]
    if to_objects:
        return _nested(flat, mappings)
    table = hierarchy.table(flat, as_text=False, names=[_sink_name(mapping) for mapping in mappings])
    return _typed(table, mappings)


def _typed(table: pa.Table, mappings: Sequence[Mapping[str, Any]]) -> pa.Table:
    for index, mapping in enumerate(mappings):
        wanted = (mapping.get("sink") or {}).get("type")
        if wanted:
            name = table.column_names[index]
            table = table.set_column(index, name, convert(table[name], str(wanted), name))
    return table


def _nested(rows: Objects, mappings: Sequence[Mapping[str, Any]]) -> Objects:
    paths = {_sink_name(mapping): (mapping.get("sink") or {}).get("path") for mapping in mappings}
    return [hierarchy.placed(row, paths) for row in rows]


def _check(translator: Mapping[str, Json]) -> None:
    if translator.get("type") != "TabularTranslator":
        raise not_supported(f"the translator '{translator.get('type')}'")
    for name, value in translator.items():
        if name not in _UNDERSTOOD and value:
            raise not_supported(f"'{name}' of TabularTranslator")
    for name, value in (translator.get("typeConversionSettings") or {}).items():
        usual = _USUAL_SETTINGS.get(name)
        if str(value).lower() not in (str(usual).lower(), "none", "false", ""):
            raise not_supported(f"the type conversion setting '{name}' with the value '{value}'")


def _sink_name(mapping: Mapping[str, Any]) -> str:
    sink, source = mapping.get("sink") or {}, mapping.get("source") or {}
    name = sink.get("name") or sink.get("path") or source.get("name")
    if not name:
        raise ActivityError(
            "2200", "ErrorCode=UserErrorInvalidColumnMapping, A column mapping names no sink column."
        )
    return str(name)


def _column(table: pa.Table, mapping: Mapping[str, Any]) -> pa.ChunkedArray:
    source, sink = mapping.get("source") or {}, mapping.get("sink") or {}
    name = _source_name(table, source)
    wanted = sink.get("type") or source.get("type")
    return table[name] if wanted is None else convert(table[name], str(wanted), name)


def _source_name(table: pa.Table, source: Mapping[str, Any]) -> str:
    if "ordinal" in source and 1 <= int(source["ordinal"]) <= table.num_columns:
        return str(table.column_names[int(source["ordinal"]) - 1])
    if source.get("name") in table.column_names:
        return str(source["name"])
    wanted = source.get("name") or source.get("path") or source.get("ordinal")
    raise ActivityError(
        "2200",
        f"ErrorCode=UserErrorInvalidColumnName, The column '{wanted}' is not found in the source. "
        f"Its columns are: {', '.join(table.column_names)}.",
    )


def convert(column: pa.ChunkedArray, wanted: str, name: str) -> pa.ChunkedArray:
    """Convert a column to another type. Raises ActivityError that shows the first value that fails."""
    target = TYPES.get(wanted.lower())
    if target is None:
        raise not_supported(f"the column type '{wanted}'")
    try:
        return _cast(column, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise ActivityError(
            "2200",
            "ErrorCode=TypeConversionFailure, Exception occurred when converting value "
            f"'{_culprit(column, target)}' for column name '{name}' from type '{_name(column.type)}' "
            f"to type '{wanted}'.",
        ) from None


def _cast(column: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray:
    if column.type == target:
        return column
    if not pa.types.is_string(column.type):
        return column.cast(target)
    if pa.types.is_boolean(target):
        return pc.utf8_lower(pc.utf8_trim_whitespace(column)).cast(target)
    if pa.types.is_timestamp(target):
        return _moments(column, target)
    return pc.utf8_trim_whitespace(column).cast(target)


def _moments(column: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray:
    """Convert times to UTC. A time without an offset is taken as it is."""
    try:
        return column.cast(pa.timestamp("us")).cast(target)
    except pa.ArrowInvalid:
        moments = column.cast(pa.timestamp("us", "UTC"))
        return moments if target.tz else moments.cast(target)


def _culprit(column: pa.ChunkedArray, target: pa.DataType) -> object:
    for value in pc.unique(column.drop_null()):
        try:
            _cast(pa.chunked_array([pa.array([value.as_py()], column.type)]), target)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return value.as_py()
    return "?"


def _name(type: pa.DataType) -> str:
    return next((name for name, known in TYPES.items() if known == type), str(type)).title()
