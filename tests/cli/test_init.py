"""`mayfly init`, `check` and `graph`: what a person gets for a folder that exists already."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mayfly.cli.check import check
from mayfly.cli.graph import graph
from mayfly.cli.init import init
from mayfly.errors import BadInput, Problem, told_once
from tests.workload.conftest import Folder, to

ENVIRONMENTS, PRODUCTION = "6d617966-6c79-4000-8000-0000000000b0", "6d617966-6c79-4000-8000-0000000000a0"
GIVEN: dict[str, Any] = {"subscription": ENVIRONMENTS, "location": "westeurope", "owner": "me"}
FLIGHTS = Path(__file__).parents[2] / "examples/flights"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without a fabric, as the working folder."""
    (tmp_path / "Pulumi.yaml").write_text("name: lakes\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAYFLY_WORKLOAD", raising=False)
    return tmp_path


def copy(service: str, into: str, folder: Folder, name: str, **parameters: Any) -> None:
    """A pipeline that copies, and its datasets: `<name>_in` names its container by a parameter."""
    location = {"container": {"value": "@dataset().zone", "type": "Expression"}}
    folder.document(
        f"dataset/{name}_in",
        type="Binary",
        linkedServiceName=to(f"linkedService/{service}"),
        parameters={"zone": {"type": "string"}},
        typeProperties={"location": location},
    )
    folder.document(
        f"dataset/{name}_out",
        type="Binary",
        linkedServiceName=to(f"linkedService/{into}"),
        typeProperties={"location": {"container": "gold"}},
    )
    activity = {
        "name": "copy",
        "type": "Copy",
        "inputs": [{**to(f"dataset/{name}_in"), "parameters": {"zone": parameters.pop("zone", "bronze")}}],
        "outputs": [to(f"dataset/{name}_out")],
    }
    folder.document(f"pipeline/{name}", activities=[activity], **parameters)


@pytest.fixture
def folder(root: Path) -> Folder:
    found = Folder(root)
    lake = {"serviceEndpoint": "https://prodlake.blob.core.windows.net/"}
    found.document("linkedService/Production Lake", type="AzureBlobStorage", typeProperties=lake)
    found.document(
        "linkedService/refined", type="AzureBlobFS", typeProperties={"url": "https://prodrefined.dfs.x"}
    )
    copy("Production Lake", "refined", found, "load")
    return found


def variables(root: Path, fabric: str = "etl") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / f"stacks/variables/{fabric}.yaml").read_text())
    return found


def problems(*arguments: Any, **named: Any) -> list[str]:
    with pytest.raises(BadInput) as error:
        check(*arguments, **named)
    return [str(problem) for problem in error.value.problems]


def test_what_is_read_is_a_source_and_what_is_written_a_sink(root: Path, folder: Folder) -> None:
    init(str(folder.root), "etl", **GIVEN, production=f"{PRODUCTION}/prod")
    account = f"/subscriptions/{PRODUCTION}/resourceGroups/prod/providers/Microsoft.Storage/storageAccounts"
    assert variables(root) == {
        "sources": {"Production Lake": {"account": f"{account}/prodlake", "containers": ["bronze"]}},
        "sinks": {"refined": {"containers": ["gold"]}},
    }
    fabric = yaml.safe_load((root / "stacks/fabrics/etl.yaml").read_text())
    assert (fabric["workload"], fabric["lifetime"], fabric["subscription"]) == (
        "flights",
        "ephemeral",
        ENVIRONMENTS,
    )
    check("etl")


