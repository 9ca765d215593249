"""Resource providers: a subscription uses none before it is registered for it."""

from __future__ import annotations

from mayfly.clouds.azure.client import Azure
from mayfly.clouds.concurrent import concurrently

NEEDED = ("Microsoft.DataFactory", "Microsoft.Storage")
"""What an environment is made of. Microsoft.Authorization and Microsoft.Resources are always registered."""

MISSING = "MissingSubscriptionRegistration"
"""The code, with 409, of every call to a namespace that a subscription is not registered for."""


def missing(cloud: Azure, subscription: str) -> list[str]:
    """The namespaces that a subscription (guid) is not registered for. Raises CloudError.

    Source: "Azure resource providers and types"; Registering counts, since nothing more is to be done.
    """
    providers = f"/subscriptions/{subscription}/providers"
    found = concurrently(lambda namespace: cloud.get(f"{providers}/{namespace}") or {}, NEEDED)
    states = {namespace: each.get("registrationState") for namespace, each in zip(NEEDED, found, strict=True)}
    return [name for name, state in states.items() if state not in ("Registered", "Registering")]


def note(subscription: str, namespace: str) -> str:
    """Return the note about a missing registration.

    azure-native registers it at its first call, as Azure's SDKs for Go do (azcore's registration policy).
    """
    command = f"az provider register --namespace {namespace} --subscription {subscription}"
    return (
        f"the subscription {subscription} is not registered for {namespace}: it is registered now, which"
        f" takes minutes; where the deployer lacks {namespace}/register/action, its owner runs `{command}`"
    )
