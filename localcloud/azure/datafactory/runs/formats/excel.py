"""Excel workbooks (.xlsx). Every column is read as text, as from delimited text.

https://learn.microsoft.com/azure/data-factory/format-excel
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from localcloud.azure.datafactory.runs.errors import ActivityError, not_supported
from localcloud.azure.datafactory.runs.values import Json, text

_RANGE = re.compile(r"([A-Za-z]+[1-9]\d*)(?::([A-Za-z]+[1-9]\d*))?")
_OLD = b"\xd0\xcf\x11\xe0"


def read(content: bytes, properties: Mapping[str, Json]) -> pa.Table:
    """Read the rows of a worksheet or of a range. Without a header the columns are Prop_0, Prop_1, ..."""
    if content.startswith(_OLD):
        raise not_supported("workbooks of the format .xls")
    rows = _cells(_sheet(content, properties), str(properties.get("range") or ""))
    if not rows:
        return pa.table({})
    null = str(properties.get("nullValue") or "")
    texts = [[_text(value, null) for value in row] for row in rows]
    if properties.get("firstRowAsHeader"):
        names = [name or f"Prop_{index}" for index, name in enumerate(texts.pop(0))]
    else:
        names = [f"Prop_{index}" for index in range(len(texts[0]))]
    columns = [pa.array([row[index] for row in texts], pa.string()) for index in range(len(names))]
    return pa.table(columns, names=names)


def _sheet(content: bytes, properties: Mapping[str, Json]) -> Any:
    from openpyxl import load_workbook  # Most processes read no workbook.
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It warns of styles and extensions that it does not keep.
            book = load_workbook(io.BytesIO(content), data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _invalid(f"The file is not a valid workbook: {error}") from None
    name, index = properties.get("sheetName"), properties.get("sheetIndex")
    if name not in (None, ""):
        if name not in book.sheetnames:
            raise _invalid(f"The worksheet '{name}' is not found; there are {', '.join(book.sheetnames)}")
        return book[name]
    if index is None:
        raise _invalid("The dataset names neither a 'sheetName' nor a 'sheetIndex'")
    if not 0 <= int(index) < len(book.sheetnames):
        raise _invalid(f"The worksheet {index} is not found; there are {len(book.sheetnames)}, from 0")
    return book.worksheets[int(index)]


def _invalid(message: str) -> ActivityError:
    return ActivityError("2200", f"ErrorCode=ExcelInvalidData, {message}.")


def _cells(sheet: Any, wanted: str) -> list[list[Any]]:
    """Return the values of a range; without an end it goes as far as there is anything."""
    written = _RANGE.fullmatch(wanted) if wanted else None
    if wanted and written is None:
        raise _invalid(f"The range '{wanted}' is not of the form A3 or A3:H5")
    if written and written.group(2):
        return [[cell.value for cell in row] for row in sheet[wanted]]
    rows = [list(row) for row in sheet.iter_rows(min_row=1, min_col=1, values_only=True)]
    if written:
        corner = sheet[written.group(1)]
        rows = [row[corner.column - 1 :] for row in rows[corner.row - 1 :]]
    else:
        rows = _without_margin(rows)
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    width = max(
        (index + 1 for row in rows for index, value in enumerate(row) if value is not None), default=0
    )
    return [row[:width] for row in rows]


def _without_margin(rows: list[list[Any]]) -> list[list[Any]]:
    filled = [index for index, row in enumerate(rows) if any(value is not None for value in row)]
    if not filled:
        return []
    first = min(index for row in rows for index, value in enumerate(row) if value is not None)
    return [row[first:] for row in rows[filled[0] :]]


def _text(value: Any, null: str) -> str | None:
    if value is None or value == null:
        return None
    if isinstance(value, datetime | date):
        return value.strftime("%m/%d/%Y %H:%M:%S")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text(value) if isinstance(value, str | int | float | bool) else str(value)
