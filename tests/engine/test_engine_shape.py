"""The table against the SDK that programs use, and the shapes it makes of inputs and answers."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from localcloud.engine.azure_native import diff, shape
from localcloud.engine.azure_native.row import Row
from localcloud.engine.azure_native.table import (
    BLOB_CONTAINER,
    BLOB_SERVICE,
    FACTORY,
    RESOURCE_GROUP,
    ROLE_ASSIGNMENT,
    ROWS,
    STORAGE_ACCOUNT,
)
from localcloud.engine.paths import Changes, changed, replaced
from localcloud.engine.values import UNKNOWN, decode, encode, has_unknowns

GROUP = "/subscriptions/s/resourceGroups/g"


def _sdk_names(row: Row, suffix: str) -> set[str]:
    module, name = row.type.split(":")
    cls = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name + suffix)
    properties = [value for value in vars(cls).values() if isinstance(value, property)]
    return {getattr(found.fget, "_pulumi_name") for found in properties}  # noqa: B009


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_names_the_inputs_and_outputs_of_the_sdk(row: Row) -> None:
    assert {*row.parameters, *(name for name, _ in row.inputs)} == _sdk_names(row, "Args")
    assert {*row.props, "azureApiVersion"} == _sdk_names(row, "")
    assert row.name in row.parameters
    assert row.required <= set(row.props)


def test_a_body_has_its_parts_where_resource_manager_wants_them() -> None:
    inputs = {
        "resourceGroupName": "g",
        "accountName": "a",
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "enableHttpsTrafficOnly": True,
        "networkRuleSet": {"ipRules": [{"iPAddressOrRange": "1.2.3.4"}]},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": ["one", "two"]},
        "invented": 1,
    }
    assert shape.body(STORAGE_ACCOUNT, inputs) == {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"one": {}, "two": {}}},
        "properties": {"supportsHttpsTrafficOnly": True, "networkAcls": {"ipRules": [{"value": "1.2.3.4"}]}},
    }


def test_outputs_are_flat_named_as_the_sdk_names_them_and_only_what_is_known() -> None:
    document = {
        "id": "…",
        "name": "r",
        "type": "Microsoft.Storage/storageAccounts",
        "properties": {"supportsHttpsTrafficOnly": True, "accessTier": None, "novelty": 1},
    }
    assert shape.outputs(STORAGE_ACCOUNT, document) == {
        "azureApiVersion": "2024-01-01",
        "name": "r",
        "type": "Microsoft.Storage/storageAccounts",
        "enableHttpsTrafficOnly": True,
    }


def test_tags_named_like_properties_are_left_as_they_are() -> None:
    inputs = {"tags": {"iPAddressOrRange": "x"}, "metadata": {"keyName": "y"}}
    assert shape.body(STORAGE_ACCOUNT, inputs)["tags"] == {"iPAddressOrRange": "x"}
    assert shape.body(BLOB_CONTAINER, inputs) == {"properties": {"metadata": {"keyName": "y"}}}


def test_a_preview_knows_its_inputs_and_nothing_that_the_cloud_decides() -> None:
    seen = shape.preview(
        FACTORY, {"factoryName": "f", "location": "l", "identity": {"type": "SystemAssigned"}}
    )
    assert seen["location"] == "l"
    assert seen["identity"] == {"type": "SystemAssigned", "principalId": UNKNOWN, "tenantId": UNKNOWN}
    assert seen["name"] is UNKNOWN
    assert shape.preview(FACTORY, {"location": "l"}, known={"name": "f", "version": "1"})["name"] == "f"


def test_ids_are_made_from_inputs_and_read_back() -> None:
    inputs = {"scope": GROUP, "roleAssignmentName": "n"}
    made = shape.resource_id(ROLE_ASSIGNMENT, inputs, "s")
    assert made == GROUP + "/providers/Microsoft.Authorization/roleAssignments/n"
    assert shape.parameters(ROLE_ASSIGNMENT, made) == inputs
    container = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c"
    named = {"resourceGroupName": "g", "accountName": "a", "containerName": "c"}
    assert shape.resource_id(BLOB_CONTAINER, named, "s") == container
    assert shape.parameters(BLOB_CONTAINER, container.replace("resourceGroups", "resourcegroups")) == named


def test_an_id_of_another_type_and_a_missing_name_are_refused() -> None:
    with pytest.raises(ValueError, match="does not match"):
        shape.parameters(RESOURCE_GROUP, GROUP + "/providers/Microsoft.Storage/storageAccounts/a")
    with pytest.raises(ValueError, match="missing required property 'resourceGroupName'"):
        shape.resource_id(RESOURCE_GROUP, {}, "s")


def test_an_import_takes_what_can_be_set_and_not_what_only_the_cloud_sets() -> None:
    document = {
        "location": "l",
        "identity": {
            "type": "SystemAssigned",
            "principalId": "p",
            "userAssignedIdentities": {"one": {"clientId": "c"}},
        },
        "properties": {"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled"},
    }
    assert shape.as_inputs(FACTORY, shape.outputs(FACTORY, document)) == {
        "location": "l",
        "identity": {"type": "SystemAssigned", "userAssignedIdentities": ["one"]},
        "publicNetworkAccess": "Enabled",
    }


def test_a_refresh_takes_over_what_changed_and_not_the_cloud_s_defaults() -> None:
    inputs = {"tags": {"a": "b"}, "kind": "StorageV2", "allowSharedKeyAccess": False}
    before = {"tags": {"a": "b"}, "kind": "StorageV2", "accessTier": "Hot", "allowSharedKeyAccess": False}
    now = {"tags": {"a": "c"}, "kind": "StorageV2", "accessTier": "Hot"}
    assert shape.refreshed(STORAGE_ACCOUNT, inputs, before, now) == {"tags": {"a": "c"}, "kind": "StorageV2"}


def _changes(row: Row, old: dict[str, Any], new: dict[str, Any], **state: Any) -> Changes:
    return diff.changes(row, old, new, state)


def test_a_diff_names_each_property_and_what_replaces() -> None:
    old = {"resourceGroupName": "g", "location": "westeurope", "tags": {"a": "1", "b.c": "2", "d": "3"}}
    new = {"resourceGroupName": "g", "location": "northeurope", "tags": {"a": "1", "b.c": "3", "e": "4"}}
    found = _changes(RESOURCE_GROUP, old, new)
    assert found == {
        "location": "UPDATE_REPLACE",
        'tags["b.c"]': "UPDATE",
        "tags.d": "DELETE",
        "tags.e": "ADD",
    }
    assert replaced(found) == ["location"]
    assert changed(found) == ["location", "tags"]


def test_one_region_has_two_spellings_and_unmodelled_inputs_have_no_effect() -> None:
    assert (
        _changes(RESOURCE_GROUP, {"location": "West Europe"}, {"location": "westeurope", "invented": 1}) == {}
    )


def test_lists_are_compared_item_by_item_and_unknowns_differ() -> None:
    old = {"networkRuleSet": {"ipRules": ["a", "b"]}, "location": "x"}
    new = {"networkRuleSet": {"ipRules": ["a", "c", "d"]}, "location": UNKNOWN}
    assert _changes(STORAGE_ACCOUNT, old, new) == {
        "networkRuleSet.ipRules[1]": "UPDATE",
        "networkRuleSet.ipRules[2]": "ADD",
        "location": "UPDATE_REPLACE",
    }


def test_naming_what_is_already_so_replaces_nothing() -> None:
    assert _changes(STORAGE_ACCOUNT, {}, {"isHnsEnabled": True}, isHnsEnabled=True) == {"isHnsEnabled": "ADD"}
    assert _changes(STORAGE_ACCOUNT, {}, {"isHnsEnabled": True}) == {"isHnsEnabled": "ADD_REPLACE"}


def test_values_travel_both_ways() -> None:
    values = {"a": [1, 2.5, True, "x", {"b": UNKNOWN}], "none": None}
    assert decode(encode(values)) == {"a": [1, 2.5, True, "x", {"b": UNKNOWN}]}
    assert has_unknowns(values)
    assert not has_unknowns({"a": [1, {"b": "c"}]})


def test_a_singleton_has_a_state_of_rest() -> None:
    assert BLOB_SERVICE.rest is not None
    assert all(row.rest is None for row in ROWS.values() if row is not BLOB_SERVICE)
