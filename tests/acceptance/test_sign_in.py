"""As whom an environment is made, and what its subscription has to be registered for."""

from __future__ import annotations

import pytest

from localcloud.azure.core.ids import TENANT
from mayfly.clouds.azure.client import Azure
from tests.support.azure_sdk import Sdk
from tests.support.checkout import NONPRODUCTION, Checkout

PROVIDERS = f"/subscriptions/{NONPRODUCTION}/providers"
ENGINES = "PULUMI_DEBUG_PROVIDERS"


def test_up_says_who_it_is_and_registers_what_the_subscription_is_not_registered_for(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """azure-native does, with the deployer's own Contributor; the preflight has written nothing."""
    owner = checkout.environ("owner")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", owner["REQUESTS_CA_BUNDLE"])
    with Azure.from_environment(owner) as cloud:
        for namespace in ("Microsoft.Storage", "Microsoft.DataFactory"):
            cloud.post(f"{PROVIDERS}/{namespace}", "unregister", query={"api-version": "2024-03-01"})
        done = checkout.run("mayfly", "up", "qa-reg").ok()
        client = checkout.environ("deployer")["ARM_CLIENT_ID"]
        assert f"(client {client}) of tenant {TENANT}, by a client secret" in done.stderr
        assert done.stderr.count(" of tenant ") == 1
        for namespace in ("Microsoft.Storage", "Microsoft.DataFactory"):
            assert f"az provider register --namespace {namespace}" in done.stderr
            found = cloud.get(f"{PROVIDERS}/{namespace}") or {}
            assert found["registrationState"] == "Registered"
    checkout.run("mayfly", "down", "qa-reg").ok()


@pytest.mark.parametrize(
    "command", [("mayfly", "up", "qa-two"), ("pulumi", "up", "--yes", "--stack", "qa-two")]
)
def test_up_refuses_when_what_makes_is_signed_in_as_another(
    checkout: Checkout, owner: Sdk, command: tuple[str, ...]
) -> None:
    """The shell is the deployer's, azure-native the owner's: nothing is made, and both are named."""
    if command[0] == "pulumi":
        checkout.run("pulumi", "stack", "select", "--create", "qa-two").ok()
    others = checkout.environ("owner")[ENGINES]
    done = checkout.run(*command, PULUMI_DEBUG_PROVIDERS=others)
    assert done.code != 0
    told = done.stdout + done.stderr
    assert "sign-in: Mayfly is " in told
    assert "azure-native is " in told
    assert not owner.resources.resource_groups.check_existence("qa-two-flights")
    checkout.run("pulumi", "stack", "rm", "--yes", "--force", "qa-two")
