"""Settings are honoured or refused, never ignored: all properties of Microsoft's models are looked at."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import tarfile
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.mgmt.datafactory import models

from localcloud.azure.datafactory.runs import settings
from localcloud.azure.datafactory.runs.activities import KINDS
from localcloud.azure.datafactory.runs.errors import ActivityError
from tests.localcloud.azure.datafactory.factory_lab import Lab, activity

DATASETS = ("Binary", "DelimitedText", "Excel", "Json", "Parquet")
SERVICES = ("AzureBlobStorage", "AzureBlobFS")
NAMES = {
    **{kind: f"{kind}ActivityTypeProperties" for kind in KINDS},
    **{kind: f"{kind}DatasetTypeProperties" for kind in DATASETS},
    **{kind: f"{kind}LinkedServiceTypeProperties" for kind in SERVICES},
    "WebActivity": "WebActivityTypeProperties",
}
"""Name in our tables → Microsoft's class, where these differ."""
READ = {"type": "AzureBlobStorageReadSettings"}
WRITE = {"type": "AzureBlobStorageWriteSettings"}


def properties(name: str) -> list[str]:
    """The properties of Microsoft's model, as they are written in JSON."""
    model = getattr(models, NAMES.get(name, name))
    known = {
        field: value._rest_name_input or field
        for base in reversed(model.__mro__)
        for field, value in vars(base).items()
        if type(value).__name__ == "_RestField"
    }
    return sorted(known.values())


def read_by_the_code() -> str:
    folder = Path(settings.__file__).parent
    return "".join(path.read_text() for path in folder.rglob("*.py") if path.name != "settings.py")


SOURCE = read_by_the_code()


@pytest.mark.parametrize("name", sorted(settings.MODELS))
def test_each_property_of_a_model_is_honoured_refused_or_harmless(name: str) -> None:
    theirs, known = properties(name), settings.MODELS[name]
    assert theirs
    assert known.honoured | known.harmless <= {*theirs}, "a property that Microsoft's model has not"
    assert not known.honoured & known.harmless
    for each in theirs:
        if known.knows(each):
            continue
        with pytest.raises(ActivityError, match=f"does not implement .*'{each}'"):
            settings.check(name, {each: "x"})
        settings.check(name, {each: None})


@pytest.mark.parametrize("name", sorted(settings.MODELS))
def test_what_counts_as_honoured_is_read_by_the_code(name: str) -> None:
    unread = [each for each in settings.MODELS[name].honoured if f'"{each}"' not in SOURCE]
    assert unread == []


def test_every_activity_has_its_model() -> None:
    assert {*settings.ACTIVITIES} == {*KINDS}


@pytest.mark.parametrize(
    ("type", "more", "message"),
    [
        ("Copy", {"skipErrorFile": {"fileMissing": True}}, "'skipErrorFile' of the Copy activity"),
        ("WebActivity", {"disableCertValidation": True}, "'disableCertValidation' of the WebActivity"),
        ("SetVariable", {"setSystemVariable": True}, "'setSystemVariable' of the SetVariable"),
        ("Lookup", {"treatDecimalAsString": True}, "'treatDecimalAsString' of the Lookup"),
    ],
)
def test_what_an_activity_does_not_honour_fails_it(lab: Lab, type: str, more: Any, message: str) -> None:
    done = lab.activities(lab.run(activity("a", type, **more)))["a"]
    assert (done["status"], done["error"]["errorCode"]) == ("Failed", "NotImplemented")
    assert message in done["error"]["message"]


def test_an_unset_property_or_a_false_one_is_nothing(lab: Lab) -> None:
    made = activity("a", "Fail", message="m", errorCode="1", other=False, more=None)
    assert lab.activities(lab.run(made))["a"]["error"]["message"] == "m"


def copy(lab: Lab, source: Any, sink: Any, kind: str = "Binary", **sides: Any) -> Any:
    reading = {"type": f"{kind}Source", "storeSettings": {**READ, **sides.pop("read", {})}}
    writing = {"type": f"{kind}Sink", "storeSettings": {**WRITE, **sides.pop("write", {})}}
    reading["formatSettings"] = sides.pop("read_format", None)
    writing |= {"formatSettings": sides.pop("write_format")} if "write_format" in sides else {}
    made = activity("copy", "Copy", source=reading, sink=writing, inputs=[source], outputs=[sink], **sides)
    return lab.activities(lab.run(made))["copy"]


