"""The firewall of a storage account: asked before any role is."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.azure.core.call import Principal, Request
from localcloud.azure.core.ids import NONPRODUCTION
from localcloud.azure.core.tokens import STORAGE_AUDIENCE
from tests.support.azure_in_process import LocalCloud

GROUP = f"/subscriptions/{NONPRODUCTION}/resourceGroups/lake"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lake"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/flights"
BODY = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
DENY = {"defaultAction": "Deny", "bypass": "None"}


@pytest.mark.parametrize(
    ("properties", "person", "factory"),
    [
        ({}, 200, 200),
        ({"networkAcls": {"defaultAction": "Allow", "bypass": "None"}}, 200, 200),
        ({"networkAcls": DENY}, 403, 403),
        ({"networkAcls": {"defaultAction": "Deny", "bypass": "Logging, AzureServices"}}, 403, 200),
        ({"networkAcls": {**DENY, "resourceAccessRules": [{"resourceId": FACTORY}]}}, 403, 200),
        ({"networkAcls": {**DENY, "ipRules": [{"value": "198.51.100.7"}]}}, 403, 403),
        ({"publicNetworkAccess": "Disabled", "networkAcls": DENY}, 403, 403),
        ({"publicNetworkAccess": "Disabled"}, 403, 200),
    ],
)
def test_a_firewall_lets_in_trusted_services_and_named_resources_alone(
    cloud: LocalCloud, properties: dict[str, Any], person: int, factory: int
) -> None:
    """Whatever role a caller has: both may read."""
    assert cloud.request("PUT", GROUP, {"location": "westeurope"}).status == 201
    made = cloud.request("PUT", ACCOUNT, {**BODY, "properties": properties}, version="2024-01-01")
    assert made.status == 200, made.body
    identity = cloud.cloud.principals.create_identity(FACTORY)
    for who in (cloud.principal("owner"), identity):
        cloud.assign(who.name, READER, ACCOUNT)
    assert (listed(cloud, cloud.principal("owner")), listed(cloud, identity)) == (person, factory)


def listed(cloud: LocalCloud, who: Principal) -> int:
    token = cloud.cloud.identity_token(who, STORAGE_AUDIENCE)
    headers = {"authorization": f"Bearer {token}", "x-ms-version": "2023-11-03"}
    reply = cloud.cloud.dispatch(Request("blob", "GET", "/lake", {"comp": "list"}, headers))
    if reply.status == 403:
        assert b"AuthorizationFailure" in (reply.body if isinstance(reply.body, bytes) else b"")
    return reply.status


def test_rules_that_are_none_are_refused(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, {"location": "westeurope"})
    for properties in ({"networkAcls": {"defaultAction": "No"}}, {"networkAcls": {**DENY, "bypass": "All"}}):
        made = cloud.request("PUT", ACCOUNT, {**BODY, "properties": properties}, version="2024-01-01")
        assert made.status == 400
