"""A checkout with a local Azure of its own and the smallest lake, for tests that need no flights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azure.mgmt.storage.models import (
    BlobContainer,
    Sku,
    StorageAccountCreateParameters,
    StorageAccountPropertiesCreateParameters,
)

from tests.support.azure_sdk import Sdk
from tests.support.checkout import LAKE_CONTAINER, PRODUCTION, Checkout, copy_project

REGION = "westeurope"


@contextmanager
def local_cloud(folder: Path, delete_seconds: float = 0.5) -> Iterator[Checkout]:
    """Start it, and stop it in the end. delete_seconds: how long a resource group takes to go."""
    checkout = copy_project(folder)
    delay = str(delete_seconds)
    checkout.local("start", "--cloud", "azure", MAYFLY_LOCAL_DELETE_SECONDS=delay)
    try:
        make_lake(Sdk(checkout.environ("owner"), PRODUCTION))
        checkout.local("grant", principal="owner")
        yield checkout
    finally:
        checkout.local("stop")


def make_lake(owner: Sdk) -> None:
    """The container that the variable groups name as their source, empty."""
    group, account, container = (LAKE_CONTAINER.split("/")[index] for index in (4, 8, 12))
    owner.resources.resource_groups.create_or_update(group, {"location": REGION})
    parameters = StorageAccountCreateParameters(
        sku=Sku(name="Standard_LRS"),
        kind="StorageV2",
        location=REGION,
        properties=StorageAccountPropertiesCreateParameters(is_hns_enabled=True),
    )
    owner.storage.storage_accounts.begin_create(group, account, parameters).result()
    owner.storage.blob_containers.create(group, account, container, BlobContainer())
