"""A factory folder: what is loaded, and every message."""

from __future__ import annotations

import json
import time
import timeit
from pathlib import Path
from typing import Any

import pytest

from mayfly import settings
from mayfly.errors import BadInput
from mayfly.workload import factory
from tests.workload.conftest import Folder, Variables, to

REPOSITORY = Path(__file__).parents[2]


def test_the_example_loads_with_every_fabric() -> None:
    for stack in ("qa-1", "prod"):
        found = settings.load(REPOSITORY, stack, {})
        assert "flights" in factory.load(found.workload, found.variables).names("pipeline")


def test_documents_are_the_files_as_they_stand(folder: Folder) -> None:
    text = '{ "properties": {"b": 1,\r\n\t"a":  1.0, "u": "\\u00e9é"} , "name":"p"}\n\n'
    folder.write("pipeline/p.json", text)
    assert folder.load().documents == {"pipeline/p": text}


def test_a_byte_order_mark_is_no_part_of_a_document(folder: Folder) -> None:
    folder.write("pipeline/p.json", b'\xef\xbb\xbf{"name": "p", "properties": {}}')
    assert folder.load().documents["pipeline/p"].startswith("{")


def test_the_factory_folder_itself_loads_too(folder: Folder) -> None:
    folder.document("pipeline/p")
    folder.write("factory/flights-factory.json", '{"name": "flights-factory", "properties": {}}')
    assert factory.load(folder.factory).documents.keys() == {"pipeline/p"}


def test_what_is_no_document_is_left_alone(folder: Folder) -> None:
    folder.document("pipeline/p")
    for file in ("publish_config.json", "factory/f.json", "README.md", "pipeline/README.md", "arm/x.json"):
        folder.write(file, "{")
    (folder.factory / "datasets").mkdir()
    assert folder.load().documents.keys() == {"pipeline/p"}


KEYS = [
    "pipeline/p",
    "dataset/d",
    "linkedService/l",
    "trigger/t",
    "dataflow/f",
    "integrationRuntime/runtime",
    "credential/c",
    "managedVirtualNetwork/default",
]


def test_every_kind_is_read(folder: Folder) -> None:
    for key in KEYS:
        folder.document(key)
    assert sorted(folder.load().documents) == sorted(KEYS)


def _write(file: str, text: str | bytes) -> tuple[str, str | bytes]:
    return file, text


def _document(key: str, **properties: Any) -> tuple[str, str]:
    name = key.partition("/")[2]
    return f"{key}.json", json.dumps({"name": name, "properties": properties})


def _dataset(
    location: dict[str, Any], store: str = "lake", type: str = "DelimitedText", **more: Any
) -> tuple[str, str]:
    properties = {"linkedServiceName": to(f"linkedService/{store}"), "type": type}
    return _document("dataset/d", **properties, typeProperties={"location": location, **more})


def _expression(text: str) -> dict[str, str]:
    return {"value": text, "type": "Expression"}


LOCATION = "dataset/d.json: properties.typeProperties.location"

