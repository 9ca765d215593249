"""An environment's whole life by plain Pulumi, seen through Azure's own SDKs."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE, LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout
from tests.support.flights import published
from tests.support.request_log import RequestLog

GROUP = "qa-7-flights"
FACTORY_API = "2018-06-01"
SEGMENTS = {
    "pipeline": "pipelines",
    "dataset": "datasets",
    "linkedService": "linkedservices",
    "trigger": "triggers",
}
MARKER = {"managed-by": "mayfly", "mayfly-env": "qa-7", "mayfly-fabric": "qa"}
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
ROWS = 336_776


@pytest.fixture(scope="module")
def environment(checkout: Checkout, production: Sdk) -> Iterator[dict[str, Any]]:
    """Make qa-7 with plain Pulumi, give its outputs, and destroy it; production looks the same after."""
    before = lake(production)
    checkout.run("pulumi", "stack", "select", "--create", "qa-7").ok()
    checkout.run("pulumi", "up", "--stack", "qa-7", "--yes").ok()
    yield checkout.outputs("qa-7")
    checkout.run("pulumi", "destroy", "--stack", "qa-7", "--yes", "--skip-preview").ok()
    checkout.run("pulumi", "stack", "rm", "--stack", "qa-7", "--yes").ok()
    assert lake(production) == before


def lake(production: Sdk) -> list[tuple[Any, ...]]:
    """Every blob of production's lake with all that a write would change, and who may do what there."""
    account = production.storage.storage_accounts.get_properties("flights-lake", "flightslake")
    client = production.blobs(account.primary_endpoints.blob)
    blobs = [
        (blob.name, blob.etag, blob.last_modified, blob.size, blob.creation_time)
        for container in client.list_containers()
        for blob in client.get_container_client(container.name).list_blobs()
    ]
    assert len(blobs) >= 12
    assignments = production.authorization.role_assignments.list_for_subscription()
    return [*sorted(blobs), *sorted((assignment.id, assignment.principal_id) for assignment in assignments)]


def test_every_resource_is_there_with_its_tags(environment: dict[str, Any], owner: Sdk) -> None:
    group = owner.resources.resource_groups.get(GROUP)
    assert environment["resource_group"] == group.name
    assert group.tags is not None
    assert MARKER.items() <= group.tags.items()
    assert {"mayfly-owner", "mayfly-created-at", "mayfly-expires-at"} <= set(group.tags)
    resources = {found.type: found for found in owner.resources.resources.list_by_resource_group(GROUP)}
    assert set(resources) == {"Microsoft.Storage/storageAccounts", "Microsoft.DataFactory/factories"}
    assert all(found.tags == MARKER for found in resources.values())


def test_the_sink_is_closed_to_all_but_roles(environment: dict[str, Any], owner: Sdk) -> None:
    account = owner.storage.storage_accounts.get_properties(GROUP, environment["storage_account"])
    assert account.is_hns_enabled
    assert account.minimum_tls_version == "TLS1_2"
    assert account.allow_blob_public_access is False
    assert account.allow_shared_key_access is False
    assert account.enable_https_traffic_only
    containers = owner.storage.blob_containers.list(GROUP, environment["storage_account"])
    assert [container.name for container in containers] == ["curated"]


def test_the_identity_may_read_production_and_write_its_own_sink(
    environment: dict[str, Any], owner: Sdk, production: Sdk
) -> None:
    factory = owner.factories.factories.get(GROUP, environment["factory"])
    assert factory is not None
    assert factory.identity is not None
    assert factory.identity.principal_id == environment["principal_id"]
    filter = f"principalId eq '{environment['principal_id']}'"
    abroad = list(production.authorization.role_assignments.list_for_subscription(filter=filter))
    assert [(found.scope, found.role_definition_id.rpartition("/")[2]) for found in abroad] == [
        (LAKE_CONTAINER, READER)
    ]
    assert abroad[0].description == f"mayfly:mayfly/qa-7/{NONPRODUCTION}"
    at_home = owner.authorization.role_assignments.list_for_subscription(filter=filter)
    assert all(GROUP in found.scope for found in at_home)


