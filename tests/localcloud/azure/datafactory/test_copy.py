"""Copy: formats, mappings, several files."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.localcloud.azure.datafactory.factory_lab import Lab, activity

READ = {"type": "AzureBlobStorageReadSettings", "recursive": True}
WRITE = {"type": "AzureBlobStorageWriteSettings"}


def copy(lab: Lab, source: Any, sink: Any, kinds: tuple[str, str], **properties: Any) -> Any:
    """Run one Copy; gives its activity run."""
    reading = {"type": f"{kinds[0]}Source", "storeSettings": READ, **properties.pop("reading", {})}
    writing = {"type": f"{kinds[1]}Sink", "storeSettings": WRITE, **properties.pop("writing", {})}
    made = activity(
        "copy", "Copy", source=reading, sink=writing, inputs=[source], outputs=[sink], **properties
    )
    return lab.activities(lab.run(made))["copy"]


def text_to_parquet(lab: Lab, content: bytes, translator: Any = None, **properties: Any) -> Any:
    lab.upload("in/a.csv", content)
    source = lab.dataset("text", "DelimitedText", "in", "a.csv", **{"firstRowAsHeader": True, **properties})
    sink = lab.dataset("parquet", "Parquet", "out", "a.parquet")
    asked = {} if translator is None else {"translator": translator}
    return copy(lab, source, sink, ("DelimitedText", "Parquet"), **asked)


def parquet(lab: Lab, name: str = "out/a.parquet") -> pa.Table:
    content = lab.download(name)
    assert content is not None
    return pq.read_table(pa.BufferReader(content))


def mapping(**types: str) -> Any:
    mappings = [
        {"source": {"name": name}, "sink": {"name": name, "type": type}} for name, type in types.items()
    ]
    return {"type": "TabularTranslator", "mappings": mappings, "typeConversion": True}


def test_text_without_a_mapping_stays_text(lab: Lab) -> None:
    done = text_to_parquet(lab, b'a,b\r\n1,x\r\n,"y,z"\r\n')
    assert done["error"]["message"] == ""
    assert (done["output"]["rowsRead"], done["output"]["rowsCopied"], done["output"]["filesWritten"]) == (
        2,
        2,
        1,
    )
    table = parquet(lab)
    assert [str(field.type) for field in table.schema] == ["string", "string"]
    assert table.to_pylist() == [{"a": "1", "b": "x"}, {"a": None, "b": "y,z"}]


def test_a_mapping_gives_types(lab: Lab) -> None:
    types = {"i": "Int32", "f": "Double", "b": "Boolean", "t": "DateTime", "d": "Decimal", "s": "String"}
    done = text_to_parquet(
        lab,
        b"s,i,f,b,t,d\nx, 7 ,1.5,True,2013-01-01T10:00:00Z,1.25\nNA,NA,NA,NA,NA,NA\n",
        mapping(**types),
        nullValue="NA",
    )
    assert done["error"]["message"] == ""
    first, second = parquet(lab).to_pylist()
    assert {name: first[name] for name in "ifbs"} == {"i": 7, "f": 1.5, "b": True, "s": "x"}
    assert first["t"].replace(tzinfo=None) == datetime(2013, 1, 1, 10)
    assert float(first["d"]) == 1.25
    assert set(second.values()) == {None}


def test_a_mapping_chooses_and_renames_columns(lab: Lab) -> None:
    mappings = [{"source": {"ordinal": 2}, "sink": {"name": "second"}}]
    text_to_parquet(
        lab, b"1,2\n3,4\n", {"type": "TabularTranslator", "mappings": mappings}, firstRowAsHeader=False
    )
    assert parquet(lab).to_pylist() == [{"second": "2"}, {"second": "4"}]


def test_columns_without_a_header_have_names(lab: Lab) -> None:
    text_to_parquet(lab, b"1;2\n3;4\n", firstRowAsHeader=False, columnDelimiter=";")
    assert parquet(lab).column_names == ["Prop_0", "Prop_1"]


@pytest.mark.parametrize(
    ("content", "translator", "message"),
    [
        (
            b"a\nx\n",
            mapping(a="Int32"),
            "converting value 'x' for column name 'a' from type 'String' to type 'Int32'",
        ),
        (b"a\n1\n", mapping(b="Int32"), "The column 'b' is not found in the source"),
        (b"a\n1\n", mapping(a="Shape"), "the column type 'Shape'"),
        (b"a\n1,2\n", None, "DelimitedTextBadDataDetected"),
        (b"a\n1\n", {"type": "Other"}, "the translator 'Other'"),
        (b"a\n1\n", {"type": "TabularTranslator", "collectionReference": "$.x"}, "'collectionReference'"),
    ],
)
def test_what_does_not_fit_fails(lab: Lab, content: bytes, translator: Any, message: str) -> None:
    done = text_to_parquet(lab, content, translator)
    assert done["status"] == "Failed"
    assert message in done["error"]["message"]
    assert lab.download("out/a.parquet") is None


def test_parquet_becomes_text(lab: Lab) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1, None], "b": ['x"y', "z"]}), sink)
    lab.upload("in/a.parquet", bytes(sink.getvalue()))
    source = lab.dataset("in", "Parquet", "in", "a.parquet")
    to = lab.dataset(
        "out",
        "DelimitedText",
        "out",
        "a.csv",
        firstRowAsHeader=True,
        nullValue="NA",
        rowDelimiter="\n",
        escapeChar='"',
    )
    done = copy(lab, source, to, ("Parquet", "DelimitedText"))
    assert done["error"]["message"] == ""
    assert lab.download("out/a.csv") == b'a,b\n1,"x""y"\nNA,z\n'


def test_folders_keep_their_shape(lab: Lab) -> None:
    for name in ("in/a.bin", "in/deep/b.bin", "else/c.bin"):
        lab.upload(name, name.encode())
    source, sink = lab.dataset("in", "Binary", "in"), lab.dataset("out", "Binary", "out")
    done = copy(lab, source, sink, ("Binary", "Binary"))
    assert (done["output"]["filesRead"], done["output"]["filesWritten"]) == (2, 2)
    assert lab.download("out/a.bin") == b"in/a.bin"
    assert lab.download("out/deep/b.bin") == b"in/deep/b.bin"
    assert lab.download("out/c.bin") is None


@pytest.mark.parametrize(
    ("reading", "copied"),
    [
        ({"recursive": False}, {"a.csv", "b.txt"}),
        ({"recursive": True, "wildcardFileName": "*.csv"}, {"a.csv", "deep/c.csv"}),
        ({"recursive": False, "wildcardFileName": "?.txt"}, {"b.txt"}),
        ({"wildcardFolderPath": "in/d*", "wildcardFileName": "*"}, {"deep/c.csv"}),
        ({"prefix": "b"}, {"b.txt"}),
    ],
)
def test_a_source_chooses_files(lab: Lab, reading: Any, copied: set[str]) -> None:
    everything = ("a.csv", "b.txt", "deep/c.csv")
    for name in everything:
        lab.upload(f"in/{name}", b"1")
    source, sink = lab.dataset("in", "Binary", "in"), lab.dataset("out", "Binary", "out")
    settings = {"storeSettings": {"type": READ["type"], **reading}}
    done = copy(lab, source, sink, ("Binary", "Binary"), reading=settings)
    assert done["error"]["message"] == ""
    assert {name for name in everything if lab.download(f"out/{name}") is not None} == copied


def test_files_are_merged_when_asked(lab: Lab) -> None:
    for name in "ab":
        lab.upload(f"in/{name}.csv", f"x\n{name}\n".encode())
    source = lab.dataset("in", "DelimitedText", "in", firstRowAsHeader=True)
    sink = lab.dataset("out", "Parquet", "out", "a.parquet")
    kinds = ("DelimitedText", "Parquet")
    assert "MergeFiles" in copy(lab, source, sink, kinds)["error"]["message"]
    merging = {"storeSettings": {**WRITE, "copyBehavior": "MergeFiles"}}
    assert copy(lab, source, sink, kinds, writing=merging)["output"]["rowsCopied"] == 2
    assert parquet(lab).to_pylist() == [{"x": "a"}, {"x": "b"}]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"enableStaging": True}, "'enableStaging' of the Copy activity"),
        ({"reading": {"additionalColumns": [{}]}}, "'additionalColumns' of 'BinarySource'"),
        ({"reading": {"storeSettings": {"type": "SftpReadSettings"}}}, "'SftpReadSettings'"),
        ({"reading": {"storeSettings": {**READ, "fileListPath": "x"}}}, "the store setting 'fileListPath'"),
        ({"reading": {"type": "OrcSource"}}, "'OrcSource' in the Copy activity"),
        ({"reading": {"type": "ParquetSource"}}, "A 'ParquetSource' does not fit dataset"),
    ],
)
def test_what_is_not_known_is_named(lab: Lab, properties: Any, message: str) -> None:
    source, sink = lab.dataset("in", "Binary", "in", "a"), lab.dataset("out", "Binary", "out", "a")
    lab.upload("in/a", b"1")
    done = copy(lab, source, sink, ("Binary", "Binary"), **properties)
    assert message in done["error"]["message"]


def test_a_missing_file_is_the_sources_fault(lab: Lab) -> None:
    source, sink = lab.dataset("in", "Binary", "in", "a"), lab.dataset("out", "Binary", "out", "a")
    error = copy(lab, source, sink, ("Binary", "Binary"))["error"]
    assert error["errorCode"] == "2200"
    assert "Failure happened on 'Source' side. ErrorCode=UserErrorSourceBlobNotExist" in error["message"]


def test_binary_does_not_become_anything_else(lab: Lab) -> None:
    source, sink = lab.dataset("in", "Binary", "in", "a"), lab.dataset("out", "Parquet", "out", "a")
    assert "Binary alone" in copy(lab, source, sink, ("Binary", "Parquet"))["error"]["message"]


ORDERS = {
    "number": "01",
    "orders": [{"prod": "p1", "price": 23}, {"prod": "p2", "price": 13}],
    "city": [{"name": "Seattle"}],
}


def json_to(lab: Lab, kind: str, content: bytes, translator: Any = None, **writing: Any) -> Any:
    lab.upload("in/a.json", content)
    properties = {"firstRowAsHeader": True} if kind == "DelimitedText" else {}
    sink = lab.dataset("sink", kind, "out", "a", **properties)
    asked = {} if translator is None else {"translator": translator}
    return copy(
        lab, lab.dataset("json", "Json", "in", "a.json"), sink, ("Json", kind), writing=writing, **asked
    )


def tabular(*pairs: tuple[str, str], **further: Any) -> Any:
    mappings = [{"source": {"path": path}, "sink": {"name": name}} for path, name in pairs]
    return {"type": "TabularTranslator", "mappings": mappings, **further}


def test_json_goes_to_text_by_the_names_of_its_fields(lab: Lab) -> None:
    done = json_to(lab, "DelimitedText", b'{"a":1,"b":"x,y"}{"a":null}{"a":2.5,"b":true}')
    assert done["error"]["message"] == ""
    assert lab.download("out/a") == b'a,b\r\n1,"x,y"\r\n,\r\n2.5,true\r\n'


def test_an_array_inside_json_becomes_rows(lab: Lab) -> None:
    translator = tabular(
        ("$['number']", "number"),
        ("['prod']", "prod"),
        ("price", "price"),
        ("$.city[0].name", "city"),
        ("$['none']", "none"),
        collectionReference="$['orders']",
    )
    done = json_to(lab, "DelimitedText", json.dumps(ORDERS).encode(), translator)
    assert done["error"]["message"] == ""
    text = b"number,prod,price,city,none\r\n01,p1,23,Seattle,\r\n01,p2,13,Seattle,\r\n"
    assert lab.download("out/a") == text


def test_what_nests_is_mapped_or_written_as_text(lab: Lab) -> None:
    content = b'{"a":{"b":[1]}}'
    done = json_to(lab, "DelimitedText", content)
    assert "The column 'a' holds objects or arrays" in done["error"]["message"]
    translator = {"type": "TabularTranslator", "mapComplexValuesToString": True}
    done = json_to(lab, "DelimitedText", content, translator)
    assert lab.download("out/a") == b'a\r\n{\\"b\\":[1]}\r\n'


def test_a_field_that_comes_later_is_refused(lab: Lab) -> None:
    done = json_to(lab, "DelimitedText", b'{"a":1}{"b":2}')
    assert "whose first object has no 'b'" in done["error"]["message"]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (None, b'{"a":{"b":1}}\r\n{"c":"\xc3\xa4"}\r\n'),
        ("setOfObjects", b'{"a":{"b":1}}\r\n{"c":"\xc3\xa4"}\r\n'),
        ("arrayOfObjects", b'[{"a":{"b":1}},{"c":"\xc3\xa4"}]'),
    ],
)
def test_json_goes_to_json_whole(lab: Lab, pattern: str | None, text: bytes) -> None:
    settings = {"formatSettings": {"type": "JsonWriteSettings", "filePattern": pattern}}
    done = json_to(lab, "Json", '[{"a":{"b":1}},{"c":"ä"}]'.encode(), **settings)
    assert done["error"]["message"] == ""
    assert lab.download("out/a") == text


def test_rows_go_to_json_with_types_and_into_objects(lab: Lab) -> None:
    lab.upload("in/a.csv", b"id,name\n1,a\n2,b\n")
    source = lab.dataset("text", "DelimitedText", "in", "a.csv", firstRowAsHeader=True)
    mappings = [
        {"source": {"name": "id", "type": "String"}, "sink": {"path": "$['key']['id']", "type": "Int32"}},
        {"source": {"name": "name"}, "sink": {"name": "name"}},
    ]
    translator = {"type": "TabularTranslator", "mappings": mappings}
    sink = lab.dataset("json", "Json", "out", "a.json")
    done = copy(lab, source, sink, ("DelimitedText", "Json"), translator=translator)
    assert done["error"]["message"] == ""
    assert lab.download("out/a.json") == (b'{"key":{"id":1},"name":"a"}\r\n{"key":{"id":2},"name":"b"}\r\n')


def test_a_workbook_goes_to_parquet(lab: Lab) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, "x"])
    written = io.BytesIO()
    book.save(written)
    lab.upload("in/a.xlsx", written.getvalue())
    source = lab.dataset("excel", "Excel", "in", "a.xlsx", sheetIndex=0, firstRowAsHeader=True)
    sink = lab.dataset("parquet", "Parquet", "out", "a.parquet")
    done = copy(lab, source, sink, ("Excel", "Parquet"), translator=mapping(a="Int64"))
    assert done["error"]["message"] == ""
    assert parquet(lab).to_pylist() == [{"a": 1}]


def test_json_and_excel_that_cannot_be_sinks_are_refused(lab: Lab) -> None:
    lab.upload("in/a.json", b"{}")
    sink = lab.dataset("excel", "Excel", "out", "a.xlsx", sheetIndex=0)
    done = copy(lab, lab.dataset("json", "Json", "in", "a.json"), sink, ("Json", "Excel"))
    assert "does not implement 'ExcelSink'" in done["error"]["message"]
