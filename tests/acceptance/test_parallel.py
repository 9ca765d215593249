"""Ten environments at once, by ten processes from one checkout (point 6 of the promise)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, NONPRODUCTION, Checkout
from tests.support.comments import told
from tests.support.identity import identity_credential
from tests.support.local_cloud import local_cloud
from tests.support.receipts import wrong
from tests.support.traces import assignments, inventory, still_there, traces

NAMES = [f"qa-p{number}" for number in range(10)]
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"

Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One checkout for all ten, with a cloud of its own."""
    with local_cloud(tmp_path_factory.mktemp("parallel")) as made:
        yield made


@pytest.fixture(scope="module")
def grants_before(owners: list[Sdk]) -> set[str]:
    """Who may do what in production while there is no environment."""
    return grants(owners[0])


@pytest.fixture(scope="module")
def environments(checkout: Checkout, grants_before: set[str]) -> dict[str, Outputs]:
    """All ten, made at once: name to outputs. Each can be told of on its pull request."""
    made = {name: done.json() for name, done in checkout.at_once("up", NAMES).items()}
    assert {told(name, up=document) for name, document in made.items()} == {"✅ is up"}
    return {name: document["outputs"] for name, document in made.items()}


def grants(owner: Sdk) -> set[str]:
    """The ids of all role assignments in a subscription."""
    return {str(found.id) for found in owner.authorization.role_assignments.list_for_subscription()}


def test_each_has_resources_of_its_own_with_its_own_tags(
    environments: dict[str, Outputs], owners: list[Sdk]
) -> None:
    for name, outputs in environments.items():
        found = list(owners[1].resources.resources.list_by_resource_group(outputs["resource_group"]))
        assert {resource.name for resource in found} == {outputs["storage_account"], outputs["factory"]}
        group = owners[1].resources.resource_groups.get(outputs["resource_group"])
        for tags in (group.tags, *(resource.tags for resource in found)):
            assert tags is not None
            assert tags["mayfly-env"] == name
    for output in ("resource_group", "storage_account", "factory", "principal_id", "blob_endpoint"):
        assert len({outputs[output] for outputs in environments.values()}) == len(NAMES)


def test_each_ones_documents_point_to_its_own_sink(
    environments: dict[str, Outputs], owners: list[Sdk]
) -> None:
    names = set()
    for outputs in environments.values():
        place = (outputs["resource_group"], outputs["factory"])
        sink: Any = owners[1].factories.linked_services.get(*place, "curated")
        assert sink is not None
        assert sink.properties.service_endpoint == outputs["blob_endpoint"]
        pipelines = owners[1].factories.pipelines.list_by_factory(*place)
        names.add(tuple(sorted(str(pipeline.name) for pipeline in pipelines)))
    assert len(names) == 1


def test_each_identity_has_one_grant_on_production_and_one_role_at_home(
    environments: dict[str, Outputs], owners: list[Sdk], grants_before: set[str]
) -> None:
    for name, outputs in environments.items():
        abroad, home = (assignments(owner, outputs["principal_id"]) for owner in owners)
        assert [(grant.scope, str(grant.role_definition_id)[-36:]) for grant in abroad] == [
            (LAKE_CONTAINER, READER)
        ]
        assert [grant.description for grant in abroad] == [f"mayfly:mayfly/{name}/{NONPRODUCTION}"]
        assert [str(grant.scope).rpartition("/")[2] for grant in home] == [outputs["storage_account"]]
    assert len(grants(owners[0]) - grants_before) == len(NAMES)


def test_the_status_of_one_is_told_without_its_state(
    environments: dict[str, Outputs], checkout: Checkout
) -> None:
    """By the deployer, and of no other environment."""
    name, outputs = next(iter(environments.items()))
    told = checkout.run("mayfly", "status", name, "--json").ok().json()
    assert told["group"].endswith(f"/resourceGroups/{outputs['resource_group']}")
    assert {thing["id"].rpartition("/")[2] for thing in told["resources"]} == {
        outputs["storage_account"],
        outputs["factory"],
    }
    assert [told["grants"][count] for count in ("by_principal", "by_description")] == [1, 1]
    assert (told["cost_class"], told["lock"], told["unread"]) == ("stored", None, [])
    assert told["expires"] > told["created"]
    assert told["proved"], "the canary by which `up` waits"


def test_no_identity_gets_into_another_ones_sink(
    environments: dict[str, Outputs], owners: list[Sdk], checkout: Checkout
) -> None:
    everybody = list(environments.values())
    for outputs, neighbour in zip(everybody, [*everybody[1:], everybody[0]], strict=True):
        identity = identity_credential(checkout.state, outputs["principal_id"])
        own = owners[1].blobs(outputs["blob_endpoint"], identity).get_container_client("curated")
        own.upload_blob("mine", b"")
        other = owners[1].blobs(neighbour["blob_endpoint"], identity).get_container_client("curated")
        with pytest.raises(HttpResponseError) as refusal:
            other.upload_blob("not mine", b"")
        assert refusal.value.status_code == 403


def test_all_go_at_once_and_nothing_is_left(
    environments: dict[str, Outputs], owners: list[Sdk], checkout: Checkout, grants_before: set[str]
) -> None:
    ids = [id for outputs in environments.values() for id in inventory(owners, outputs)]
    assert len(ids) == 5 * len(NAMES)
    ended = {name: done.json() for name, done in checkout.at_once("down", NAMES).items()}
    assert {told(name, down=document) for name, document in ended.items()} == {"✅ is gone"}
    receipts = [document["receipt"] for document in ended.values()]
    assert all(receipt["complete"] and receipt["stack_removed"] for receipt in receipts)
    assert [problem for receipt in receipts for problem in wrong(json.dumps(receipt))] == []
    assert still_there(owners[0], ids) == []
    for name, outputs in environments.items():
        assert traces(owners, name, outputs["principal_id"]) == []
    assert grants(owners[0]) == grants_before
    assert checkout.run("pulumi", "stack", "ls", "--json").ok().json() == []
    assert list((checkout.root / "stacks").glob("Pulumi.*.yaml")) == []
