"""Twenty factories of our own making, each after a pattern of real ones: from `init` to their end.

Each folder under `folders/` is a factory and a `case.yaml` that says what production holds, what is run and
what is there afterwards. All share one local Azure, and this process does what the engine's providers do; the
engine itself is in tests/acceptance.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.mgmt.datafactory import DataFactoryManagementClient

from localcloud.azure.core.ids import NONPRODUCTION, PRODUCTION
from mayfly import naming, registry
from mayfly.cli.check import check
from mayfly.cli.init import init
from mayfly.clouds.azure import grants, permissions, runs, seeding
from mayfly.naming.azure import ids
from mayfly.provider.azure.apply import apply
from mayfly.provider.azure.factory import Factory as DeployedFactory
from mayfly.provider.azure.plan import Content
from mayfly.settings import EnvironmentSettings
from mayfly.workload import factory, loading
from mayfly.workload.factory import Factory
from mayfly.workload.factory.document_kinds import is_store, kind_of
from tests.support import big_factory
from tests.teardown.world import FakeStack, World, open_world

FOLDERS = Path(__file__).parent / "folders"
LARGE = "five_hundred_documents"
NAMES = sorted([*(path.name for path in FOLDERS.iterdir() if path.is_dir()), LARGE])
OPERATIONS = {
    "pipeline": "pipelines",
    "dataset": "datasets",
    "linkedService": "linked_services",
    "trigger": "triggers",
    "dataflow": "data_flows",
    "integrationRuntime": "integration_runtimes",
    "managedVirtualNetwork": "managed_virtual_networks",
}
"""A kind of document → the part of the official SDK's client that gets one."""


@dataclass(frozen=True)
class Case:
    """What a `case.yaml` says. production: container and blob → content. then: the same, in the sinks.

    seed: store → into and paths. left_out, changed: keys of documents. values: the global parameters.
    """

    production: Mapping[str, str] = field(default_factory=dict)
    run: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    then: Mapping[str, str | None] = field(default_factory=dict)
    seed: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Drafted:
    """A folder in a project of its own, with the files that `mayfly init` wrote and a person completed."""

    case: Case
    wanted: EnvironmentSettings
    workload: Factory
    source: Path


