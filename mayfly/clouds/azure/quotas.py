"""The quotas that an environment counts against on Azure, as far as Resource Manager tells them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.errors import CloudError
from mayfly.clouds.quotas import Question
from mayfly.naming.azure import ids

MOST_GROUPS = 980
"""In a subscription; it cannot be raised. Source: "Azure subscription and service limits, quotas"."""

MOST_FACTORIES = 800
"""In a subscription, by default; no call tells a raised one. Source: the same page."""

ACCOUNTS = "StorageAccounts"
"""What their usage is called. Source: REST API of Microsoft.Storage, "Usages - List By Location"."""


def questions(
    cloud: Azure, subscription: str, location: str, sources: Iterable[str], accounts: int = 1
) -> list[Question]:
    """Return what to ask about one more environment; each question is one call, or one list.

    subscription, location: the environment's. sources: ids of the containers that it reads. Each takes a role
    assignment of its own subscription, beside one on each of the environment's accounts. accounts: how many
    those are. The documented deployer is not told of production's subscription: it has roles on containers
    and accounts alone.
    """
    own = f"/subscriptions/{subscription}"
    assignments = {subscription.lower(): accounts}
    for source in sources:
        whose = ids.parse(source).subscription.lower()
        assignments[whose] = assignments.get(whose, 0) + 1
    here = f"subscription {subscription}"
    return [
        *(
            Question("role assignments", f"subscription {whose}", needed, partial(_roles, cloud, whose))
            for whose, needed in assignments.items()
        ),
        Question(
            "storage accounts", f"{here} in {location}", accounts, lambda: _accounts(cloud, own, location)
        ),
        Question("resource groups", here, 1, lambda: (_count(cloud, f"{own}/resourceGroups"), MOST_GROUPS)),
        Question(
            "data factories",
            here,
            1,
            lambda: (_count(cloud, f"{own}/providers/{ids.FACTORY}"), MOST_FACTORIES),
        ),
    ]


def _roles(cloud: Azure, subscription: str) -> tuple[int, int]:
    """Source: azure-rest-api-specs, Microsoft.Authorization 2019-08-01-preview, RoleAssignmentMetrics."""
    where = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignmentsUsageMetrics"
    return _numbers(cloud.get(where), where, "roleAssignmentsCurrentCount", "roleAssignmentsLimit")


def _accounts(cloud: Azure, own: str, location: str) -> tuple[int, int]:
    where = f"{own}/providers/Microsoft.Storage/locations/{location}/usages"
    usages = cloud.list(where)
    found = next((one for one in usages if one.get("name", {}).get("value") == ACCOUNTS), None)
    return _numbers(found, where, "currentValue", "limit")


def _count(cloud: Azure, collection: str) -> int:
    return sum(1 for _ in cloud.list(collection))


def _numbers(document: dict[str, object] | None, where: str, used: str, limit: str) -> tuple[int, int]:
    numbers = [document.get(name) for name in (used, limit)] if document else [None]
    if not all(isinstance(number, int) for number in numbers):
        raise CloudError(0, "NotTold", f"{where} tells no {used} and {limit}")
    return int(str(numbers[0])), int(str(numbers[1]))
