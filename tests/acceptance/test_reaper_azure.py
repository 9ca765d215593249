"""The in-cloud reaper on Azure: made by one `pulumi up`, it removes what is over with no CLI running."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.datafactory.models import Factory, FactoryIdentity

from localcloud.azure import admin
from mayfly.naming import stamp, times
from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout
from tests.support.local_cloud import local_cloud

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
PATIENCE = 60.0
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
GRANT = "0a8e3a52-6c07-4f0e-9a51-000000000001"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """With a local Azure of its own: the reaper looks at everybody's."""
    with local_cloud(tmp_path_factory.mktemp("reaper")) as found:
        yield found


def environment(owner: Sdk, production: Sdk, name: str, life: dict[str, str]) -> None:
    """What `mayfly up` makes, as far as a sweep looks at it."""
    group, marker = f"{name}-flights", {"managed-by": "mayfly", "mayfly-env": name}
    source = {"mayfly-source-lake": "/".join(LAKE_CONTAINER.split("/")[index] for index in (2, 4, 8, 12))}
    tags = {**marker, "mayfly-project": "mayfly", **source, **life}
    owner.resources.resource_groups.create_or_update(group, {"location": "westeurope", "tags": tags})
    wanted = Factory(location="westeurope", identity=FactoryIdentity(type="SystemAssigned"), tags=marker)
    made = owner.factories.factories.create_or_update(group, f"f-{name}", wanted)
    assert made.identity is not None
    role = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    grant: Any = {
        "roleDefinitionId": role,
        "principalId": made.identity.principal_id,
        "principalType": "ServicePrincipal",
        "description": f"mayfly:mayfly/{name}/{NONPRODUCTION}",
    }
    production.authorization.role_assignments.create(
        LAKE_CONTAINER, GRANT[:-1] + name[-1], {"properties": grant}
    )


def test_the_trigger_removes_what_is_over_with_no_cli_running(checkout: Checkout) -> None:
    owner, production = (Sdk(checkout.environ("owner"), one) for one in (NONPRODUCTION, PRODUCTION))
    checkout.run("pulumi", "stack", "select", "--create", "reaper-azure").ok()
    pulumi(checkout, "up")
    outputs: dict[str, Any] = checkout.outputs("reaper-azure")
    assert outputs["sources"] == [LAKE_CONTAINER]
    over = {times.CREATED_AT: stamp(NOW - 9 * DAY), times.EXPIRES_AT: stamp(NOW - 2 * DAY)}
    alive = {times.CREATED_AT: stamp(NOW - DAY), times.EXPIRES_AT: stamp(NOW + 6 * DAY)}
    environment(owner, production, "qa-1", over)
    environment(owner, production, "qa-2", alive)
    admin.move_clock(checkout.state, timedelta(hours=1))
    deadline = time.monotonic() + PATIENCE
    while owner.resources.resource_groups.check_existence("qa-1-flights"):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.2)
    assert owner.resources.resource_groups.check_existence("qa-2-flights")
    with pytest.raises(ResourceNotFoundError):
        production.authorization.role_assignments.get(LAKE_CONTAINER, GRANT[:-1] + "1")
    assert production.authorization.role_assignments.get(LAKE_CONTAINER, GRANT[:-1] + "2").principal_id
    refused = checkout.run("mayfly", "down", "reaper-azure", principal="owner")
    assert (refused.code, "is the name of the in-cloud reapers' stacks" in refused.stderr) == (2, True)
    pulumi(checkout, "up", "--expect-no-changes")
    pulumi(checkout, "destroy")
    assert not owner.resources.resource_groups.check_existence(outputs["resource_group"])
    assert owner.resources.resource_groups.check_existence("qa-2-flights")


def pulumi(checkout: Checkout, verb: str, *more: str) -> None:
    flags = ("--stack", "reaper-azure", "--yes", "--skip-preview")
    checkout.run("pulumi", verb, *flags, *more, principal="owner").ok()