@pytest.mark.parametrize(
    "setting", [{"maxRowsPerFile": 1}, {"fileNamePrefix": "part"}], ids=["maxRowsPerFile", "fileNamePrefix"]
)
@pytest.mark.parametrize("kind", ["DelimitedText", "Parquet"])
def test_files_of_so_many_rows_are_refused(lab: Lab, kind: str, setting: Any) -> None:
    """What they are called is not documented where the source is a file."""
    source, sink = lab.dataset("in", kind, "in", "a"), lab.dataset("out", kind, "out")
    formats = {"type": f"{kind}WriteSettings", "fileExtension": ".txt", **setting}
    if kind == "Parquet":
        del formats["fileExtension"]
    error = copy(lab, source, sink, kind, write_format=formats)["error"]["message"]
    assert f"'{next(iter(setting))}' of '{kind}WriteSettings'" in error


@pytest.mark.parametrize(
    ("lines", "rows"),
    [(0, b"a\r\n\r\nb\r\n1\r\n"), (1, b"b\r\n1\r\n"), (2, b"1\r\n"), (9, b"")],
)
def test_lines_that_are_not_empty_are_skipped(lab: Lab, lines: int, rows: bytes) -> None:
    lab.upload("in/a.csv", b"a\n\nb\n1\n")
    source = lab.dataset("in", "DelimitedText", "in", "a.csv")
    sink = lab.dataset("out", "DelimitedText", "out", "a.csv")
    skipping = {"type": "DelimitedTextReadSettings", "skipLineCount": lines}
    done = copy(lab, source, sink, "DelimitedText", read_format=skipping)
    assert done["error"]["message"] == ""
    assert (lab.download("out/a.csv") or b"").replace(b"\r\n\r\n", b"\r\n") == rows.replace(
        b"\r\n\r\n", b"\r\n"
    )


def deflated(content: bytes) -> bytes:
    squeezed = zlib.compressobj(wbits=-15)
    return squeezed.compress(content) + squeezed.flush()


CODECS: dict[str, tuple[Any, Any, str]] = {
    "gzip": (gzip.compress, gzip.decompress, ".gz"),
    "BZip2": (bz2.compress, bz2.decompress, ".bz2"),
    "Deflate": (deflated, lambda content: zlib.decompress(content, wbits=-15), ".deflate"),
}


@pytest.mark.parametrize("codec", CODECS)
def test_binary_data_is_unpacked_and_packed(lab: Lab, codec: str) -> None:
    pack, unpack, extension = CODECS[codec]
    lab.upload(f"in/a.txt{extension}", pack(b"content"))
    packed = lab.dataset("packed", "Binary", "in", compression={"type": codec, "level": "Optimal"})
    assert copy(lab, packed, lab.dataset("plain", "Binary", "out"))["error"]["message"] == ""
    assert lab.download("out/a.txt") == b"content"
    again = lab.dataset("again", "Binary", "again", compression={"type": codec})
    plain = lab.dataset("plain", "Binary", "out")
    assert copy(lab, plain, again)["error"]["message"] == ""
    assert unpack(lab.download(f"again/a.txt{extension}") or b"") == b"content"


