# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import dataclasses
from typing import Any

import pulumi

from components.azure import Environment, EnvironmentArgs, SeedArgs
from tests.components.recorder import LAKE, Recorder

ARGS = EnvironmentArgs(
    identity="qa-142",
    location="westeurope",
    group_name="qa-142-flights",
    account_name="qa142flights1a2b3c",
    factory_name="qa-142-flights-1a2b3c",
    sources={"lake": LAKE},
    containers=("curated", "rejected"),
    global_parameters={"year": {"type": "Int", "value": 2013}},
    tags={"managed-by": "mayfly", "mayfly-env": "qa-142"},
    group_tags={"mayfly-expires-at": "2026-01-08T00:00:00Z"},
)
PERMANENT = dataclasses.replace(ARGS, identity="prod", permanent=True)
INSIDE = {
    "azure-native:storage:StorageAccount",
    "azure-native:storage:BlobContainer",
    "azure-native:storage:BlobServiceProperties",
    "azure-native:datafactory:Factory",
    "mayfly:azure:FactoryContent",
}


def make(args: EnvironmentArgs = ARGS, opts: pulumi.ResourceOptions | None = None) -> Environment:
    environment = Environment(args.identity, args, opts)
    environment.publish({"pipeline/flights": "{}"})
    return environment


def grants_on_production(engine: Recorder) -> list[Any]:
    return [each for each in engine.all("RoleAssignment") if each.inputs["scope"] == LAKE]


