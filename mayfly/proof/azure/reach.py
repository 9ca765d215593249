"""What of a deployed factory can reach elsewhere: asked of the cloud, never read from a branch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mayfly.clouds.azure import ids
from mayfly.workload.factory.outside import outside

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.proof.azure.environments import Deployed
    from mayfly.workload.factory.outside import Reach

KINDS = {"linkedservices": "linkedService", "datasets": "dataset", "pipelines": "pipeline"}
"""Segment of an id → kind of a key, of those documents that can name an address."""


def elsewhere(cloud: Azure, place: Deployed, sources: Iterable[str]) -> list[Reach]:
    """What the factory holds that is not its environment's own.

    sources: resource ids of the containers that are read.
    """

    accounts = {place.account_id, *(str(ids.account_of(ids.parse(source))) for source in sources)}
    own = [url for account in accounts for url in _endpoints(cloud.get(account))]
    return outside(_documents(cloud, place.factory_id), own)


def _documents(cloud: Azure, factory_id: str) -> dict[str, dict[str, Any]]:
    """All that a factory holds. A canary of another `prove` signs in as the factory, and so is its own."""
    return {
        f"{kind}/{item['name']}": item
        for segment, kind in KINDS.items()
        for item in cloud.list(f"{factory_id}/{segment}")
    }


def _endpoints(account: dict[str, Any] | None) -> list[str]:
    found = (account or {}).get("properties", {}).get("primaryEndpoints", {})
    return [found[name] for name in ("blob", "dfs") if name in found]