def test_the_factory_holds_the_files_as_they_stand(
    environment: dict[str, Any], checkout: Checkout, owner: Sdk
) -> None:
    for path in sorted((checkout.root / "examples/flights/factory").rglob("*/*.json")):
        if path.parent.name not in SEGMENTS or path.stem in ("lake", "curated"):
            continue
        assert document(owner, environment, path) == json.loads(path.read_text())["properties"], path


def document(owner: Sdk, environment: dict[str, Any], path: Path) -> Any:
    """A document of the factory, raw: the typed SDK would reshape it as it reshapes the file."""
    id = f"{environment['factory_id']}/{SEGMENTS[path.parent.name]}/{path.stem}"
    properties: dict[str, Any] = dict(
        owner.resources.resources.get_by_id(id, api_version=FACTORY_API).properties or {}
    )
    if path.parent.name == "trigger":
        assert properties["runtimeState"] == "Stopped"
        properties["runtimeState"] = json.loads(path.read_text())["properties"].get("runtimeState")
    return {name: value for name, value in properties.items() if value is not None}


def test_the_stores_of_the_variable_group_are_linked_services(
    environment: dict[str, Any], owner: Sdk, production: Sdk
) -> None:
    sink = document(owner, environment, Path("linkedService/curated.json"))
    assert sink["typeProperties"]["serviceEndpoint"] == environment["blob_endpoint"]
    account = production.storage.storage_accounts.get_properties("flights-lake", "flightslake")
    source = document(owner, environment, Path("linkedService/lake.json"))
    assert source["typeProperties"]["serviceEndpoint"] == account.primary_endpoints.blob


def test_the_doctor_finds_nothing_wrong_for_the_deployer_and_too_much_for_the_owner(
    environment: dict[str, Any], checkout: Checkout
) -> None:
    ran = checkout.run("mayfly", "doctor", "--fabric", "qa", "--json")
    assert (ran.code, ran.json()["verb"], ran.json()["exit_code"]) == (0, "doctor", 0), ran.stdout
    told = {check["subject"]: check["told"] for check in ran.json()["checks"]}
    assert told.keys() == {
        "python", "mayfly", "pulumi", "plugin azure-native", "backend",
        "sign-in", "roles", "preflight", "quota",
    }  # fmt: skip
    assert re.search(r"stacks: [1-9]\d*$", told["backend"])  # others have theirs beside this one
    owner = checkout.run("mayfly", "doctor", "--fabric", "qa", principal="owner")
    assert owner.code == 3
    assert f"too many: Owner on /subscriptions/{PRODUCTION}" in owner.stdout


def test_a_second_up_changes_nothing(
    environment: dict[str, Any], checkout: Checkout, log: RequestLog
) -> None:
    checkout.run("pulumi", "up", "--stack", "qa-7", "--yes", "--expect-no-changes").ok()
    assert [entry for entry in log.entries() if entry["method"] in ("PUT", "DELETE", "PATCH")] == []


def test_an_up_undoes_no_extension_and_no_keep(
    environment: dict[str, Any], checkout: Checkout, owner: Sdk
) -> None:
    """The program registers the group's tags: it takes these from the cloud, whatever is asked for."""
    checkout.run("mayfly", "extend", "qa-7", "24h").ok()
    checkout.run("mayfly", "keep", "qa-7", "--until", "2099-01-01T00:00:00Z", "--why", "a look").ok()
    written = owner.resources.resource_groups.get(GROUP).tags
    ended = checkout.run("pulumi", "up", "--stack", "qa-7", "--yes", MAYFLY_TTL="1h").ok()
    assert "would shorten its life" in ended.stdout
    assert owner.resources.resource_groups.get(GROUP).tags == written
    assert written is not None
    assert written["mayfly-kept-why"] == "a look"


