"""What can reach elsewhere is asked of the deployed factory, as the deployer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from localcloud.azure.core.ids import NONPRODUCTION
from mayfly.proof.azure import canary, sources
from mayfly.proof.azure.environments import DeployedEnvironment
from tests.teardown.world import ACCOUNT, CONTAINER, FACTORY, GROUP, LAKE_ACCOUNT, World

SETTINGS = SimpleNamespace(
    azure=SimpleNamespace(subscription=NONPRODUCTION), variables=SimpleNamespace(linked_services={})
)
SECRET = "S3cr3t-k3y"


@pytest.fixture
def place(world: World) -> DeployedEnvironment:
    return DeployedEnvironment(cast(Any, SETTINGS), GROUP, FACTORY, ACCOUNT, world.build(), "")


def put(world: World, path: str, properties: dict[str, Any]) -> None:
    world.owner.put(f"{FACTORY}/{path}", {"properties": properties}, wait=False)


def store(world: World, account: str) -> dict[str, Any]:
    endpoint = (world.owner.get(account) or {})["properties"]["primaryEndpoints"]["blob"]
    return {"type": "AzureBlobStorage", "typeProperties": {"serviceEndpoint": endpoint}}


def test_a_factory_with_its_own_stores_alone_reaches_nowhere_else(
    world: World, place: DeployedEnvironment
) -> None:
    """Its sink, its source, and the canary of another `prove` that runs now."""
    put(world, "linkedservices/curated", store(world, ACCOUNT))
    put(world, "linkedservices/lake", store(world, LAKE_ACCOUNT))
    lake = canary.Store("lake", store(world, LAKE_ACCOUNT)["typeProperties"]["serviceEndpoint"], "flights")
    probes = canary.probes("mayfly-canary-0000000100000000", [lake], [])
    world.owner.put(f"{FACTORY}/pipelines/canary", canary.pipeline(probes), wait=False)
    assert sources.elsewhere(world.deployer, place, [CONTAINER]) == []


def test_5_what_the_cloud_has_is_named_whatever_the_branch_says(
    world: World, place: DeployedEnvironment
) -> None:
    put(world, "linkedservices/warehouse", {
        "type": "AzureSqlDatabase",
        "typeProperties": {"connectionString": f"Server=sql.acme.example;Password={SECRET}"},
    })  # fmt: skip
    put(world, "linkedservices/lake", {
        "type": "AzureBlobStorage",
        "typeProperties": {**store(world, LAKE_ACCOUNT)["typeProperties"], "accountKey": SECRET},
    })  # fmt: skip
    put(world, "pipelines/call", {"activities": [
        {"name": "hook", "type": "WebActivity", "typeProperties": {"method": "GET", "url": "https://hook.example/x"}}
    ]})  # fmt: skip
    found = sources.elsewhere(world.deployer, place, [CONTAINER])
    assert [(one.at, one.what) for one in found] == [
        ("linkedService/lake.json", "AzureBlobStorage"),
        ("linkedService/warehouse.json", "AzureSqlDatabase"),
        ("pipeline/call.json: properties.activities[0].typeProperties.url", "WebActivity"),
    ]
    assert [one.address for one in found[1:]] == ["sql.acme.example", "hook.example"]
    assert SECRET not in str(found)
