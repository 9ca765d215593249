# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import pulumi

from components.azure import Sink, SinkArgs
from tests.components.recorder import Recorder


def make(**changed: Any) -> Sink:
    args = {
        "group_name": "qa-142-flights",
        "location": "westeurope",
        "account_name": "qa142flights1a2b3c",
        "containers": ["curated", "rejected", "curated"],
        "tags": {"managed-by": "mayfly"},
        **changed,
    }
    return Sink("qa-142", SinkArgs(**args))


@pulumi.runtime.test
def made(**changed: Any) -> pulumi.Output[Any]:
    return make(**changed).account_id


def test_the_account_knows_identities_and_roles_only(engine: Recorder) -> None:
    made()
    assert engine.one("StorageAccount").inputs == {
        "resourceGroupName": "qa-142-flights",
        "accountName": "qa142flights1a2b3c",
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "isHnsEnabled": True,
        "minimumTlsVersion": "TLS1_2",
        "enableHttpsTrafficOnly": True,
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "defaultToOAuthAuthentication": True,
        "publicNetworkAccess": "Enabled",
        "tags": {"managed-by": "mayfly"},
    }


def test_each_container_is_made_once_under_its_own_name(engine: Recorder) -> None:
    made()
    containers = engine.all("BlobContainer")
    assert sorted(each.inputs["containerName"] for each in containers) == ["curated", "rejected"]
    assert {each.inputs["publicAccess"] for each in containers} == {"None"}


def test_nothing_is_kept_after_deletion(engine: Recorder) -> None:
    made()
    assert engine.all("BlobServiceProperties") == []


def test_deleted_blobs_and_containers_are_kept_for_as_long_as_asked(engine: Recorder) -> None:
    made(soft_delete_days=7)
    inputs = engine.one("BlobServiceProperties").inputs
    kept = {"enabled": True, "days": 7}
    assert inputs["deleteRetentionPolicy"] == inputs["containerDeleteRetentionPolicy"] == kept


@pulumi.runtime.test
def test_it_says_where_it_is(engine: Recorder) -> pulumi.Output[None]:
    sink = make()

    def check(said: list[Any]) -> None:
        assert said == ["https://qa142flights1a2b3c.blob.example/", "https://qa142flights1a2b3c.dfs.example/"]

    return pulumi.Output.all(sink.blob_endpoint, sink.dfs_endpoint).apply(check)
