"""Requests for factories."""

from __future__ import annotations

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call
from localcloud.azure.core.errors import CloudError, not_found
from localcloud.azure.core.store import Document, Store
from localcloud.azure.datafactory import models


def put(call: Call, factory_id: str, existing: Document | None) -> Reply:
    """Make or change a factory. Its name must be unique in the world."""
    body = call.request.json()
    models.wants_identity(body)  # Raises for an unknown kind of identity before anything is made.
    if existing is not None:
        _check_location(existing, body.get("location"))
        return _stored(call, models.changed_factory(existing, body, whole=True))
    if not body.get("location"):
        raise CloudError(400, "LocationRequired", "The location property is required for this definition.")
    check_free(call.cloud.store, factory_id.rsplit("/", 1)[-1])
    return _stored(call, models.new_factory(factory_id, body))


def patch(call: Call, factory_id: str, existing: Document | None) -> Reply:
    """Change tags or the identity."""
    if existing is None:
        raise not_found(factory_id)
    body = call.request.json()
    models.wants_identity(body)
    return _stored(call, models.changed_factory(existing, body, whole=False))


def check_free(store: Store, name: str) -> None:
    """Raise 409 DataFactoryNameInUse when any factory, in whatever subscription, has this name."""
    if any(other["name"].lower() == name.lower() for other in store.of_type(models.TYPE)):
        raise CloudError(
            409,
            "DataFactoryNameInUse",
            f"The specified resource name '{name}' is already in use. "
            "Resource names must be globally unique.",
        )


def _check_location(existing: Document, wanted: str | None) -> None:
    if wanted and _plain(wanted) != _plain(existing["location"]):
        raise CloudError(
            409,
            "InvalidResourceLocation",
            f"The resource '{existing['name']}' already exists in location '{existing['location']}' "
            f"in resource group '{existing['id'].split('/')[4]}'. "
            f"A resource with the same name cannot be created in location '{wanted}'. "
            "Please select a new resource name.",
        )


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()


def _stored(call: Call, document: Document) -> Reply:
    """Store a factory. Its identity is made with it and stays the same as long as the factory has one."""
    principals = call.cloud.principals
    if models.wants_identity(document):
        document["identity"] = models.identity(principals.create_identity(document["id"]))
    else:
        document.pop("identity", None)
        principals.delete_identity(document["id"])
    return Reply(200, call.cloud.store.put(document))
