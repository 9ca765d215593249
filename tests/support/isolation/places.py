"""A place that operations are called on: production, what stands in for it, an environment's own sink."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

PROBE = "mayfly-probe"
"""The name of what operations make, change and delete."""

RUN = "5d0a8c1e-0000-4000-8000-00000000000d"


@dataclass(frozen=True)
class Place:
    """An account with a container and blobs, a factory, and what lies in it.

    endpoint: base URL of the account's blobs. principal: object id that roles are asked for.
    run: id of a run of the factory's pipeline.
    """

    subscription: str
    group: str
    account: str
    container: str
    factory: str
    endpoint: str
    principal: str
    blob: str = "2013/01.csv"
    other_blob: str = "2013/02.csv"
    run: str = RUN

    @property
    def subscription_id(self) -> str:
        """Resource id of the subscription."""
        return f"/subscriptions/{self.subscription}"

    @property
    def group_id(self) -> str:
        """Resource id of the group."""
        return f"{self.subscription_id}/resourceGroups/{self.group}"

    @property
    def account_id(self) -> str:
        """Resource id of the storage account."""
        return f"{self.group_id}/providers/Microsoft.Storage/storageAccounts/{self.account}"

    @property
    def container_id(self) -> str:
        """Resource id of the container."""
        return f"{self.account_id}/blobServices/default/containers/{self.container}"

    @property
    def factory_id(self) -> str:
        """Resource id of the factory."""
        return f"{self.group_id}/providers/Microsoft.DataFactory/factories/{self.factory}"

    @property
    def role(self) -> str:
        """Guid of a custom role, which the local Azure does not have."""
        return self._guid("role")

    @property
    def role_id(self) -> str:
        """Resource id of the custom role."""
        return f"{self.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{self.role}"

    @property
    def assignment(self) -> str:
        """Name of a role assignment on the container, which is somebody else's."""
        return self._guid("assignment")

    @property
    def new_assignment(self) -> str:
        """Name of a role assignment that is not there yet."""
        return self._guid("new assignment")

    def assignment_id(self, name: str) -> str:
        """Resource id of a role assignment on the container."""
        return f"{self.container_id}/providers/Microsoft.Authorization/roleAssignments/{name}"

    def _guid(self, what: str) -> str:
        return str(uuid.uuid5(uuid.UUID(RUN), f"{self.account} {what}"))

    @property
    def scopes(self) -> dict[str, str]:
        """The ids that roles are inherited from, the container first."""
        return {
            "container": self.container_id,
            "account": self.account_id,
            "group": self.group_id,
            "subscription": self.subscription_id,
        }
