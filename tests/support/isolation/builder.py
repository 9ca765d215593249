"""Makes a place, and makes it again after an operation took something away."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from tests.support.azure_sdk import Sdk
from tests.support.isolation import bodies
from tests.support.isolation.arguments import BLOCK, CONTENT
from tests.support.isolation.operations import Operation
from tests.support.isolation.places import PROBE, Place

STORAGE, FACTORY = "2024-01-01", "2018-06-01"
AUTHORIZATION, LOCKS, GROUPS = "2022-04-01", "2020-05-01", "2024-03-01"


@dataclass(frozen=True)
class Builder:
    """Makes places as an owner of them. somebody: object id of a principal to whom a role is given there."""

    sdk: Sdk
    somebody: str

    def restore(self, operation: Operation, place: Place) -> Place:
        """Make all that an operation needs; gives the place with what only now has an id."""
        self.sdk.resources.providers.register("Microsoft.Storage")  # which one operation takes back
        self.put(place.group_id, GROUPS, {"location": bodies.LOCATION})
        if operation.client == "factories":
            self.remove_factory(place)
            self.furnish_factory(place)
        elif operation.client == "authorization":
            self.restore_storage(place)
            self.remove_roles(place)
            self.furnish_roles(place)
        else:
            self._unlock(place)
            self.restore_storage(place)
            self.restore_blobs(place)
        return self._ready(operation, place)

    def remove(self, place: Place) -> None:
        """All of it."""
        self._unlock(place)
        self.remove_roles(place)
        with suppress(ResourceNotFoundError):
            self.sdk.resources.resource_groups.begin_delete(place.group).result()

    def furnish_factory(self, place: Place) -> None:
        """A factory with a document of each kind, none of which depends on another that is deleted."""
        self.put(place.factory_id, FACTORY, bodies.factory())
        for group, path, name in _documents():
            self.put(f"{place.factory_id}/{path}/{name}", FACTORY, bodies.document(group))

    def remove_factory(self, place: Place) -> None:
        """The factory with all documents."""
        self.delete(place.factory_id, FACTORY)

    def furnish_roles(self, place: Place) -> None:
        """Somebody's role on the container."""
        given = bodies.assignment(place, bodies.READER, self.somebody)
        self.put(place.assignment_id(place.assignment), AUTHORIZATION, given)

    def remove_roles(self, place: Place) -> None:
        """What `furnish_roles` made, and what an operation may have."""
        for name in (place.assignment, place.new_assignment):
            self.delete(place.assignment_id(name), AUTHORIZATION)

    def restore_storage(self, place: Place) -> None:
        """Group, account and container."""
        self.put(place.group_id, GROUPS, {"location": bodies.LOCATION})
        self.put(place.account_id, STORAGE, bodies.account())
        self.put(place.container_id, STORAGE, {"properties": {}})

    def restore_container(self, place: Place) -> None:
        """The container, by the data plane, where Resource Manager is closed."""
        with suppress(ResourceExistsError):
            self.sdk.blobs(place.endpoint).create_container(place.container)

    def restore_blobs(self, place: Place) -> None:
        """Two blobs, and a block of the first that no list names yet; no container that was made."""
        service = self.sdk.blobs(place.endpoint)
        with suppress(ResourceNotFoundError):
            service.delete_container(PROBE)
        container = service.get_container_client(place.container)
        for name in (place.blob, place.other_blob):
            container.upload_blob(name, CONTENT, overwrite=True)
        container.get_blob_client(place.blob).stage_block(BLOCK, CONTENT)

    def _unlock(self, place: Place) -> None:
        for scope in place.scopes.values():
            self.delete(f"{scope}/providers/Microsoft.Authorization/locks/{PROBE}", LOCKS)

    def _ready(self, operation: Operation, place: Place) -> Place:
        """What only one operation needs: a lock to delete, a run to cancel."""
        if operation.group == "management_locks" and operation.name.startswith("delete_"):
            name = operation.name.replace("delete_", "create_or_update_")
            replace(operation, name=name).call(self.sdk, place)
        if operation.key == "pipeline_runs.cancel":
            run = self.sdk.factories.pipelines.create_run(place.group, place.factory, bodies.USED)
            return replace(place, run=run.run_id)
        return place

    def put(self, id: str, version: str, body: dict[str, Any]) -> None:
        """Make or change any resource."""
        content = io.BytesIO(json.dumps(body).encode())
        operations = self.sdk.resources.resources
        operations.begin_create_or_update_by_id(id, parameters=content, api_version=version).result()

    def delete(self, id: str, version: str) -> None:
        """Delete any resource, if it is there."""
        with suppress(ResourceNotFoundError):
            self.sdk.resources.resources.begin_delete_by_id(id, api_version=version).result()


def _documents() -> list[tuple[str, str, str]]:
    """Group, path and name of each document, in the order in which they can be made."""
    used = [(group, bodies.DOCUMENTS[group], bodies.USED) for group in ("linked_services", "pipelines")]
    return [*used, *((group, path, PROBE) for group, path in bodies.DOCUMENTS.items())]
