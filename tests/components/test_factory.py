# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import pulumi

from components.azure import DataFactory, DataFactoryArgs, roles
from tests.components.recorder import Recorder

SINK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/qa142flights1a2b3c"


PARAMETERS = {"year": {"type": "Int", "value": 2013}, "GP-dry_run": {"type": "Bool", "value": True}}


def make() -> DataFactory:
    args = DataFactoryArgs(
        identity="qa-142",
        group_name="qa-142-flights",
        location="westeurope",
        factory_name="qa-142-flights-1a2b3c",
        sink_id=SINK,
        global_parameters=PARAMETERS,
        tags={"managed-by": "mayfly"},
    )
    return DataFactory("qa-142", args)


@pulumi.runtime.test
def made() -> pulumi.Output[Any]:
    return make().factory_id


def test_the_factory_has_an_identity_of_its_own(engine: Recorder) -> None:
    made()
    inputs = engine.one("datafactory:Factory").inputs
    assert inputs["identity"] == {"type": "SystemAssigned"}
    assert inputs["factoryName"] == "qa-142-flights-1a2b3c"
    assert inputs["publicNetworkAccess"] == "Enabled"


def test_values_are_global_parameters_of_their_own_types(engine: Recorder) -> None:
    made()
    assert engine.one("datafactory:Factory").inputs["globalParameters"] == PARAMETERS


def test_its_identity_may_write_to_its_own_sink(engine: Recorder) -> None:
    made()
    inputs = engine.one("RoleAssignment").inputs
    assert inputs["scope"] == SINK
    assert inputs["roleDefinitionId"].endswith(roles.STORAGE_BLOB_DATA_CONTRIBUTOR)
    assert inputs["description"] == "mayfly:qa-142"


@pulumi.runtime.test
def published() -> pulumi.Output[Any]:
    documents = {"pipeline/flights": '{"name": "flights", "properties": {}}'}
    return make().publish(documents, "running", []).id


def test_a_workload_is_one_resource_with_its_text_as_it_stands(engine: Recorder) -> None:
    published()
    inputs = engine.one("FactoryContent").inputs
    assert inputs["documents"] == {"pipeline/flights": '{"name": "flights", "properties": {}}'}
    assert inputs["triggers"] == "running"
    assert inputs["factoryId"] == "/subscriptions/s/factories/qa-142-flights-1a2b3c"
