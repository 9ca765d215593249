"""Microsoft.Resources: subscriptions, resource groups, the list of resources, resource providers, tags."""

from __future__ import annotations

from localcloud.azure.core.cloud import Cloud
from localcloud.azure.resources import groups, listing, providers, subscriptions, tagging

__all__ = ["register"]


def register(cloud: Cloud) -> None:
    """Add the service."""
    for part in (subscriptions, groups, listing, providers, tagging):
        part.register(cloud)