# what the folder holds besides, then the one problem: where, what, fix
MESSAGES: list[tuple[tuple[str, str | bytes], str, str, str]] = [
    (
        _write("pipeline/x.json", '{"name": "x",\n "properties": {,}}'),
        "x.json:2:17",
        "is not JSON",
        "mend it",
    ),
    (_write("pipeline/x.json", ""), "x.json:1:1", "is not JSON: Expecting value", "mend it"),
    (_write("pipeline/x.json", '{"name": "x"} x'), "x.json:1:15", "is not JSON: Extra data", "mend it"),
    (
        _write("pipeline/x.json", '{"name": "x", "name": "x"}'),
        "x.json",
        "the key 'name' is twice",
        "keep one",
    ),
    (
        _write("pipeline/x.json", '{"name": "x", "properties": {"a": NaN}}'),
        "x.json",
        "NaN is no JSON",
        "number",
    ),
    (_write("pipeline/x.json", "[" * 100_000), "x.json", "nested too deeply", "no factory document"),
    (_write("pipeline/x.json", "[]"), "x.json", "is not an object", '{"name": …, "properties": {…}}'),
    (_write("pipeline/x.json", b'{"name": "\xff"}'), "x.json", "byte 10 is not UTF-8", "save it as UTF-8"),
    (_write("pipeline/x.json", '{"properties": {}}'), "x.json: name", "it has no name", "'x'"),
    (_write("pipeline/x.json", '{"name": "y", "properties": {}}'), "x.json: name", "its name is 'y'", "'x'"),
    (_write("pipeline/x.json", '{"name": 5, "properties": {}}'), "x.json: name", "its name is 5", "'x'"),
    (_write("pipeline/x.json", '{"name": "x"}'), "x.json: properties", "are missing", "properties"),
    (_write("pipeline/x.json", '{"name": "x", "properties": []}'), "x.json: properties", "no object", "{…}"),
    (_document("pipeline/a.b"), "pipeline/a.b.json", "'a.b' cannot be a name in pipeline/", "1 to 260"),
    (
        _document("integrationRuntime/a_b"),
        "a_b.json",
        "cannot be a name in integrationRuntime/",
        "3 to 63",
    ),
    (_document("pipeline/P"), "pipeline/p.json", "differs from pipeline/P.json by upper and lower", "rename"),
    (_document("pipeline/inner/x"), "pipeline/inner/x.json", "lies in a folder inside pipeline/", "move it"),
    (
        _write("managedVirtualNetwork/default/other/x.json", "{}"),
        "managedVirtualNetwork/default/other/x.json",
        "lies in a folder inside managedVirtualNetwork/",
        "move it",
    ),
    (_document("datasets/x"), "datasets", "is no kind of document", "did you mean dataset?"),
    (_document("LinkedService/x"), "LinkedService", "is no kind of document", "did you mean linkedService?"),
    (
        _document("pipeline/x", activities=[{"inputs": [to("dataset/flihgts")]}]),
        "pipeline/x.json: properties.activities[0].inputs[0]",
        "refers to the dataset 'flihgts', which is not there",
        "did you mean 'flights'?",
    ),
    (
        _document("pipeline/x", a=to("trigger/t")),
        "properties.a",
        "the trigger 't'",
        "the folder has no trigger",
    ),
    (
        _document("dataset/d", linkedServiceName=to("linkedService/laek")),
        "properties.linkedServiceName",
        "refers to the linkedService 'laek'",
        "did you mean 'lake'? known: curated, lake; or declare it as a store",
    ),
    (_document("pipeline/x", a=to("pipeline/x")), "pipeline/x.json", "pipeline/x → pipeline/x", "take one"),
    (
        _document("linkedService/lake", type="AzureSqlDatabase"),
        "lake.json: properties.type",
        "takes its place",
        "FS",
    ),
    (
        _document("linkedService/lake"),
        "lake.json: properties.type",
        "its type is None",
        "one of AzureBlobStorage",
    ),
    (
        _dataset({"container": "raw"}),
        f"{LOCATION}.container",
        "is 'raw', but the store 'lake' is",
        "'flights'",
    ),
    (
        _dataset({"fileSystem": "raw"}, "curated"),
        f"{LOCATION}.fileSystem",
        "is 'raw', but the store",
        "'curated'",
    ),
    (
        _dataset({}, type="AzureBlob", folderPath="raw/2013"),
        "properties.typeProperties.folderPath",
        "is 'raw', but the store 'lake'",
        "'flights'",
    ),
    (
        _document("pipeline/x", a=_expression("@pipeline().globalParameters.yaer")),
        "pipeline/x.json: properties.a.value",
        "uses the global parameter 'yaer'",
        "did you mean 'year'? known: year",
    ),
    (
        _document("pipeline/x", a="a@{pipeline().globalParameters.x}b"),
        "properties.a",
        "parameter 'x'",
        "year",
    ),
    (_document("pipeline/x", a="@pipeline()?.globalParameters?.x"), "properties.a", "parameter 'x'", "year"),
    (
        _document("pipeline/x", a="@pipeline()['globalParameters']['x']"),
        "properties.a",
        "parameter 'x'",
        "year",
    ),
    (_document("pipeline/x", a="@pipeline().globalParameters['it''s']"), "properties.a", '"it\'s"', "year"),
]