def test_one_changed_file_is_named_and_sent_alone(
    environment: dict[str, Any], checkout: Checkout, log: RequestLog
) -> None:
    path = sorted((checkout.root / "examples/flights/factory/pipeline").glob("*.json"))[0]
    original = path.read_text()
    changed = json.loads(original)
    changed["properties"]["description"] = "changed by a test"
    path.write_text(json.dumps(changed))
    try:
        preview = checkout.run("pulumi", "preview", "--diff", "--stack", "qa-7").ok().stdout
        assert f"pipeline/{path.stem}" in preview
        assert not any(
            f'pipeline/{other.stem}"' in preview for other in path.parent.glob("*.json") if other != path
        )
        log.mark()
        checkout.run("pulumi", "up", "--stack", "qa-7", "--yes", "--skip-preview").ok()
        sent = [entry["path"] for entry in log.entries(method="PUT")]
        assert [one.rpartition("/")[2] for one in sent] == [path.stem]
    finally:
        path.write_text(original)
    checkout.run("pulumi", "up", "--stack", "qa-7", "--yes", "--skip-preview").ok()


def test_a_preview_of_a_new_environment_works_with_unknowns(checkout: Checkout, log: RequestLog) -> None:
    checkout.run("pulumi", "stack", "select", "--create", "qa-8").ok()
    try:
        checkout.run("pulumi", "preview", "--stack", "qa-8").ok()
        assert [entry for entry in log.entries() if entry["method"] in ("PUT", "DELETE")] == []
    finally:
        checkout.run("pulumi", "stack", "rm", "--stack", "qa-8", "--yes").ok()


def test_a_run_turns_production_into_parquet(
    environment: dict[str, Any], checkout: Checkout, production: Sdk, log: RequestLog
) -> None:
    checkout.run("mayfly", "run", "qa-7", "flights").ok()
    endpoint = environment["blob_endpoint"]
    sink = production.blobs(endpoint, reader_of(checkout, environment)).get_container_client("curated")
    written = pa.concat_tables(
        pyarrow.parquet.read_table(io.BytesIO(sink.download_blob(blob.name).readall()))
        for blob in sorted(sink.list_blobs(), key=lambda blob: blob.name)
        if blob.name.endswith(".parquet")
    )
    expected = published()
    assert written.num_rows == expected.num_rows == ROWS
    assert {name: digest(written[name]) for name in expected.column_names} == {
        name: digest(expected[name]) for name in expected.column_names
    }
    assert_month_by_month(log, environment["factory"])


def reader_of(checkout: Checkout, environment: dict[str, Any]) -> Any:
    """The environment's own identity: nobody else may read its sink."""
    from tests.support.identity import identity_credential

    return identity_credential(checkout.state, environment["principal_id"])


def digest(column: pa.ChunkedArray) -> str:
    """A hash over a column's values, whatever types two tools chose for them."""
    values = (canonical(value) for value in column.to_pylist())
    return hashlib.sha256("\n".join(values).encode()).hexdigest()


def canonical(value: Any) -> str:
    """One text for a value: no matter whether an integer came as a float, or a null as NaN."""
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def assert_month_by_month(log: RequestLog, factory: str) -> None:
    reads = {
        entry["path"]
        for entry in log.entries(method="GET", contains="flightslake/flights/")
        if entry["status"] < 300
    }
    writes = [entry for entry in log.entries(method="PUT", contains="/curated/") if entry["status"] == 201]
    assert len({path for path in reads if path.endswith(".csv")}) == 12
    assert len({entry["path"] for entry in writes if entry["path"].endswith(".parquet")}) == 12
    assert {entry["principal"] for entry in writes} == {factory}
    assert LAKE.rpartition("/")[2] == "flightslake"
