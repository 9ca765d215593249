"""The permissions that the documentation tells to give are enough for an environment's whole life.

The local deployer has them on production's whole subscription; here they are on the container, as documented.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud import NONPRODUCTION, PRODUCTION
from localcloud.azure.admin import create_principal
from localcloud.engine.azure_native import Credentials, serve
from mayfly.clouds.azure import Azure
from tests.docs.pages import blocks
from tests.support.checkout import HERE, LAKE_CONTAINER, Checkout
from tests.support.local_cloud import local_cloud

PERMISSIONS = HERE / "docs/permissions.md"
SHOWN = {
    "00000000-0000-0000-0000-0000000000a0": PRODUCTION,
    "00000000-0000-0000-0000-0000000000b0": NONPRODUCTION,
    "resourceGroups/lake/providers/Microsoft.Storage/storageAccounts/acmelake": (
        "resourceGroups/flights-lake/providers/Microsoft.Storage/storageAccounts/flightslake"
    ),
}
"""The page's example, and what stands in its place here."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with local_cloud(tmp_path_factory.mktemp("documented"), delete_seconds=0.2) as found:
        yield found


@pytest.fixture(scope="module")
def documented(checkout: Checkout, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[None]:
    """A principal of the checkout that has what the page says and nothing else."""
    owner = checkout.environ("owner")
    principal, secret = create_principal(checkout.state, "documented")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch_module.setenv(name, owner[name])
    with Azure.from_environment(owner) as cloud:
        for assignment in assignments():
            give(cloud, principal.object_id, assignment)
    credentials = Credentials(owner["ARM_TENANT_ID"], principal.client_id, secret, NONPRODUCTION)
    engine = serve(credentials, f"https://{owner['ARM_METADATA_HOSTNAME']}", owner["SSL_CERT_FILE"])
    try:
        signed_in = {"CLIENT_ID": principal.client_id, "CLIENT_SECRET": secret}
        named = {f"{prefix}_{key}": value for prefix in ("ARM", "AZURE") for key, value in signed_in.items()}
        attached = {"PULUMI_DEBUG_PROVIDERS": f"azure-native:{engine.port}"}
        checkout.environments["documented"] = {**checkout.environ("deployer"), **named, **attached}
        yield
    finally:
        engine.stop()


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as found:
        yield found


def assignments() -> list[dict[str, Any]]:
    """The page's assignments, with the ids of the local cloud in the place of the examples'."""
    (text,) = [block.text for block in blocks(PERMISSIONS) if block.marker == "deployer"]
    for shown, real in SHOWN.items():
        text = text.replace(shown, real)
    found: list[dict[str, Any]] = json.loads(text)
    assert LAKE_CONTAINER in {assignment["scope"] for assignment in found}
    return found


def give(cloud: Azure, principal: str, assignment: dict[str, Any]) -> None:
    sent = {key: value for key, value in assignment.items() if key != "scope"}
    who = {"principalId": principal, "principalType": "ServicePrincipal"}
    id = f"{assignment['scope']}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    cloud.put(id, {"properties": {**sent, **who}}, wait=False)


def test_the_documented_permissions_are_enough(checkout: Checkout, documented: None) -> None:
    checkout.run("mayfly", "up", "qa-1", principal="documented").ok()
    listed = checkout.run("mayfly", "list", "--json", principal="documented").ok().json()
    assert [found["environment"] for found in listed["environments"]] == ["qa-1"]
    proof = checkout.run("mayfly", "prove", "qa-1", "--json", principal="documented").ok().json()
    assert proof["proved"]
    receipt = checkout.run("mayfly", "down", "qa-1", "--json", principal="documented").ok().json()["receipt"]
    assert receipt["complete"]
    entries = [json.loads(line) for line in (checkout.state / "requests.jsonl").read_text().splitlines()]
    assert "documented" in {entry["principal"] for entry in entries}
    assert "deployer" not in {entry["principal"] for entry in entries}


def test_without_the_right_to_give_the_reader_role_nothing_is_left(
    checkout: Checkout, documented: None
) -> None:
    """The control: one assignment less, and the same commands fail."""
    owner = checkout.environ("owner")
    with Azure.from_environment(owner) as cloud:
        for assignment in cloud.list(f"{LAKE_CONTAINER}/providers/Microsoft.Authorization/roleAssignments"):
            if assignment["properties"]["scope"] == LAKE_CONTAINER:
                cloud.delete(assignment["id"])
    refused = checkout.run("mayfly", "up", "qa-2", principal="documented")
    assert refused.code != 0
    assert "AuthorizationFailed" in refused.stderr
    receipt = checkout.run("mayfly", "down", "qa-2", "--json", principal="documented").ok().json()["receipt"]
    assert receipt["complete"]
    assert receipt["was"]
