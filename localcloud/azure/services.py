"""The services of the local Azure: each adds its resource types and operations to a cloud."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from localcloud.azure import (
    authorization,
    blob,
    datafactory,
    eventgrid,
    login,
    managed_identities,
    resources,
    storage,
)
from localcloud.azure.core import arm
from localcloud.azure.core.cloud import Cloud

SERVICES: tuple[Callable[[Cloud], None], ...] = (
    login.register,
    resources.register,
    authorization.register,
    storage.register,
    blob.register,
    datafactory.register,
    eventgrid.register,
    managed_identities.register,
)


def open_cloud(folder: Path, *, arm_url: str, blob_url: str, delete_delay: float = 0.0) -> Cloud:
    """A cloud on the state of `folder`, with every service. delete_delay: seconds a group is `Deleting`."""
    cloud = Cloud(folder, arm_url=arm_url, blob_url=blob_url, delete_delay=delete_delay)
    cloud.planes["arm"] = arm.answer
    for register in SERVICES:
        register(cloud)
    return cloud