@pulumi.runtime.test
def registered(args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[Any]:
    """Register an environment and wait for all of it."""
    return make(args, opts).factory.factory_id


def test_everything_inside_is_deleted_with_the_group(engine: Recorder) -> None:
    registered(PERMANENT)
    group = engine.one("ResourceGroup").urn
    inside = [each for each in engine.registered if each.type in INSIDE]
    assert {each.type for each in inside} == INSIDE
    assert {engine.deleted_with(each) for each in inside} == {group}


def test_the_role_on_the_own_sink_is_deleted_with_the_group(engine: Recorder) -> None:
    registered(ARGS)
    (writer,) = [each for each in engine.all("RoleAssignment") if each.inputs["scope"] != LAKE]
    assert engine.deleted_with(writer) == engine.one("ResourceGroup").urn


def test_grants_on_production_are_neither_under_the_group_nor_deleted_with_it(engine: Recorder) -> None:
    registered(ARGS)
    (grant,) = grants_on_production(engine)
    assert [each.type for each in engine.ancestors(grant)] == ["mayfly:azure:ProductionReader"]
    assert engine.deleted_with(grant) == ""


def test_grants_stay_outside_of_whatever_an_environment_is_composed_into(engine: Recorder) -> None:
    registered_into_a_component_that_is_deleted_with_something()
    (grant,) = grants_on_production(engine)
    assert engine.deleted_with(engine.one("azure:Environment")) != ""
    assert engine.deleted_with(grant) == ""


@pulumi.runtime.test
def registered_into_a_component_that_is_deleted_with_something() -> pulumi.Output[Any]:
    whole = pulumi.ComponentResource("test:index:Whole", "whole")
    return make(ARGS, pulumi.ResourceOptions(parent=whole, deleted_with=whole)).factory.factory_id


def test_grants_depend_on_the_factory_so_that_a_destroy_revokes_them_first(engine: Recorder) -> None:
    registered(ARGS)
    (grant,) = grants_on_production(engine)
    assert engine.one("datafactory:Factory").urn in grant.depends_on


def test_the_workload_waits_for_what_its_pipelines_use(engine: Recorder) -> None:
    registered(ARGS)
    needed = {each.urn for kind in ("RoleAssignment", "BlobContainer") for each in engine.all(kind)}
    assert needed <= set(engine.one("FactoryContent").depends_on)


def test_only_the_group_carries_what_changes(engine: Recorder) -> None:
    registered(ARGS)
    assert engine.one("ResourceGroup").inputs["tags"] == {**ARGS.tags, **ARGS.group_tags}
    for kind in ("StorageAccount", "datafactory:Factory"):
        assert engine.one(kind).inputs["tags"] == ARGS.tags


def test_names_are_used_as_given(engine: Recorder) -> None:
    registered(ARGS)
    assert engine.one("ResourceGroup").inputs["resourceGroupName"] == "qa-142-flights"
    assert engine.one("StorageAccount").inputs["accountName"] == "qa142flights1a2b3c"
    assert engine.one("datafactory:Factory").inputs["factoryName"] == "qa-142-flights-1a2b3c"


def test_an_ephemeral_environment_is_neither_protected_nor_runs_triggers(engine: Recorder) -> None:
    registered(ARGS)
    assert not any(each.protect for each in engine.registered)
    assert engine.one("FactoryContent").inputs["triggers"] == "stopped"
    assert engine.all("BlobServiceProperties") == []


def test_a_permanent_one_is_protected_whole_and_runs_triggers(engine: Recorder) -> None:
    registered(PERMANENT)
    assert [each.urn for each in engine.registered if not each.protect] == []
    assert engine.one("FactoryContent").inputs["triggers"] == "running"
    assert engine.one("BlobServiceProperties").inputs["deleteRetentionPolicy"] == {"days": 7, "enabled": True}


def test_a_permanent_ones_grant_lies_above_the_containers_whose_grants_others_may_take(
    engine: Recorder,
) -> None:
    second = {**PERMANENT.sources, "more": f"{LAKE}-more"}
    registered(dataclasses.replace(PERMANENT, sources=second))
    account = LAKE.partition("/blobServices")[0]
    (grant,) = [each for each in engine.all("RoleAssignment") if each.inputs["scope"] == account]
    assert (grant.name, engine.deleted_with(grant)) == ("prod-reads-flightslake", "")
    assert grants_on_production(engine) == []


def test_the_provider_reaches_the_grants_too(engine: Recorder) -> None:
    registered_with_a_provider_of_its_own()
    native = [each for each in engine.registered if each.type.startswith("azure-native:")]
    assert {each.provider.split("::")[-2] for each in native} == {"chosen"}


@pulumi.runtime.test
def registered_with_a_provider_of_its_own() -> pulumi.Output[Any]:
    from pulumi_azure_native import Provider

    chosen = Provider("chosen", subscription_id="22222222-2222-4222-8222-222222222222")
    return make(ARGS, pulumi.ResourceOptions(providers=[chosen])).factory.factory_id


def test_a_preview_of_a_new_one_registers_the_same_resources(preview: Recorder) -> None:
    registered(ARGS)
    assert {each.type for each in preview.registered} >= {"azure-native:authorization:RoleAssignment"}
    assert len(preview.registered) == 13


def test_further_accounts_are_made_like_the_first_and_written_by_the_factory(engine: Recorder) -> None:
    registered(dataclasses.replace(ARGS, further={"apart": ("qa142two", ("curated",))}))
    accounts = engine.all("StorageAccount")
    assert {each.inputs["accountName"] for each in accounts} == {"qa142flights1a2b3c", "qa142two"}
    group = engine.one("ResourceGroup").urn
    assert {engine.deleted_with(each) for each in accounts} == {group}
    written = [each for each in engine.all("RoleAssignment") if each.inputs["scope"] != LAKE]
    assert len({each.inputs["scope"] for each in written}) == 2
    containers = [each.inputs["containerName"] for each in engine.all("BlobContainer")]
    assert sorted(containers) == ["curated", "curated", "rejected"]


def test_a_seed_waits_for_what_it_reads_and_writes_and_goes_with_the_group(engine: Recorder) -> None:
    seed = SeedArgs("https://lake/flights", "", "curated", ("2013/*",), 5)
    registered(dataclasses.replace(ARGS, seeds={"curated.seed1": seed}))
    made = engine.one("mayfly:azure:Seed")
    assert made.inputs["paths"] == ["2013/*"]
    assert made.inputs["sink"].endswith("/curated")
    assert engine.deleted_with(made) == engine.one("ResourceGroup").urn
