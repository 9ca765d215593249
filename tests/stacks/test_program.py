# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stacks import program
from tests.components.recorder import Cloud, Recorder, start

ROOT = Path(__file__).parents[2]
FACTORY = ROOT / "examples" / "flights" / "factory"
PREFLIGHT = "mayfly:azure:preflight"
CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
CALLER = {"object_id": "o1", "client_id": "c1", "tenant_id": "t1", "how": "OIDC"}
FREE = {
    "problems": [],
    "caller": CALLER,
    "notes": [],
    "endpoints": {"lake": {"blob": "https://lake.blob.example/", "dfs": "https://lake.dfs.example/"}},
    "group_tags": {},
    "quotas": [],
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's own files, with nothing of this machine's pipeline."""
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("stacks/fabrics", "stacks/variables", "examples/flights/factory"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    return tmp_path


def cloud(**answer: Any) -> Cloud:
    """A cloud in which the environment can be made, but for what is told."""
    found = Cloud()
    found.answers[PREFLIGHT] = {**FREE, **answer}
    found.answers[CLIENT_CONFIG] = {"objectId": "O1", "tenantId": "t1"}
    return found


@pulumi.runtime.test
def run(root: Path) -> None:
    program.main(root)


def documents(engine: Recorder) -> Mapping[str, Any]:
    return dict(engine.one("FactoryContent").inputs["documents"])


def test_each_document_is_deployed_as_its_file_says_but_for_the_stores(root: Path) -> None:
    engine = start(cloud())
    run(root)
    files = {f"{path.parent.name}/{path.stem}": path.read_text() for path in FACTORY.glob("*/*.json")}
    stores = {"linkedService/lake", "linkedService/curated"}
    assert {key: text for key, text in documents(engine).items() if key not in stores} == {
        key: text for key, text in files.items() if key not in stores
    }


def test_a_source_is_production_and_a_sink_the_environments_own(root: Path) -> None:
    engine = start(cloud())
    run(root)
    account = engine.one("StorageAccount").inputs["accountName"]
    assert address(engine, "lake") == "https://lake.blob.example/"
    assert address(engine, "curated") == f"https://{account}.blob.example/"


def address(engine: Recorder, store: str) -> str:
    document = json.loads(documents(engine)[f"linkedService/{store}"])
    return str(document["properties"]["typeProperties"]["serviceEndpoint"])


def test_it_deploys_into_the_fabrics_subscription_whatever_the_shells_is(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "99999999-9999-4999-8999-999999999999")
    engine = start(cloud())
    run(root)
    assert engine.one("pulumi:providers:azure-native").inputs["subscriptionId"].endswith("b0")


def test_the_cloud_is_asked_before_anything_is_made(root: Path) -> None:
    asked = cloud()
    engine = start(asked)
    run(root)
    (request,) = [arguments for token, arguments in asked.invoked if token == PREFLIGHT]
    assert request["environment"] == "qa-142"
    assert request["account"] == engine.one("StorageAccount").inputs["accountName"]
    assert request["group"] == engine.one("ResourceGroup").inputs["resourceGroupName"]
    assert set(request["sources"]) == {"lake"}


def test_what_a_pipeline_needs_is_exported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    start(cloud())
    run(root)
    assert list(exported) == [
        "resource_group",
        "resource_group_id",
        "storage_account",
        "blob_endpoint",
        "factory",
        "factory_id",
        "principal_id",
        "variables",
    ]
    assert exported["variables"]["year"] == 2013


def test_an_extended_expiry_stays(root: Path) -> None:
    kept = {
        "mayfly-created-at": "2026-01-01T00:00:00Z",
        "mayfly-expires-at": "2026-01-31T00:00:00Z",
        "mayfly-kept-until": "2026-03-31T00:00:00Z",
        "mayfly-kept-by": "somebody",
        "mayfly-kept-why": "a look",
    }
    engine = start(cloud(group_tags=kept))
    run(root)
    assert kept.items() <= engine.one("ResourceGroup").inputs["tags"].items()


def test_production_is_protected_and_its_triggers_run(root: Path) -> None:
    engine = start(cloud(), "prod")
    run(root)
    made = [each for each in engine.registered if not each.type.startswith("pulumi:")]
    assert [each.name for each in made if not each.protect] == []
    assert engine.one("FactoryContent").inputs["triggers"] == "running"


def test_a_preview_of_a_new_environment_names_every_document(root: Path) -> None:
    new = cloud()
    new.preview = True
    engine = start(new)
    run(root)
    assert len(documents(engine)) == len(list(FACTORY.glob("*/*.json")))
    assert isinstance(documents(engine)["linkedService/curated"], pulumi.output.Unknown)


SOURCE = (
    "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/flights-lake/providers"
    "/Microsoft.Storage/storageAccounts/flightslake/blobServices/default/containers/flights"
)


def test_an_application_has_no_triggers_and_reads_what_its_infrastructure_does(root: Path) -> None:
    asked = cloud(infrastructure={"lake": SOURCE})
    engine = start(asked, "dev-feature-1")
    run(root)
    assert {key.partition("/")[0] for key in documents(engine)} == {"pipeline", "dataset", "linkedService"}
    assert address(engine, "lake") == "https://lake.blob.example/"
    assert engine.one("ResourceGroup").inputs["tags"]["mayfly-source-lake"].endswith("flightslake/flights")
    (request,) = [arguments for token, arguments in asked.invoked if token == PREFLIGHT]
    assert request["infrastructure"] == {
        "environment": "prod",
        "group": "/subscriptions/6d617966-6c79-4000-8000-0000000000a0/resourceGroups/prod-flights",
    }
    assert request["sources"] == {}


def test_an_application_whose_documents_do_not_go_with_the_sources_is_refused(root: Path) -> None:
    told = refused(root, "dev-feature-1", cloud(infrastructure={}))
    assert "linkedService/lake.json" in told


def refused(root: Path, stack: str, answers: Cloud) -> str:
    """Run what is refused, and return what the user is told; nothing but a provider may be registered."""
    engine = start(answers, stack)
    with pytest.raises(pulumi.RunError) as error:
        run(root)
    assert [each.type for each in engine.registered if not each.type.startswith("pulumi:providers:")] == []
    return str(error.value)


def test_all_that_the_cloud_finds_wrong_is_told_at_once(root: Path) -> None:
    problems = [
        {"where": "sources.lake", "what": "the container is locked", "fix": "remove the lock"},
        {"where": "storage account qa142", "what": "the name is taken", "fix": "choose another id"},
    ]
    assert refused(root, "qa-142", cloud(problems=problems)) == (
        "qa-142 is left as it is:\n"
        "  sources.lake: the container is locked (remove the lock)\n"
        "  storage account qa142: the name is taken (choose another id)"
    )


def test_up_refuses_when_azure_native_is_another_principal_than_we_are(root: Path) -> None:
    asked = cloud()
    asked.answers[CLIENT_CONFIG] = {"objectId": "o2", "tenantId": "t1"}
    assert refused(root, "qa-142", asked) == (
        "qa-142 is left as it is:\n"
        "  sign-in: Mayfly is o1 of tenant t1 (by OIDC), azure-native is o2 of tenant t1"
        " (sign in by the ARM_… variables of README's table alone, so that both are one)"
    )


def test_up_says_once_who_it_is_and_what_is_worth_knowing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    start(cloud(notes=["the subscription is not registered"]))
    run(root)
    assert [line for line in told if line.startswith("mayfly:")] == [
        "mayfly: as o1 (client c1) of tenant t1, by OIDC",
        "mayfly: the subscription is not registered",
    ]


def test_the_quota_that_binds_first_is_named_before_anything_is_made(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pains: 4,000 role assignments used up by CI."""
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    roles = {"name": "role assignments", "where": "subscription s", "limit": 4000, "needed": 1}
    accounts = {**roles, "name": "storage accounts", "used": 2, "limit": 250}
    unread = {"name": "data factories", "where": "subscription s", "unread": "AuthorizationFailed (403)"}
    start(cloud(quotas=[accounts, {**roles, "used": 3983}, unread]))
    run(root)
    told = [line for line in told if "fit" in line]
    assert told == ["mayfly: 17 more environments fit: role assignments of subscription s, 3983 of 4000 used"]
    full = [{**roles, "used": 4000}]
    assert refused(root, "qa-142", cloud(quotas=full)) == (
        "qa-142 is left as it is:\n"
        "  quotas: no more environment fits: role assignments of subscription s, 4000 of 4000 used;"
        " one needs 1 (end what is done with (`mayfly sweep`), or have the quota raised)"
    )
    kept = {"managed-by": "mayfly", "mayfly-env": "qa-142"}
    start(cloud(quotas=full, group_tags=kept))
    run(root)  # one that is there has its part of all quotas


def test_azure_native_is_asked_through_the_provider_that_makes_the_environment(root: Path) -> None:
    """The default provider reads stack configuration, which this one does not: it may be somebody else."""
    engine = start(cloud())
    asked: list[tuple[str, str]] = []
    invoke = engine.Invoke

    def note(request: Any) -> Any:
        asked.append((request.tok, request.provider))
        return invoke(request)  # type: ignore[no-untyped-call]

    engine.Invoke = note  # type: ignore[method-assign]
    run(root)
    (provider,) = engine.all("pulumi:providers:azure-native")
    assert [by.rpartition("::")[0] for token, by in asked if token == CLIENT_CONFIG] == [provider.urn]


def test_missing_rights_alone_are_told_a_line_each_with_what_to_do_once(root: Path) -> None:
    fix = "give the deployer the documented roles"
    problems = [
        {"where": "sources.lake", "what": "may not be read", "fix": fix, "denied": True},
        {"where": "qa-142", "what": "may not be written", "fix": fix, "denied": True},
    ]
    assert refused(root, "qa-142", cloud(problems=problems)) == (
        "qa-142 is left as it is:\n"
        "  sources.lake: may not be read\n"
        "  qa-142: may not be written\n"
        "  give the deployer the documented roles"
    )


def test_a_cloud_that_cannot_be_asked_is_told_without_a_traceback(root: Path) -> None:
    class Unreachable(Cloud):
        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            return {}, [("credential", "no route to the cloud")]

    told = refused(root, "qa-142", Unreachable())
    assert told.startswith("qa-142 is left as it is:")
    assert "no route to the cloud" in told


def test_bad_files_are_told_before_the_cloud_is_asked(root: Path) -> None:
    (root / "stacks/fabrics/qa.yaml").write_text("cloud: azure\nregion: westeurope\n")
    (root / "stacks/variables/qa.yaml").write_text("sources: {lake: flights}\n")
    asked = cloud()
    told = refused(root, "qa-142", asked)
    assert "stacks/fabrics/qa.yaml" in told
    assert "stacks/variables/qa.yaml" in told
    assert asked.invoked == []


def test_a_broken_workload_is_told_before_the_cloud_is_asked(root: Path) -> None:
    (root / "examples/flights/factory/pipeline/flights.json").write_text("{")
    asked = cloud()
    assert "pipeline/flights.json" in refused(root, "qa-142", asked)
    assert asked.invoked == []


@pytest.mark.parametrize("stack", ["qa-UP", "nowhere-1", "qa", "prod-1"])
def test_a_stack_whose_name_is_no_environment_is_refused(root: Path, stack: str) -> None:
    assert stack in refused(root, stack, cloud()).splitlines()[0]


def test_4_what_is_not_sent_and_what_can_reach_elsewhere_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the program itself, so that plain Pulumi says it too; a secret's field is told, never its value."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text: said.append(f"warning: {text}"))
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_resource: said.append(text))
    factory = root / "examples" / "flights" / "factory"
    sql = {"type": "SqlServer", "typeProperties": {"server": "sql.acme.example", "password": "hunter2"}}
    for key, properties in {
        "trigger/arrival": {"type": "BlobEventsTrigger", "typeProperties": {"scope": "/subscriptions/x"}},
        "linkedService/sql": sql,
    }.items():
        name = key.partition("/")[2]
        (factory / f"{key}.json").write_text(json.dumps({"name": name, "properties": properties}))
    group = root / "stacks/variables/qa.yaml"
    group.write_text(group.read_text() + "linked_services:\n  sql: as-is\n")
    engine = start(cloud())
    run(root)
    assert "trigger/arrival" not in documents(engine)
    assert "trigger/daily" in documents(engine)
    told = [line for line in said if line.startswith(("warning", "can reach"))]
    lines = [line.partition(": is ")[0].partition(": holds ")[0] for line in told]
    assert lines == [
        "warning: flights/factory/trigger/arrival.json",
        "warning: flights/factory/linkedService/sql.json: properties.typeProperties.password",
        "can reach elsewhere: linkedService/sql.json (SqlServer): sql.acme.example, allowed by the variable"
        " group: as-is",
    ]
    assert "hunter2" not in str(said)