@pytest.mark.parametrize(("besides", "where", "what", "fix"), MESSAGES)
def test_every_message(
    folder: Folder, besides: tuple[str, str | bytes], where: str, what: str, fix: str
) -> None:
    folder.document("pipeline/p")
    folder.document("dataset/flights", linkedServiceName=to("linkedService/lake"))
    folder.write(*besides)
    (problem,) = folder.problems()
    assert problem.where.startswith("flights/factory/")
    assert where in problem.where
    assert what in problem.what
    assert fix in problem.fix


@pytest.mark.parametrize(
    "fine",
    [
        _document("pipeline/x", description="uses pipeline().globalParameters.nothing"),
        _document("pipeline/x", a="@@pipeline().globalParameters.nothing"),
        _document("pipeline/x", a="@pipeline().globalParameters.year"),
        _document("pipeline/x", a="@pipeline().parameters.nothing"),
        _document("pipeline/x", a={"referenceName": "x", "type": "NotebookReference"}),
        _document(
            "pipeline/x",
            a={"referenceName": "AutoResolveIntegrationRuntime", "type": "IntegrationRuntimeReference"},
        ),
        _document("pipeline/x", a={"referenceName": _expression("@x"), "type": "DatasetReference"}),
        _document("pipeline/x", a={"referenceName": "x", "type": []}),
        _dataset({"container": "flights"}),
        _dataset({"container": _expression("@dataset().container")}),
        _dataset({"container": "@dataset().container"}),
        _dataset({"fileName": "x"}),
        _dataset({}, type="AzureBlob", folderPath="flights/2013/"),
        _dataset({}, type="AzureBlob", folderPath="@{dataset().x}/2013"),
        _document("dataset/d", linkedServiceName=None, typeProperties=5),
        _document("linkedService/lake", type="AzureBlobFS"),
        _document("linkedService/Lake", type="AzureBlobFS"),
        _document("pipeline/x", a="@pipeline().globalParameters.Year"),
        ("managedVirtualNetwork/default.json", '{"name": "default"}'),
        ("pipeline/x.json", '{"name": "X", "properties": {}}'),
    ],
)
def test_what_is_fine(folder: Folder, fine: tuple[str, str]) -> None:
    """A declared store or value that nobody uses is fine too."""
    folder.write(*fine)
    assert folder.load()


def _used_store(folder: Folder, **properties: Any) -> None:
    folder.document("linkedService/raw", **properties)
    folder.document("dataset/d", linkedServiceName=to("linkedService/raw"))


@pytest.mark.parametrize("type", ["AzureBlobStorage", "AzureBlobFS"])
def test_a_store_in_use_that_the_variable_group_lacks(folder: Folder, type: str) -> None:
    """An environment would get production's own there."""
    _used_store(folder, type=type)
    (problem,) = folder.problems()
    assert problem.where == "flights/factory/linkedService/raw.json"
    assert problem.what == f"is a store in use ({type}), and the variable group has none of this name"
    assert problem.fix == "declare 'raw' under sources or sinks; known: curated, lake"


def test_a_store_or_a_value_that_is_spelt_otherwise_or_declared_nowhere(folder: Folder) -> None:
    _used_store(folder, type="AzureBlobStorage")
    (problem,) = folder.problems(Variables(containers={"rwa": ("raw",)}))
    assert problem.fix == "declare 'raw' under sources or sinks; did you mean 'rwa'? known: rwa"
    folder.document("linkedService/raw", type="AzureSqlDatabase")
    folder.document("pipeline/p", a="@pipeline().globalParameters.year")
    (problem,) = folder.problems(Variables(values={}, linked_services={"raw": "as-is"}))
    assert problem.fix == "declare it under values"


@pytest.mark.parametrize(
    "properties",
    [
        {"type": "AzureSqlDatabase"},
        {"type": "AzureBlobStorage", "typeProperties": {"authenticationType": "Anonymous"}},
    ],
)
def test_what_is_no_store_or_public_stays_as_it_is(folder: Folder, properties: dict[str, Any]) -> None:
    _used_store(folder, **properties)
    answers = {"raw": "as-is"} if properties["type"] == "AzureSqlDatabase" else {}
    assert "linkedService/raw" in folder.load(Variables(linked_services=answers)).documents


