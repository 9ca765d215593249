# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import uuid
from typing import Any

import pulumi
import pytest

from components.azure import ProductionReader, ProductionReaderArgs, roles
from tests.components.recorder import LAKE, Recorder

PRINCIPAL = "33333333-3333-4333-8333-333333333333"
OTHER = LAKE.replace("containers/flights", "containers/weather")


@pulumi.runtime.test
def read(sources: dict[str, str]) -> pulumi.Output[Any]:
    reader = ProductionReader("qa-142", ProductionReaderArgs("qa-142", PRINCIPAL, sources))
    return reader.urn


def test_a_grant_is_the_reader_role_for_a_service_principal(engine: Recorder) -> None:
    read({"lake": LAKE})
    assert engine.one("RoleAssignment").inputs == {
        "scope": LAKE,
        "roleAssignmentName": roles.assignment_name(LAKE, roles.STORAGE_BLOB_DATA_READER, PRINCIPAL),
        "roleDefinitionId": (
            "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization"
            "/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
        ),
        "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal",
        "description": "mayfly:qa-142",
    }


def test_a_container_named_twice_gets_one_grant(engine: Recorder) -> None:
    read({"lake": LAKE, "again": LAKE, "loud": LAKE.replace("resourceGroups", "RESOURCEGROUPS")})
    assert len(engine.all("RoleAssignment")) == 1


def test_each_container_gets_a_grant_that_is_called_after_it(engine: Recorder) -> None:
    read({"lake": LAKE, "weather": OTHER})
    names = sorted(each.name for each in engine.all("RoleAssignment"))
    assert names == ["qa-142-reads-flightslake-flights", "qa-142-reads-flightslake-weather"]


def test_the_name_of_an_assignment_never_changes() -> None:
    name = roles.assignment_name("/subscriptions/s/x", roles.STORAGE_BLOB_DATA_READER, PRINCIPAL)
    assert name == "b7beb9ed-c595-52f2-8944-4e454e8879ed"
    assert uuid.UUID(name).version == 5


@pytest.mark.parametrize(
    "different",
    [
        (OTHER, roles.STORAGE_BLOB_DATA_READER, PRINCIPAL),
        (LAKE, roles.STORAGE_BLOB_DATA_CONTRIBUTOR, PRINCIPAL),
        (LAKE, roles.STORAGE_BLOB_DATA_READER, PRINCIPAL.replace("3", "4")),
    ],
)
def test_scope_role_and_principal_each_change_it(different: tuple[str, str, str]) -> None:
    same = roles.assignment_name(LAKE, roles.STORAGE_BLOB_DATA_READER, PRINCIPAL)
    assert roles.assignment_name(*different) != same


def test_the_case_of_a_resource_id_does_not() -> None:
    same = roles.assignment_name(LAKE, roles.STORAGE_BLOB_DATA_READER, PRINCIPAL)
    assert roles.assignment_name(LAKE.upper(), roles.STORAGE_BLOB_DATA_READER, PRINCIPAL.upper()) == same


def test_a_scope_without_a_subscription_is_refused() -> None:
    with pytest.raises(ValueError, match="'flights' is no resource id"):
        roles.role_definition_id("flights", roles.STORAGE_BLOB_DATA_READER)
