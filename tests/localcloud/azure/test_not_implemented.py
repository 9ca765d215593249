"""What the local Azure does not have: 501 for who may do it, 403 for who may not, as the real cloud would."""

from __future__ import annotations

import pytest

from localcloud.azure.core.ids import NONPRODUCTION
from tests.support.azure_in_process import LocalCloud

SUBSCRIPTION = f"/subscriptions/{NONPRODUCTION}"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ACCOUNT = f"{SUBSCRIPTION}/resourceGroups/any/providers/Microsoft.Storage/storageAccounts/any"
WRITES = [
    ("PUT", f"{ACCOUNT}/queueServices/default/queues/any"),
    ("PATCH", f"{ACCOUNT}/queueServices/default/queues/any"),
    ("DELETE", f"{ACCOUNT}/managementPolicies/default"),
    ("POST", f"{ACCOUNT}/failover"),
    ("POST", f"{ACCOUNT}/queueServices/default"),
    ("POST", f"{SUBSCRIPTION}/providers/Microsoft.Unknown/register"),
    ("PUT", f"{SUBSCRIPTION}/tagNames/any"),
]
READS = [
    ("GET", f"{ACCOUNT}/queueServices/default/queues/any"),
    ("GET", f"{ACCOUNT}/localUsers"),
    ("GET", f"{SUBSCRIPTION}/providers/Microsoft.Unknown"),
]


@pytest.mark.parametrize(("method", "path"), [*WRITES, *READS])
def test_who_may_not_is_refused(cloud: LocalCloud, method: str, path: str) -> None:
    reply = cloud.request(method, path, {}, as_="nobody")
    assert reply.status == 403
    assert isinstance(reply.body, dict)
    assert reply.body["error"]["code"] == "AuthorizationFailed"


@pytest.mark.parametrize(("method", "path"), [*WRITES, *READS])
def test_who_may_is_told(cloud: LocalCloud, method: str, path: str) -> None:
    cloud.assign("contributor", CONTRIBUTOR, SUBSCRIPTION)
    assert cloud.request(method, path, {}, as_="contributor").status == 501


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_reading_is_not_enough_for_what_changes(cloud: LocalCloud, method: str, path: str) -> None:
    cloud.assign("reader", READER, SUBSCRIPTION)
    assert cloud.request(method, path, {}, as_="reader").status == 403


@pytest.mark.parametrize(("method", "path"), READS)
def test_reading_is_enough_for_what_is_read(cloud: LocalCloud, method: str, path: str) -> None:
    cloud.assign("reader", READER, SUBSCRIPTION)
    assert cloud.request(method, path, as_="reader").status == 501


def test_what_the_tenant_shows_to_everybody_takes_no_role(cloud: LocalCloud) -> None:
    assert cloud.request("GET", "/providers/Microsoft.Storage/operations", as_="nobody").status == 501
    assert cloud.request("POST", "/providers/Microsoft.Authorization/elevateAccess").status == 403
