"""Resource groups, by the official SDK over TLS."""

from __future__ import annotations

from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import ResourceGroup


def test_life(resources: ResourceManagementClient) -> None:
    made = resources.resource_groups.create_or_update(
        "qa-1", ResourceGroup(location="West Europe", tags={"a": "b"})
    )
    assert (made.name, made.location, made.tags) == ("qa-1", "westeurope", {"a": "b"})
    assert resources.resource_groups.check_existence("QA-1") is True
    resources.resource_groups.begin_delete("qa-1").result(timeout=20)
    assert resources.resource_groups.check_existence("qa-1") is False