def test_there_are_twenty() -> None:
    assert len(NAMES) == 20


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The cloud that all of them share."""
    with open_world(tmp_path_factory.mktemp("folders") / "azure") as found:
        found.owner.put(
            f"/subscriptions/{PRODUCTION}/resourceGroups/prod", {"location": "westeurope"}, wait=False
        )
        for principal, account in (("loader", PRODUCTION), ("looker", NONPRODUCTION)):
            role = permissions.STORAGE_BLOB_DATA_CONTRIBUTOR
            found.server.assign(principal, role, f"/subscriptions/{account}")
        yield found


@pytest.fixture(params=NAMES)
def drafted(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drafted:
    """One folder, drafted and checked."""
    name: str = request.param
    (tmp_path / "Pulumi.yaml").write_text("name: folders\nruntime: python\n")
    source, case = tmp_path / name, Case()
    if name == LARGE:
        _write_large(source)
    else:
        shutil.copytree(FOLDERS / name, source)
        case = Case(**(yaml.safe_load((FOLDERS / name / "case.yaml").read_text()) or {}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAYFLY_WORKLOAD", raising=False)
    init(name, "etl", NONPRODUCTION, "westeurope", "data", f"{PRODUCTION}/prod")
    if case.seed:
        _add_seeds(tmp_path / "stacks/variables/etl.yaml", case)
    check("etl")
    number = NAMES.index(name)
    wanted, workload = loading.load(tmp_path, f"etl-{number}", os.environ)
    assert isinstance(workload, Factory)
    return Drafted(case, wanted, workload, source)


def _write_large(source: Path) -> None:
    for store in ("lake", "curated"):
        properties = {
            "type": "AzureBlobStorage",
            "typeProperties": {"serviceEndpoint": f"https://big{store}.blob.x/"},
        }
        _write(source / "factory/linkedService", store, properties)
    for kind, name, properties in big_factory.factory(500):
        _write(source / "factory" / kind, name, properties)


def _write(folder: Path, name: str, properties: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "properties": properties}))


def _add_seeds(file: Path, case: Case) -> None:
    """As a person does: the seeds that `mayfly init` drafted are comments."""
    group = yaml.safe_load(file.read_text())
    for store, seed in case.seed.items():
        account = _production_account(file.parents[2], store)
        group["sinks"][store]["seed"] = {
            "from": f"{account}/blobServices/default/containers/{seed['into']}",
            **seed,
        }
    file.write_text(yaml.safe_dump(group, sort_keys=False))


def _production_account(root: Path, store: str) -> str:
    (path,) = root.glob(f"*/factory/linkedService/{store}.json")
    inside = json.loads(path.read_text())["properties"]["typeProperties"]
    host = inside.get("url", inside.get("serviceEndpoint")).partition("//")[2].partition(".")[0]
    group = f"/subscriptions/{PRODUCTION}/resourceGroups/prod"
    return f"{group}/providers/Microsoft.Storage/storageAccounts/{host}"


def test_a_folder_of_the_kind_that_real_ones_are(world: World, drafted: Drafted) -> None:
    case, wanted, workload = drafted.case, drafted.wanted, drafted.workload
    assert wanted.variables.values == case.values or not case.values
    assert not {*case.left_out} & workload.documents.keys()
    _make_production(world, drafted)
    factory_id = _up(world, drafted)
    _assert_documents_are_the_files(world, drafted, factory_id)
    for pipeline in case.run:
        declared = json.loads(workload.documents[f"pipeline/{pipeline}"])["properties"].get("parameters", {})
        given = {name: case.parameters[name] for name in declared if name in case.parameters}
        run_id = runs.start(world.deployer, factory_id, pipeline, given)
        ended = runs.follow(world.deployer, factory_id, run_id, lambda *_: None, first_pause=0.02)
        activities = runs.activities(world.deployer, factory_id, ended)
        assert ended.status == "Succeeded", [(one.name, one.error) for one in activities if one.error]
    for path, content in case.then.items():
        _assert_blob(world, wanted, path, content)
    _down(world, wanted)


def _make_production(world: World, drafted: Drafted) -> None:
    """Production's accounts and containers, with what the case puts into them."""
    granted = drafted.wanted.variables.granted
    for id in granted.values():
        _account(world, str(ids.account_of(ids.parse(id))))
        world.owner.put(id, {"properties": {}}, wait=False)
    for path, content in drafted.case.production.items():
        container, _, blob = path.partition("/")
        for id in {id for id in granted.values() if id.endswith(f"/{container}")}:
            account = ids.account_of(ids.parse(id)).name
            _put_blob(world, f"/{account}/{container}/{blob}", content)
    deployer = world.server.principal("deployer").object_id
    for role in permissions.deployer(NONPRODUCTION, granted.values()):
        if PRODUCTION in role["scope"]:
            id = f"{role['scope']}/{grants.ASSIGNMENTS}/{uuid.uuid4()}"
            who = {"principalId": deployer, "principalType": "ServicePrincipal"}
            sent = {name: value for name, value in role.items() if name != "scope"}
            world.owner.put(id, {"properties": {**sent, **who}}, wait=False)


def _account(world: World, id: str, tags: Mapping[str, str] | None = None) -> str:
    sent = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    made = world.owner.put(id, {**sent, "tags": dict(tags or {})}, wait=False)
    return str(made["properties"]["primaryEndpoints"]["blob"])


def _put_blob(world: World, path: str, content: str) -> None:
    headers = {"x-ms-version": "2023-11-03", "x-ms-blob-type": "BlockBlob"}
    assert (
        world.server.send("blob", "PUT", path, content.encode(), as_="loader", headers=headers).status == 201
    )