def test_a_store_that_nobody_uses_need_not_be_declared(folder: Folder) -> None:
    folder.document("linkedService/raw", type="AzureBlobStorage")
    assert folder.load().documents


@pytest.mark.parametrize(
    "broken", ["{", b'{"name": "\xff"}', "[]", '{"name": "d", "name": "d", "properties": {}}']
)
def test_who_refers_to_a_broken_file_is_not_blamed(folder: Folder, broken: str | bytes) -> None:
    folder.write("dataset/d.json", broken)
    folder.document("pipeline/p", a=to("dataset/d"))
    (problem,) = folder.problems()
    assert problem.where.startswith("flights/factory/dataset/d.json")


def test_who_refers_to_a_misplaced_file_is_not_blamed(folder: Folder) -> None:
    folder.document("dataset/inner/d")
    folder.document("pipeline/p", a=to("dataset/d"))
    (problem,) = folder.problems()
    assert "lies in a folder inside dataset/" in problem.what


def test_all_problems_of_all_files_come_at_once(folder: Folder) -> None:
    for besides, _, _, _ in MESSAGES[:12]:
        folder.write(
            besides[0].replace("x.json", f"x{len(list(folder.factory.rglob('*')))}.json"), besides[1]
        )
    folder.document("pipeline/a", a=to("pipeline/b"), c=to("dataset/no"))
    folder.document("pipeline/b", a=to("pipeline/a"), b="@pipeline().globalParameters.no")
    folder.document("dataset/d", linkedServiceName=to("linkedService/no"))
    whats = [problem.what for problem in folder.problems()]
    assert sum("not JSON" in what for what in whats) == 4
    assert sum("which is not there" in what for what in whats) == 2
    assert sum("pipeline/a → pipeline/b → pipeline/a" in what for what in whats) == 1
    assert sum("global parameter 'no'" in what for what in whats) == 1


def test_without_a_variable_group_the_folder_stands_alone(folder: Folder) -> None:
    folder.document("dataset/d", linkedServiceName=to("linkedService/lake"))
    with pytest.raises(BadInput, match="the folder has no linkedService"):
        factory.load(folder.root)
    folder.document("linkedService/lake", type="AzureBlobFS")
    assert factory.load(folder.root).documents.keys() == {"dataset/d", "linkedService/lake"}


def test_no_folder_and_no_document(folder: Folder) -> None:
    with pytest.raises(BadInput, match="there is no such folder"):
        factory.load(folder.root / "nowhere")
    (problem,) = folder.problems()
    assert problem.what == "holds no document"
    assert problem.where in (f"{folder.root.name}/", f"{folder.root.name}/factory/")


def test_300_documents_load_quickly(folder: Folder) -> None:
    """In processor time, and at best, as the machine may be shared; timeit collects no garbage meanwhile."""
    activity = {"inputs": [to("dataset/d0")], "typeProperties": {"a": "@pipeline().globalParameters.year"}}
    folder.document("dataset/d0", linkedServiceName=to("linkedService/lake"))
    for n in range(300):
        before = [{"pipeline": to(f"pipeline/p{n - 1}")}] if n else []
        folder.document(f"pipeline/p{n}", activities=[activity] * 10 + before)
    levels: list[int] = []

    def load() -> None:
        levels.append(len(factory.levels(folder.load(Variables()).documents)))

    seconds = timeit.repeat(load, number=1, repeat=3, timer=time.process_time)
    assert min(seconds) < 0.3
    assert levels == [301] * 3


GROUP = Variables(values={"GP-Int": 5})


@pytest.mark.parametrize("used", [".GP-Int", "?.GP-Int", "['GP-Int']", "?['GP-Int']", "[ 'GP-Int' ]"])
def test_4_a_global_parameter_has_the_name_that_data_factory_has(folder: Folder, used: str) -> None:
    folder.document("pipeline/p", a=f"@pipeline().globalParameters{used}")
    assert folder.load(GROUP).documents.keys() == {"pipeline/p"}
