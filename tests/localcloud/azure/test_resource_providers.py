"""A subscription uses no resource provider before it is registered for it."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud

SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
FACTORIES = f"{SUBSCRIPTION}/providers/Microsoft.DataFactory"
GROUP = f"{SUBSCRIPTION}/resourceGroups/qa-1"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/qa-1"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"


def state(cloud: LocalCloud, **asked: Any) -> str:
    reply = cloud.request("GET", FACTORIES, **asked)
    assert isinstance(reply.body, dict)
    return str(reply.body["registrationState"])


def made(cloud: LocalCloud, **asked: Any) -> tuple[int, str]:
    body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}
    reply = cloud.request("PUT", FACTORY, body, version="2018-06-01", **asked)
    assert isinstance(reply.body, dict)
    return reply.status, reply.body.get("error", {}).get("code", "")


def test_every_call_to_a_namespace_that_is_not_registered_is_refused(cloud: LocalCloud) -> None:
    cloud.request("PUT", GROUP, {"location": "westeurope"})
    assert state(cloud) == "Registered"
    assert cloud.request("POST", f"{FACTORIES}/unregister").status == 200
    assert state(cloud) == "NotRegistered"
    missing = (409, "MissingSubscriptionRegistration")
    assert made(cloud) == missing
    for method, path in (("GET", FACTORY), ("GET", f"{GROUP}/providers/Microsoft.DataFactory/factories")):
        reply = cloud.request(method, path, version="2018-06-01")
        assert isinstance(reply.body, dict)
        assert (reply.status, reply.body["error"]["code"]) == missing
    assert cloud.request("POST", f"{FACTORIES}/register").status == 200
    assert made(cloud)[0] == 200


@pytest.mark.parametrize(("role", "status"), [(READER, 403), (CONTRIBUTOR, 200)])
def test_a_contributor_may_register(cloud: LocalCloud, role: str, status: int) -> None:
    cloud.assign("deployer", role, SUBSCRIPTION)
    assert cloud.request("POST", f"{FACTORIES}/unregister").status == 200
    assert state(cloud, as_="deployer") == "NotRegistered"
    assert cloud.request("POST", f"{FACTORIES}/register", as_="deployer").status == status