def _up(world: World, drafted: Drafted) -> str:
    """What the engine's providers make of an environment; the id of its factory."""
    wanted, group = drafted.wanted, drafted.wanted.variables
    names = naming.azure.names(wanted)
    where = f"/subscriptions/{NONPRODUCTION}/resourceGroups/{names.group}"
    tags = {"managed-by": "mayfly", "mayfly-env": wanted.name, "mayfly-project": wanted.project}
    sources = {f"mayfly-source-{label}": naming.azure.to_tag(id) for label, id in group.granted.items()}
    world.owner.put(where, {"location": "westeurope", "tags": {**tags, **sources}}, wait=False)
    parameters = factory.global_parameters(group.values)
    factory_id = f"{where}/providers/Microsoft.DataFactory/factories/{names.factory}"
    body = {"identity": {"type": "SystemAssigned"}, "properties": {"globalParameters": parameters}}
    made = world.owner.put(factory_id, {"location": "westeurope", "tags": tags, **body}, wait=False)
    principal = made["identity"]["principalId"]
    blob: dict[str, str] = {}
    for word, containers in group.accounts.items():
        account = names.further[word] if word else names.account
        id = f"{where}/providers/Microsoft.Storage/storageAccounts/{account}"
        blob[word] = _account(world, id, tags)
        world.role(principal, permissions.STORAGE_BLOB_DATA_CONTRIBUTOR, id)
        for container in containers:
            world.owner.put(
                f"{id}/blobServices/default/containers/{container}", {"properties": {}}, wait=False
            )
    told = f"mayfly:{naming.azure.identity(wanted.project, wanted.name, NONPRODUCTION)}"
    for id in {*group.granted.values()}:
        world.role(principal, permissions.STORAGE_BLOB_DATA_READER, id, world.deployer, told)
    endpoints = {}
    for store, source in group.sources.items():
        of_source = ids.account_of(ids.parse(next(iter(source.parts.values()))))
        endpoints[store] = _endpoints(world, str(of_source))
    for store, sink in group.sinks.items():
        name = names.further[sink.account] if sink.account else names.account
        endpoints[store] = _endpoints(world, f"{where}/providers/Microsoft.Storage/storageAccounts/{name}")
    documents = factory.bind(drafted.workload, endpoints)
    apply(
        DeployedFactory(world.deployer, factory_id),
        Content(),
        Content(documents, {}, "stopped"),
        threading.Event(),
    )
    for store, seed in group.seeds.values():
        came = _endpoints(world, str(seed.source.account))["blob"]
        place = blob[group.sinks[store].account]
        wanted_seed = seeding.Seed(
            factory_id, f"{came}{seed.source.parsed.name}", f"{place}{seed.into}", seed.paths, seed.at_most
        )
        assert seeding.fill(world.deployer, wanted_seed, 5).files
    return factory_id


def _endpoints(world: World, account: str) -> dict[str, str]:
    document = world.owner.get(account)
    assert document is not None
    found: dict[str, str] = document["properties"]["primaryEndpoints"]
    return found


def _assert_documents_are_the_files(world: World, drafted: Drafted, factory_id: str) -> None:
    """Every document that is no store, by the official SDK, as it came: the typed one would reshape it."""
    parts = factory_id.split("/")
    server, stores = world.server, drafted.wanted.variables.containers
    with (
        server.credential("owner") as credential,
        DataFactoryManagementClient(credential, NONPRODUCTION, **server.arm_options) as client,
    ):
        for key, text in drafted.workload.documents.items():
            kind, name = kind_of(key), key.partition("/")[2]
            if is_store(key, stores) or kind not in OPERATIONS or re.fullmatch(r"\w+_\d+[1-9]", name):
                continue
            got = getattr(client, OPERATIONS[kind]).get(parts[4], parts[8], name, cls=_raw)
            got["properties"].pop("runtimeState", None)
            wanted = json.loads(text)["properties"]
            wanted.pop("runtimeState", None)
            assert got["properties"] == wanted, key
    for key, text in drafted.workload.documents.items():
        if not is_store(key, stores) and key not in drafted.case.changed:
            path = drafted.source / "factory" / f"{key}.json"
            file = json.loads(path.read_text("utf-8-sig"))
            assert json.loads(text)["properties"] == file.get("properties", {}), key


def _raw(response: Any, *_: Any) -> Any:
    return json.loads(response.http_response.text())


def _assert_blob(world: World, wanted: EnvironmentSettings, path: str, content: str | None) -> None:
    """One blob of a sink; None for its absence, or for whatever it holds where it is a merge."""
    first, _, rest = path.partition("/")
    sinks, names = wanted.variables.sinks, naming.azure.names(wanted)
    store = first if first in sinks and rest.partition("/")[0] in sinks[first].names else None
    container, _, blob = rest.partition("/") if store else (first, "", rest)
    sink = sinks[store] if store else next(each for each in sinks.values() if container in each.names)
    account = names.further[sink.account] if sink.account else names.account
    reply = world.server.send(
        "blob", "GET", f"/{account}/{container}/{blob}", as_="looker", headers={"x-ms-version": "2023-11-03"}
    )
    if content is None:
        assert reply.status == (200 if container == "gold" else 404), path
        return
    assert (reply.status, reply.body) == (200, content.encode()), path


def _down(world: World, wanted: EnvironmentSettings) -> None:
    from mayfly.teardown.azure import Teardown

    target = registry.of("azure").target(wanted, True)
    receipt = Teardown(world.deployer, FakeStack(), target, say=lambda _: None, pause=lambda _: None).run()
    assert receipt.remains == ()
    assert world.owner.get(f"/subscriptions/{NONPRODUCTION}/resourceGroups/{target.group}") is None
