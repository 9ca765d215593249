"""What the cloud still has of an environment: by its marker, by its identity, and by each thing's own GET."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from tests.support.azure_sdk import Sdk

API_VERSIONS = {
    "microsoft.authorization/roleassignments": "2022-04-01",
    "microsoft.datafactory/factories": "2018-06-01",
    "microsoft.resources/resourcegroups": "2024-03-01",
    "microsoft.storage/storageaccounts": "2024-01-01",
}


def assignments(owner: Sdk, principal: str) -> list[Any]:
    """The role assignments of a principal anywhere in a subscription."""
    found = owner.authorization.role_assignments.list_for_subscription(filter=f"principalId eq '{principal}'")
    return list(found)


def traces(subscriptions: Iterable[Sdk], environment: str, principal: str) -> list[str]:
    """Ids of all that carries an environment's marker, its identity, or its name in a description."""
    return [id for owner in subscriptions for id in _traces(owner, environment, principal)]


def _traces(owner: Sdk, environment: str, principal: str) -> Iterator[str]:
    marker = f"tagName eq 'mayfly-env' and tagValue eq '{environment}'"
    yield from (str(group.id) for group in owner.resources.resource_groups.list(filter=marker))
    yield from (str(found.id) for found in owner.resources.resources.list(filter=marker))
    for grant in owner.authorization.role_assignments.list_for_subscription():
        if grant.principal_id == principal or f"/{environment}/" in (grant.description or ""):
            yield str(grant.id)


def inventory(subscriptions: Iterable[Sdk], outputs: dict[str, Any]) -> list[str]:
    """The ids of an environment's group, of all in it, and of its identity's role assignments."""
    name, group = outputs["resource_group"], outputs["resource_group_id"]
    owners = list(subscriptions)
    inside = [
        str(found.id)
        for owner in owners
        if owner.subscription in group
        for found in owner.resources.resources.list_by_resource_group(name)
    ]
    roles = [str(found.id) for owner in owners for found in assignments(owner, outputs["principal_id"])]
    return [group, *inside, *roles]


def still_there(owner: Sdk, ids: Iterable[str]) -> list[str]:
    """Those of the resources that their own GET still finds, in whichever subscription."""
    return [id for id in ids if _exists(owner, id)]


def _exists(owner: Sdk, id: str) -> bool:
    _, provider, type_and_name = id.rpartition("/providers/")
    type = "/".join(type_and_name.split("/")[:2]) if provider else "Microsoft.Resources/resourceGroups"
    try:
        owner.resources.resources.get_by_id(id, api_version=API_VERSIONS[type.lower()])
    except ResourceNotFoundError:
        return False
    return True