def test_the_example_is_drafted_as_it_was_written(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(FLIGHTS, root / "flights", ignore=shutil.ignore_patterns("*.py"))
    init("flights", "etl", **GIVEN, production=f"{PRODUCTION}/flights-lake")
    found = variables(root)
    assert found["sinks"] == {"curated": {"containers": ["curated"]}}
    assert found["sources"]["lake"]["containers"] == ["flights"]
    assert "year" in found["values"]
    assert "1 sources, 1 sinks" in capsys.readouterr().out


def test_what_is_not_known_is_marked_and_told_by_the_check_and_nothing_else(
    root: Path, folder: Folder
) -> None:
    copy(
        "Production Lake",
        "refined",
        folder,
        "load",
        zone={"value": "@concat('a', 'b')", "type": "Expression"},
    )
    init(str(folder.root), "etl")
    told = [line.partition(": ")[2].partition(": is left to be filled in (")[::2] for line in problems("etl")]
    assert sorted(told) == [
        ("location", "an Azure region, such as westeurope)"),
        ("owner", "the team that answers for these environments)"),
        ("sources.Production Lake.account", "the resource id of the storage account prodlake)"),
        ("sources.Production Lake.containers.0", "the containers that load_in can name)"),
        ("subscription", "the id of a subscription, not production's)"),
    ]


def test_every_other_linked_service_is_there_and_what_cannot_be_used_is_taken_out(
    root: Path, folder: Folder
) -> None:
    folder.document("linkedService/vault", type="AzureKeyVault", typeProperties={"baseUrl": "https://kv.x"})
    folder.document(
        "linkedService/erp",
        type="SqlServer",
        connectVia=to("integrationRuntime/onprem"),
        typeProperties={"server": "erp", "encryptedCredential": "eyJ"},
    )
    folder.document("integrationRuntime/onprem", type="SelfHosted")
    folder.document("dataset/orders", type="SqlServerTable", linkedServiceName=to("linkedService/erp"))
    folder.document(
        "pipeline/look",
        activities=[{"name": "a", "type": "Lookup", "typeProperties": {"dataset": to("dataset/orders")}}],
    )
    init(str(folder.root), "etl", **GIVEN, production=f"{PRODUCTION}/prod")
    assert variables(root)["linked_services"] == {
        "erp": {"connectVia": None, "typeProperties": {"encryptedCredential": None}},
        "vault": "as-is",
    }
    check("etl")


def test_global_parameters_have_productions_values_but_secrets(root: Path, folder: Folder) -> None:
    given = {
        "env-name": {"type": "string", "value": 'prod: "x"'},
        "tables": {"type": "array", "value": ["a", {"b": 1}]},
        "apiKey": {"type": "string", "value": "hunter22"},
    }
    folder.write("factory/adf.json", json.dumps({"name": "adf", "properties": {"globalParameters": given}}))
    folder.document("pipeline/p", a={"value": "@pipeline().globalParameters.missing", "type": "Expression"})
    init(str(folder.root), "etl", **GIVEN, production=f"{PRODUCTION}/prod")
    found = variables(root)["values"]
    assert found["env-name"] == 'prod: "x"'
    assert found["tables"] == ["a", {"b": 1}]
    assert found["apiKey"].startswith("<fill in: a value; production's looks like a password")
    assert "hunter22" not in (root / "stacks/variables/etl.yaml").read_text()
    told = problems("etl")
    assert sum("is left to be filled in" in line for line in told) == 2


def test_a_sink_that_is_read_is_drafted_with_its_seed_and_one_account_stays_one(
    root: Path, folder: Folder
) -> None:
    folder.document(
        "linkedService/by dfs",
        type="AzureBlobFS",
        typeProperties={"url": "https://prodlake.dfs.core.windows.net/"},
    )
    copy("by dfs", "Production Lake", folder, "refine", zone="gold")
    copy("Production Lake", "refined", folder, "load", zone="bronze")
    init(str(folder.root), "etl", **GIVEN, production=f"{PRODUCTION}/prod")
    sinks = variables(root)["sinks"]
    assert sinks["Production Lake"]["account"] == sinks["by dfs"]["account"] == "prodlake"
    assert sinks["refined"]["account"] == "prodrefined"
    text = (root / "stacks/variables/etl.yaml").read_text()
    assert "storageAccounts/prodlake/blobServices/default/containers/bronze" in text
    check("etl")


def test_nothing_is_overwritten_and_a_folder_without_documents_is_told(root: Path, folder: Folder) -> None:
    init(str(folder.root), "etl")
    with pytest.raises(BadInput, match="is there already") as error:
        init(str(folder.root), "etl")
    assert len(error.value.problems) == 2
    (root / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no document"):
        init("empty", "other")
    with pytest.raises(BadInput, match="--fabric"):
        init(str(folder.root), "Not One")


def test_a_check_tells_a_repeated_message_once(
    root: Path, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    init(str(folder.root), "etl", **GIVEN, production=f"{PRODUCTION}/prod")
    for number in range(9):
        folder.document(
            f"dataset/raw{number}",
            linkedServiceName=to("linkedService/refined"),
            typeProperties={"location": {"container": "raw"}},
        )
    with pytest.raises(BadInput) as error:
        check("etl")
    (line,) = told_once(error.value.problems)
    assert line.startswith(
        "flights/factory/dataset/raw0.json: properties.typeProperties.location.container, "
    )
    assert "and 6 more: is 'raw', but the store 'refined' is the container 'gold'" in line


def test_a_check_asks_no_cloud_and_tells_what_is_to_be_known(
    root: Path, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.document("trigger/new", type="BlobEventsTrigger", pipelines=[])
    folder.document("linkedService/api", type="RestService", typeProperties={"url": "https://api.example"})
    init(str(folder.root), "etl", **GIVEN, production=f"{PRODUCTION}/prod")
    check(None, as_json=False)
    told = capsys.readouterr()
    assert "note: flights/factory/trigger/new.json: is not sent" in told.err
    assert "can reach elsewhere: linkedService/api.json (RestService): api.example, allowed" in told.err
    assert "etl: fine: 6 documents, 1 sources, 1 sinks, 0 values" in told.out


def test_the_same_problem_of_few_places_names_them_all() -> None:
    few = [Problem(where, "is wrong", "mend it") for where in "abcd"]
    assert told_once(few) == ["a, b, c, d: is wrong (mend it)"]
    assert told_once([*few, Problem("e", "is wrong", "mend it")]) == [
        "a, b, c, and 2 more: is wrong (mend it)"
    ]


def test_a_graph_is_mermaid(root: Path, folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.document('trigger/at "9"', pipelines=[{"pipelineReference": to("pipeline/LOAD")}])
    graph(str(folder.root))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "flowchart LR"
    nodes = {
        line.strip().partition("[")[0].partition("(")[0].partition("{")[0]: line
        for line in lines
        if '"' in line
    }
    names = {node: line.partition('"')[2].rpartition('"')[0] for node, line in nodes.items()}
    arrows = [line.split() for line in lines if "-->" in line]
    assert {(names[one], names[to]) for one, _, to in arrows} == {
        ("load", "load_in"),
        ("load", "load_out"),
        ("load_in", "Production Lake"),
        ("load_out", "refined"),
        ("at #34;9#34;", "load"),
    }


SAM = """
Globals: {Function: {Runtime: python3.12, Timeout: 60}}
Resources:
  LoadFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/load, Handler: app.main, MemorySize: 512, Policies: [x]}
  Web:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.main}
  Lake: {Type: AWS::S3::Bucket}
"""


@pytest.fixture
def template(root: Path) -> Path:
    """A repository with a SAM template, beside the project."""
    found = root / "etl"
    (found / "src/load").mkdir(parents=True)
    (found / "src/load/app.py").write_text("def main(event, context): pass\n")
    (found / "src/load/requirements.txt").write_text("# nothing yet\n")
    (found / "template.yaml").write_text(SAM)
    return found


def test_a_sam_template_becomes_functions_and_check_says_what_is_missing(
    root: Path, template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init("etl", "etl", subscription="123456789012", location="eu-west-1", owner="me")
    told = capsys.readouterr()
    assert "2 functions; 2 left out, 0 to fill in" in told.out
    assert "Resources.LoadFunction.Policies" in told.err
    assert "bring the code of web into functions/web" in told.err
    assert (template / "functions/load/app.py").read_text() == (template / "src/load/app.py").read_text()
    with pytest.raises(BadInput) as wrong:
        check("etl")
    assert [problem.what for problem in wrong.value.problems] == [
        "there is no etl/functions/web/index.py for 'index.main'"
    ]
    (template / "functions/web/index.py").write_text("def main(event, context): pass\n")
    check("etl")
    assert "etl: fine: 2 functions, 0 sources, 0 sinks, 0 values" in capsys.readouterr().out


def test_functions_that_are_there_stay_and_get_a_fabric(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FLIGHTS / "functions", root / "flights/functions")
    init("flights", "etl", location="eu-west-1", owner="me")
    assert "2 functions; 0 left out, 1 to fill in" in capsys.readouterr().out
    with pytest.raises(BadInput) as wrong:
        check("etl")
    assert "is left to be filled in" in str(wrong.value)


@pytest.mark.parametrize("uri", ["../secrets", "/etc", "nowhere", "linked"])
def test_a_template_copies_nothing_from_elsewhere(root: Path, template: Path, uri: str) -> None:
    (root / "secrets").mkdir()
    (root / "secrets/token").write_text("token")
    (template / "linked").symlink_to(root / "secrets")
    (template / "template.yaml").write_text(SAM.replace("src/load", uri))
    with pytest.raises(BadInput):
        init("etl", "etl")
    assert not (template / "functions").exists()
    assert not (root / "stacks").exists()
