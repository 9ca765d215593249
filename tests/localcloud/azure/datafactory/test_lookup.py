"""Lookup: rows of delimited text, JSON, Parquet and Excel files."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.localcloud.azure.datafactory.factory_lab import Lab, activity, expression, set_variable

ROWS = b"table,since\norders,2013\ncustomers,\n"


def lookup(lab: Lab, kind: str, content: bytes | None, dataset: Any = None, **properties: Any) -> Any:
    """Run one Lookup of a file; gives its activity run."""
    if content is not None:
        lab.upload("in/file", content)
    reference = lab.dataset("d", kind, "in", "file", **(dataset or {}))
    source = {"type": f"{kind}Source", **properties.pop("source", {})}
    made = activity("look", "Lookup", source=source, dataset=reference, **properties)
    return lab.activities(lab.run(made))["look"]


def rows(lab: Lab, kind: str, content: bytes, dataset: Any = None, **properties: Any) -> Any:
    """All rows that a Lookup gives."""
    done = lookup(lab, kind, content, dataset, firstRowOnly=False, **properties)
    assert done["error"]["message"] == ""
    return done["output"]["value"]


def test_the_first_row_of_text_by_default(lab: Lab) -> None:
    done = lookup(lab, "DelimitedText", ROWS, {"firstRowAsHeader": True})
    assert done["output"]["firstRow"] == {"table": "orders", "since": "2013"}
    assert "value" not in done["output"]


def test_all_rows_with_their_count(lab: Lab) -> None:
    done = lookup(lab, "DelimitedText", ROWS, {"firstRowAsHeader": True}, firstRowOnly=False)
    assert done["output"]["count"] == 2
    assert done["output"]["value"][1] == {"table": "customers", "since": None}


def test_columns_without_a_header_have_numbers(lab: Lab) -> None:
    done = lookup(lab, "DelimitedText", b"1,2\n")
    assert done["output"]["firstRow"] == {"Prop_0": "1", "Prop_1": "2"}


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "b": {"c": [true, null]}}\n{"a": 2.5}\n',
        b'{"a": 1, "b": {"c": [true, null]}}{"a": 2.5}',
        b'[{"a": 1, "b": {"c": [true, null]}}, {"a": 2.5}]',
        b'\xef\xbb\xbf{"a": 1, "b": {"c": [true, null]}}\r\n\r\n{\r\n"a": 2.5}',
    ],
)
def test_json_gives_whole_objects_in_every_pattern(lab: Lab, content: bytes) -> None:
    assert rows(lab, "Json", content) == [{"a": 1, "b": {"c": [True, None]}}, {"a": 2.5}]


def test_parquet_keeps_its_types(lab: Lab) -> None:
    sink = pa.BufferOutputStream()
    moment = datetime(2013, 1, 1, 10, 30, tzinfo=UTC)
    table = pa.table({"i": [1], "t": [moment], "d": [Decimal("1.50")], "n": pa.array([None], pa.string())})
    pq.write_table(table, sink)
    found = rows(lab, "Parquet", bytes(sink.getvalue()))
    assert found == [{"i": 1, "t": "2013-01-01T10:30:00Z", "d": 1.5, "n": None}]


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets:
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("dataset", "found"),
    [
        ({"sheetName": "b", "firstRowAsHeader": True}, [{"x": "1", "y": "a"}, {"x": "2.5", "y": None}]),
        ({"sheetIndex": 0}, [{"Prop_0": "True", "Prop_1": "01/02/2013 00:00:00"}]),
        ({"sheetName": "b", "range": "B3:B4"}, [{"Prop_0": "1"}, {"Prop_0": "2.5"}]),
        ({"sheetName": "b", "range": "C3"}, [{"Prop_0": "a"}]),
        ({"sheetName": "b", "range": "C3:C3"}, [{"Prop_0": "a"}]),
        ({"sheetName": "b", "range": "B3", "nullValue": "a"}, [{"Prop_0": "1"}, {"Prop_0": "2.5"}]),
    ],
)
def test_excel_gives_text(lab: Lab, dataset: Any, found: Any) -> None:
    content = workbook(
        ("a", [[True, datetime(2013, 1, 2)]]), ("b", [[], [None, "x", "y"], [None, 1, "a"], [None, 2.5]])
    )
    read = rows(lab, "Excel", content, dataset)
    assert [{name: one[name] for name in found[0]} for one in read][: len(found)] == found


@pytest.mark.parametrize(
    ("content", "dataset", "message"),
    [
        (b"", {"sheetIndex": 0}, "not a valid workbook"),
        (b"\xd0\xcf\x11\xe0", {"sheetIndex": 0}, "the format .xls"),
        (workbook(("a", [[1]])), {}, "neither a 'sheetName' nor a 'sheetIndex'"),
        (workbook(("a", [[1]])), {"sheetName": "z"}, "The worksheet 'z' is not found; there are a"),
        (workbook(("a", [[1]])), {"sheetIndex": 1}, "The worksheet 1 is not found"),
        (workbook(("a", [[1]])), {"sheetIndex": 0, "range": "A"}, "The range 'A'"),
    ],
)
def test_a_workbook_that_cannot_be_read_fails(lab: Lab, content: bytes, dataset: Any, message: str) -> None:
    assert message in lookup(lab, "Excel", content, dataset)["error"]["message"]


def test_no_row_is_no_first_row(lab: Lab) -> None:
    first = lookup(lab, "Json", b"")
    assert (first["status"], "firstRow" in first["output"]) == ("Succeeded", False)
    every = lookup(lab, "Json", b"[]", firstRowOnly=False)
    assert (every["output"]["count"], every["output"]["value"]) == (0, [])


def test_only_the_first_5000_rows_are_given(lab: Lab) -> None:
    done = lookup(lab, "Json", b'{"a":1}' * 5001, firstRowOnly=False)
    assert done["output"]["count"] == len(done["output"]["value"]) == 5000


def test_more_than_4_mb_fail(lab: Lab) -> None:
    done = lookup(lab, "Json", json.dumps({"a": "x" * (4 << 20)}).encode())
    assert "The size of lookup activity result exceeds the limitation 4194304" in done["error"]["message"]


def test_lines_are_skipped_and_compressed_text_is_read(lab: Lab) -> None:
    import gzip

    settings = {"formatSettings": {"type": "DelimitedTextReadSettings", "skipLineCount": 2}}
    content = gzip.compress(b"about\n\nthis file\na\n1\n")
    dataset = {"firstRowAsHeader": True, "compressionCodec": "gzip"}
    assert rows(lab, "DelimitedText", content, dataset, source=settings) == [{"a": "1"}]


def test_files_of_a_folder_are_read_as_one(lab: Lab) -> None:
    for name in ("a.json", "b.json"):
        lab.upload(f"in/{name}", json.dumps({"name": name}).encode())
    lab.upload("in/c.txt", b"no JSON")
    store = {"type": "AzureBlobStorageReadSettings", "wildcardFileName": "*.json"}
    made = activity(
        "look",
        "Lookup",
        source={"type": "JsonSource", "storeSettings": store},
        dataset=lab.dataset("d", "Json", "in"),
        firstRowOnly=False,
    )
    value = lab.activities(lab.run(made))["look"]["output"]["value"]
    assert value == [{"name": "a.json"}, {"name": "b.json"}]


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("DelimitedText", None, "The required Blob is missing. Path: in/file"),
        ("Binary", b"x", "Lookup reads rows"),
        ("Json", b"{", "not valid JSON"),
        ("Json", b"[1]", "'1' is not an object"),
        ("Orc", b"", "datasets of type 'Orc'"),
    ],
)
def test_what_cannot_be_looked_up_fails(lab: Lab, kind: str, content: bytes | None, message: str) -> None:
    done = lookup(lab, kind, content)
    assert done["status"] == "Failed"
    assert message in done["error"]["message"]


def test_a_source_of_another_type_fails(lab: Lab) -> None:
    done = lookup(lab, "Json", b"{}", source={"type": "ParquetSource"})
    assert "A 'ParquetSource' does not fit dataset 'd', a 'Json'" in done["error"]["message"]


def test_a_loop_over_the_rows(lab: Lab) -> None:
    lab.upload("in/tables.csv", ROWS)
    source = {"type": "DelimitedTextSource"}
    reference = lab.dataset("tables", "DelimitedText", "in", "tables.csv", firstRowAsHeader=True)
    inner = [
        activity("add", "AppendVariable", variableName="names", value=expression("@{item().table}")),
    ]
    run = lab.run(
        activity("look", "Lookup", source=source, dataset=reference, firstRowOnly=False),
        activity(
            "each",
            "ForEach",
            {"look": ["Succeeded"]},
            items=expression("@activity('look').output.value"),
            isSequential=True,
            activities=inner,
        ),
        set_variable("told", expression("@join(variables('names'), '+')"), {"each": ["Succeeded"]}),
        variables={"x": {"type": "String"}, "names": {"type": "Array"}},
    )
    assert lab.activities(run)["told"]["output"]["value"] == "orders+customers"
