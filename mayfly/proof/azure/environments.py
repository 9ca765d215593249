"""Finds a deployed environment in the cloud: from its group and what lies in it, never from a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayfly import naming
from mayfly.clouds.azure import groups, ids
from mayfly.errors import BadInput, MayflyError, Problem
from mayfly.naming.tagging import ENVIRONMENT

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure
    from mayfly.settings import EnvironmentSettings


@dataclass(frozen=True)
class Deployed:
    """An environment that exists.

    group_id, factory_id, account_id: resource ids. principal_id: object id of the factory's identity.
    blob_endpoint: base URL of its own account's blobs. tags: of its group.
    """

    settings: EnvironmentSettings
    group_id: str
    factory_id: str
    account_id: str
    principal_id: str
    blob_endpoint: str
    tags: Mapping[str, str] = field(default_factory=dict)


def deployed(cloud: Azure, wanted: EnvironmentSettings) -> Deployed:
    """The environment in the cloud.

    Raises BadInput for an environment that is not there, CloudError.
    """

    environment = wanted.name
    group = groups.group_id(wanted.azure.subscription, naming.azure.names(wanted).group)
    found = groups.get(cloud, group)
    if found is None or not found.is_of(wanted.project, environment):
        raise BadInput(
            [Problem("ENV", f"'{environment}' is not deployed", f"`mayfly up {environment}` makes it")]
        )
    # By their own names: the group's list of resources may lag behind for minutes.
    names = naming.azure.names(wanted)
    factory = _own(cloud, environment, f"{group}/providers/{ids.FACTORY}/{names.factory}")
    account = _own(cloud, environment, f"{group}/providers/{ids.ACCOUNT}/{names.account}")
    return Deployed(
        settings=wanted,
        group_id=group,
        factory_id=factory["id"],
        account_id=account["id"],
        principal_id=factory["identity"]["principalId"],
        blob_endpoint=account["properties"]["primaryEndpoints"]["blob"],
        tags=found.tags,
    )


def _own(cloud: Azure, environment: str, id: str) -> dict[str, Any]:
    """A resource of the environment. Raises MayflyError when `up` has not come that far."""

    document = cloud.get(id)
    if document is None or (document.get("tags") or {}).get(ENVIRONMENT) != environment:
        raise MayflyError(f"{environment} is not complete; run `mayfly up {environment}` again")
    return document
