"""Copy: formats, mappings, several files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
        ({"reading": {"type": "JsonSource"}}, "'JsonSource' in the Copy activity"),
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
