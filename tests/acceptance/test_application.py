"""A developer's copy of production's pipelines: the application alone, beside its infrastructure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, Checkout
from tests.support.request_log import RequestLog

STAGE = "dev-feature-1"
FACTORY = "examples/flights/factory"

Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def infrastructure(checkout: Checkout) -> Outputs:
    """Production, made by its owner, who lets the deployer see what it publishes; it goes with the cloud.

    Before that there is no application of it.
    """
    refused = checkout.run("mayfly", "up", STAGE)
    assert refused.code == 3
    assert "infrastructure prod: may not be seen: Microsoft.Resources/subscriptions/resourceGroups/read" in (
        refused.stderr
    )
    done = checkout.run("mayfly", "up", "prod", "--json", principal="owner").ok().json()
    checkout.local("grant", principal="owner")
    outputs: Outputs = done["outputs"]
    return outputs


@pytest.fixture(scope="module")
def stage(
    infrastructure: Outputs, checkout: Checkout, production: Sdk
) -> Iterator[tuple[Outputs, RequestLog]]:
    """The copy's outputs, and what was asked to make it; it goes again, and production is as it was."""
    before = production_side(production, infrastructure)
    log = RequestLog(checkout.state / "requests.jsonl")
    log.mark()
    checkout.run("pulumi", "stack", "select", "--create", STAGE).ok()
    checkout.run("pulumi", "up", "--stack", STAGE, "--yes", "--skip-preview").ok()
    log.freeze()
    yield checkout.outputs(STAGE), log
    receipt = checkout.run("mayfly", "down", STAGE, "--json").ok().json()["receipt"]
    assert receipt["production_grants"]["by_principal"] == 0
    assert production_side(production, infrastructure) == before


@pytest.fixture
def outputs(stage: tuple[Outputs, RequestLog]) -> Outputs:
    return stage[0]


def production_side(production: Sdk, infrastructure: Outputs) -> list[Any]:
    """Production's documents, whether its triggers run, and who may do what in its subscription."""
    client, place = production.factories, (infrastructure["resource_group"], infrastructure["factory"])
    kinds: tuple[Any, ...] = (client.pipelines, client.datasets, client.linked_services, client.triggers)
    documents = [(found.id, found.etag) for kind in kinds for found in kind.list_by_factory(*place)]
    running = [trigger.properties.runtime_state for trigger in client.triggers.list_by_factory(*place)]
    assert running == ["Started"]
    grants = [grant.id for grant in production.authorization.role_assignments.list_for_subscription()]
    return [documents, running, sorted(map(str, grants))]


def test_the_copy_has_the_documents_but_no_trigger(outputs: Outputs, checkout: Checkout, owner: Sdk) -> None:
    client, place = owner.factories, (outputs["resource_group"], outputs["factory"])
    names = {found.name for found in client.pipelines.list_by_factory(*place)}
    assert names == {path.stem for path in (checkout.root / FACTORY / "pipeline").glob("*.json")}
    assert list(client.triggers.list_by_factory(*place)) == []
    assert outputs["infrastructure"] == "prod"


def test_it_reads_what_its_infrastructure_publishes(
    outputs: Outputs, infrastructure: Outputs, owner: Sdk, production: Sdk
) -> None:
    assert outputs["variables"] == infrastructure["variables"]
    group = owner.resources.resource_groups.get(outputs["resource_group"])
    assert "mayfly-source-lake" in (group.tags or {})
    filter = f"principalId eq '{outputs['principal_id']}'"
    abroad = production.authorization.role_assignments.list_for_subscription(filter=filter)
    assert [grant.scope for grant in abroad] == [LAKE_CONTAINER]


def test_nothing_of_the_infrastructure_is_touched_but_looked_at(stage: tuple[Outputs, RequestLog]) -> None:
    _, log = stage
    asked = log.entries(contains="/prod-flights", name="deployer")
    assert {entry["method"] for entry in asked} == {"GET"}
    assert log.entries(contains="/triggers/") == []


def test_the_verbs_work_on_it(outputs: Outputs, checkout: Checkout) -> None:
    ran = checkout.run(
        "mayfly", "run", STAGE, "month", "--param", "month=02", "--param", "year=2013", "--json"
    )
    assert ran.ok().json()["run"]["status"] == "Succeeded"
    printed = checkout.run("mayfly", "vars", STAGE).ok().stdout
    given = dict(line.split("=", 1) for line in printed.splitlines())
    assert given["MAYFLY_VAR_LAKE"] == LAKE_CONTAINER
    checkout.run("mayfly", "prove", STAGE, MAYFLY_VAR_LAKE=given["MAYFLY_VAR_LAKE"]).ok()
    listed = checkout.run("mayfly", "list", "--json").ok().json()["environments"]
    assert {STAGE, "prod"} <= {each["environment"] for each in listed}


def test_a_changed_pipeline_is_sent_alone(outputs: Outputs, checkout: Checkout, log: RequestLog) -> None:
    path = checkout.root / FACTORY / "pipeline/month.json"
    text = path.read_text()
    changed = json.loads(text)
    changed["properties"]["description"] = "changed by a test"
    path.write_text(json.dumps(changed))
    try:
        checkout.run("mayfly", "up", STAGE).ok()
    finally:
        path.write_text(text)
    sent = [entry["path"] for entry in log.entries(method="PUT")]
    assert len(sent) == 1
    assert "/pipelines/month" in sent[0]


def test_another_source_than_the_infrastructures_is_refused(
    outputs: Outputs, checkout: Checkout, log: RequestLog
) -> None:
    refused = checkout.run("mayfly", "up", STAGE, MAYFLY_VAR_LAKE=LAKE_CONTAINER.replace("flights", "other"))
    assert refused.code == 2
    assert "MAYFLY_VAR_LAKE: is" in refused.stderr
    assert log.entries(method="PUT") == []