def zipped(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def tarred(files: dict[str, bytes], mode: Any = "w:gz") -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


@pytest.mark.parametrize(
    ("codec", "model", "option", "pack"),
    [
        ("ZipDeflate", "ZipDeflateReadSettings", "preserveZipFileNameAsFolder", zipped),
        ("TarGzip", "TarGZipReadSettings", "preserveCompressionFileNameAsFolder", tarred),
    ],
)
def test_archives_are_unpacked_below_their_name_or_beside_it(
    lab: Lab, codec: str, model: str, option: str, pack: Any
) -> None:
    lab.upload("in/all.zip", pack({"a.txt": b"1", "deep/b.txt": b"2"}))
    packed = lab.dataset("packed", "Binary", "in", compression={"type": codec})
    plain = lab.dataset("plain", "Binary", "out")
    assert copy(lab, packed, plain)["error"]["message"] == ""
    assert lab.download("out/all/deep/b.txt") == b"2"
    beside = {"type": "BinaryReadSettings", "compressionProperties": {"type": model, option: False}}
    assert copy(lab, packed, plain, read_format=beside)["error"]["message"] == ""
    assert lab.download("out/a.txt") == b"1"


@pytest.mark.parametrize(
    ("content", "codec", "message"),
    [
        (b"no zip", "ZipDeflate", "UserErrorUnzipInvalidFile"),
        (b"no gzip", "gzip", "UserErrorUnzipInvalidFile"),
        (zipped({"../a": b""}), "ZipDeflate", "leads outside"),
        (b"", "snappy", "the compression 'snappy'"),
    ],
)
def test_what_cannot_be_unpacked_fails(lab: Lab, content: bytes, codec: str, message: str) -> None:
    lab.upload("in/a", content)
    packed = lab.dataset("packed", "Binary", "in", "a", compression={"type": codec})
    assert message in copy(lab, packed, lab.dataset("plain", "Binary", "out"))["error"]["message"]


def test_an_archive_is_not_written(lab: Lab) -> None:
    lab.upload("in/a", b"1")
    sink = lab.dataset("out", "Binary", "out", compression={"type": "ZipDeflate"})
    error = copy(lab, lab.dataset("in", "Binary", "in", "a"), sink)["error"]["message"]
    assert "writing files with the compression 'zipdeflate'" in error


def head(lab: Lab, name: str) -> Any:
    headers = {"x-ms-version": "2023-11-03"}
    return lab.local.send("blob", "HEAD", f"/labaccount/data/{name}", as_="data", headers=headers).headers


def test_metadata_is_written_with_the_file(lab: Lab) -> None:
    lab.upload("in/a", b"1")
    written = [
        {"name": "from", "value": {"value": "@pipeline().Pipeline", "type": "Expression"}},
        {"name": "changed", "value": "$$LASTMODIFIED"},
    ]
    source, sink = lab.dataset("in", "Binary", "in", "a"), lab.dataset("out", "Binary", "out", "a")
    assert copy(lab, source, sink, write={"metadata": written})["error"]["message"] == ""
    found = head(lab, "out/a")
    assert found["x-ms-meta-from"] == "p"
    assert found["x-ms-meta-changed"].endswith("Z")


def test_files_are_removed_after_a_copy_of_bytes_alone(lab: Lab) -> None:
    lab.upload("in/a", b"1")
    removing = {"deleteFilesAfterCompletion": True}
    source, sink = lab.dataset("in", "Binary", "in", "a"), lab.dataset("out", "Binary", "out", "a")
    assert copy(lab, source, sink, read=removing)["status"] == "Succeeded"
    assert (lab.download("in/a"), lab.download("out/a")) == (None, b"1")
    text = lab.dataset("text", "DelimitedText", "out", "a")
    error = copy(lab, text, text, "DelimitedText", read=removing)["error"]["message"]
    assert "for copies of Binary data alone" in error


SOON = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
EARLY = "2001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("times", "there"),
    [
        ({"modifiedDatetimeStart": EARLY}, True),
        ({"modifiedDatetimeStart": EARLY, "modifiedDatetimeEnd": SOON}, True),
        ({"modifiedDatetimeStart": SOON}, False),
        ({"modifiedDatetimeEnd": EARLY}, False),
    ],
)
def test_files_are_chosen_by_when_they_were_changed(lab: Lab, times: Any, there: bool) -> None:
    lab.upload("in/a", b"1")
    lab.upload("in/deep/b", b"1")
    folder = lab.dataset("in", "Binary", "in")
    assert copy(lab, folder, lab.dataset("out", "Binary", "out"), read=times)["status"] == "Succeeded"
    assert (lab.download("out/a") is not None) is there
    look = activity(
        "look", "GetMetadata", dataset=folder, fieldList=["childItems"], storeSettings={**READ, **times}
    )
    found = lab.activities(lab.run(look))["look"]["output"]["childItems"]
    assert found == ([{"name": "a", "type": "File"}] if there else [])
    gone = activity("rm", "Delete", dataset=folder, storeSettings={**READ, **times, "recursive": True})
    assert lab.activities(lab.run(gone))["rm"]["output"]["filesDeleted"] == (2 if there else 0)


