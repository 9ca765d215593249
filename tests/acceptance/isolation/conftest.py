"""Two environments, production with something of everything in it, and what stands in for production."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.azure import admin
from localcloud.azure.core.store import Store
from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE, LAKE_CONTAINER, NONPRODUCTION, PRODUCTION, Checkout
from tests.support.identity import SdkAs, identity_credential
from tests.support.isolation import bodies
from tests.support.isolation.builder import AUTHORIZATION, Builder
from tests.support.isolation.places import Place

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
STORAGE_BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"


@dataclass(frozen=True)
class Environment:
    """An environment as `mayfly up` made it. sink: its container. me: the clients as its own identity."""

    name: str
    sink: Place
    me: Sdk


@pytest.fixture(scope="package")
def environment(checkout: Checkout) -> Iterator[Environment]:
    """The environment that must not get out."""
    yield from _environment(checkout, "qa-iso")


@pytest.fixture(scope="package")
def neighbour(checkout: Checkout) -> Iterator[Environment]:
    """Another environment, with blobs in its sink."""
    for made in _environment(checkout, "qa-iso2"):
        Builder(made.me, "").restore_blobs(made.sink)
        yield made


def _environment(checkout: Checkout, name: str) -> Iterator[Environment]:
    checkout.run("mayfly", "up", name).ok()
    outputs = checkout.outputs(name)
    yield Environment(name, _sink(outputs), sdk_as(checkout, outputs["principal_id"], NONPRODUCTION))
    checkout.run("mayfly", "down", name).ok()


def _sink(outputs: dict[str, Any]) -> Place:
    group, account, factory = (outputs[name] for name in ("resource_group", "storage_account", "factory"))
    endpoint, principal = outputs["blob_endpoint"], outputs["principal_id"]
    return Place(NONPRODUCTION, group, account, "curated", factory, endpoint, principal)


def sdk_as(checkout: Checkout, object_id: str, subscription: str) -> Sdk:
    """The clients as any principal of the local Azure."""
    return SdkAs(checkout.environ("owner"), subscription, identity_credential(checkout.state, object_id))


@pytest.fixture(scope="package")
def somebody(checkout: Checkout) -> str:
    """Object id of a principal that nobody acts as."""
    return new_principal(checkout, "somebody")


def new_principal(checkout: Checkout, name: str) -> str:
    """Make a service principal without any role; gives its object id."""
    return admin.create_principal(checkout.state, name)[0].object_id


@pytest.fixture(scope="package")
def lake(checkout: Checkout, production: Sdk, environment: Environment, somebody: str) -> Iterator[Place]:
    """Production, with a factory and roles beside its lake; after all that was tried it is as it was."""
    name, principal = LAKE.rpartition("/")[2], environment.sink.principal
    account = production.storage.storage_accounts.get_properties("flights-lake", name)
    endpoint = str(account.primary_endpoints.blob)
    place = Place(PRODUCTION, "flights-lake", name, "flights", "lake-factory", endpoint, principal)
    assert place.container_id == LAKE_CONTAINER
    builder = Builder(production, somebody)
    builder.furnish_factory(place)
    builder.furnish_roles(place)
    before = picture(checkout, production, place)
    yield place
    after = picture(checkout, production, place)
    builder.remove_roles(place)
    builder.remove_factory(place)
    assert after == before


def picture(checkout: Checkout, production: Sdk, place: Place) -> dict[str, Any]:
    """Every document of production's subscription and every blob, with all that a write would change."""
    store = Store(checkout.state)
    try:
        documents = {found["id"]: found for found in store.below(place.subscription_id)}
    finally:
        store.close()
    service = production.blobs(place.endpoint)
    blobs = {
        f"{container.name}/{blob.name}": (blob.etag, blob.last_modified, blob.size, blob.metadata)
        for container in service.list_containers()
        for blob in service.get_container_client(container.name).list_blobs(include=["metadata"])
    }
    assert len(blobs) >= 12
    return {**documents, **blobs}


@pytest.fixture(scope="module")
def stand_in(lake: Place, somebody: str) -> Place:
    """What is laid out as production, for the control to be let loose on."""
    endpoint = lake.endpoint.replace(lake.account, "mayflystandin")
    return Place(NONPRODUCTION, "stand-in", "mayflystandin", "flights", "stand-in", endpoint, somebody)


@pytest.fixture(scope="module")
def wider(checkout: Checkout, owner: Sdk, stand_in: Place, somebody: str) -> Iterator[Builder]:
    """A principal that may do everything there: Owner, and Storage Blob Data Owner."""
    principal = new_principal(checkout, "wider")
    for role in (OWNER, STORAGE_BLOB_DATA_OWNER):
        give(owner, stand_in.subscription_id, bodies.assignment(stand_in, role, principal))
    builder = Builder(sdk_as(checkout, principal, stand_in.subscription), somebody)
    yield builder
    builder.remove(stand_in)


def give(sdk: Sdk, scope: str, body: dict[str, Any], name: str = "") -> str:
    """Assign a role at a scope; gives the assignment's id."""
    id = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name or uuid.uuid4()}"
    Builder(sdk, "").put(id, AUTHORIZATION, body)
    return id
