"""Microsoft.Authorization: role definitions and assignments with their conditions, and management locks."""

from __future__ import annotations

from localcloud.azure.authorization import assignments, definitions, management_locks, models
from localcloud.azure.authorization.evaluator import RoleEvaluator
from localcloud.azure.core.cloud import Cloud

__all__ = ["register"]


def register(cloud: Cloud) -> None:
    """Add the service, and let roles decide from now on."""
    models.prepare(cloud.store)
    cloud.authorizer = RoleEvaluator(cloud.store, cloud.principals)
    for part in (definitions, assignments, management_locks):
        part.register(cloud)