def test_metadata_without_a_filter_has_the_folders_too(lab: Lab) -> None:
    lab.upload("in/a", b"1")
    lab.upload("in/deep/b", b"1")
    look = activity(
        "look", "GetMetadata", dataset=lab.dataset("in", "Binary", "in"), fieldList=["childItems"]
    )
    found = lab.activities(lab.run(look))["look"]["output"]["childItems"]
    assert found == [{"name": "deep", "type": "Folder"}, {"name": "a", "type": "File"}]


@pytest.mark.parametrize("setting", ["wildcardFileName", "prefix"])
def test_metadata_takes_no_other_filter(lab: Lab, setting: str) -> None:
    storing = {**READ, setting: "a"}
    dataset = lab.dataset("in", "Binary", "in")
    look = activity("look", "GetMetadata", dataset=dataset, fieldList=["exists"], storeSettings=storing)
    assert f"'{setting}' in GetMetadata" in lab.run(look)["message"]


def test_what_is_deleted_is_logged(lab: Lab) -> None:
    for name in ("a", "b"):
        lab.upload(f"in/{name}", b"1")
    linked = {"referenceName": "data", "type": "LinkedServiceReference"}
    made = activity(
        "rm",
        "Delete",
        dataset=lab.dataset("in", "Binary", "in"),
        storeSettings=READ,
        enableLogging=True,
        logStorageSettings={"linkedServiceName": linked, "path": "data/log"},
    )
    output = lab.activities(lab.run(made))["rm"]["output"]
    name = output["logPath"].partition("/labaccount/data/")[2]
    assert name.startswith("log/")
    lines = list(csv.reader(io.StringIO((lab.download(name) or b"").decode())))
    assert lines == [
        ["Name", "Category", "Status", "Error"],
        ["in/a", "File", "Deleted", ""],
        ["in/b", "File", "Deleted", ""],
    ]


@pytest.mark.parametrize("given", [{}, {"linkedServiceName": {"referenceName": "data"}}])
def test_a_log_without_a_place_is_refused_before_anything_goes(lab: Lab, given: Any) -> None:
    lab.upload("in/a", b"1")
    dataset = lab.dataset("in", "Binary", "in")
    made = activity("rm", "Delete", dataset=dataset, enableLogging=True, logStorageSettings=given)
    assert lab.run(made)["status"] == "Failed"
    assert lab.download("in/a") is not None


def test_a_delete_stays_in_its_folder_by_default(lab: Lab) -> None:
    lab.upload("in/a", b"1")
    lab.upload("in/deep/b", b"1")
    assert (
        lab.run(activity("rm", "Delete", dataset=lab.dataset("in", "Binary", "in")))["status"] == "Succeeded"
    )
    assert (lab.download("in/a"), lab.download("in/deep/b")) == (None, b"1")


def test_a_web_activity_waits_for_what_it_began(lab: Lab) -> None:
    """As the service does, it follows an answer of 202 to its end, unless it is told not to."""
    from tests.localcloud.azure.datafactory.factory_lab import GROUP_ID

    arm = lab.local.cloud.arm_url
    lab.grant("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "/".join(GROUP_ID.split("/")[:3]))
    signed = {"type": "MSI", "resource": "https://management.core.windows.net/"}
    group = GROUP_ID.replace("/lab", "/other")
    for off, status in ((True, 202), (False, 200)):
        lab.arm("PUT", group, {"location": "westeurope"}, "2024-03-01")
        made = activity(
            "delete", "WebActivity", method="DELETE", url=f"{arm}{group}?api-version=2024-03-01",
            authentication=signed, turnOffAsync=off,
        )  # fmt: skip
        assert lab.activities(lab.run(made))["delete"]["output"]["statuscode"] == status
