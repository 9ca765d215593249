"""Finds a deployed environment in the cloud: from its group and what lies in it, never from a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mayfly.errors import BadInput, MayflyError, Problem

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.settings import EnvironmentSettings


@dataclass(frozen=True)
class Deployed:
    """An environment that exists.

    group_id, factory_id, account_id: resource ids. principal_id: object id of the factory's identity.
    blob_endpoint: base URL of its own account's blobs.
    """

    settings: EnvironmentSettings
    group_id: str
    factory_id: str
    account_id: str
    principal_id: str
    blob_endpoint: str


def deployed(wanted: EnvironmentSettings, environ: Mapping[str, str]) -> tuple[Azure, Deployed]:
    """The cloud, and the environment in it.

    Raises BadInput for an environment that is not there, CloudError.
    """
    from mayfly import naming
    from mayfly.clouds.azure import groups, ids
    from mayfly.clouds.azure.client import Azure

    environment = wanted.name
    cloud = Azure.from_environment(environ)
    group = groups.group_id(wanted.azure.subscription, naming.names(wanted).group)
    found = groups.get(cloud, group)
    if found is None or not found.is_of(wanted.project, environment):
        raise BadInput(
            [Problem("ENV", f"'{environment}' is not deployed", f"`mayfly up {environment}` makes it")]
        )
    inside = [item for item in groups.inventory(cloud, group) if item.environment == environment]
    factory = _only(cloud, environment, [item.id for item in inside if _is(item.type, ids.FACTORY)])
    account = _only(cloud, environment, [item.id for item in inside if _is(item.type, ids.ACCOUNT)])
    return cloud, Deployed(
        settings=wanted,
        group_id=group,
        factory_id=factory["id"],
        account_id=account["id"],
        principal_id=factory["identity"]["principalId"],
        blob_endpoint=account["properties"]["primaryEndpoints"]["blob"],
    )


def _is(type: str, other: str) -> bool:
    return type.lower() == other.lower()


def _only(cloud: Azure, environment: str, found: list[str]) -> dict[str, Any]:
    """The one resource of a kind. Raises MayflyError when `up` has not come that far."""
    document = cloud.get(found[0]) if len(found) == 1 else None
    if document is None:
        raise MayflyError(f"{environment} is not complete; run `mayfly up {environment}` again")
    return document
