"""Gives the local cloud's deployer its documented roles, as a tenant's owner does it on real Azure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.clouds.azure.client import Azure


def admit(cloud: Azure, deployer: str, subscription: str, containers: Iterable[str]) -> None:
    """Give the deployer its roles on its own subscription, and on containers of production.

    cloud: as the owner. deployer: object id. What is there already is left as it is.
    """
    from mayfly.clouds.azure import permissions

    for properties in permissions.deployer(subscription, containers):
        content = json.dumps([deployer, properties], sort_keys=True)
        name = uuid.uuid5(uuid.NAMESPACE_URL, content)
        id = f"{properties['scope']}/providers/Microsoft.Authorization/roleAssignments/{name}"
        if cloud.get(id) is None:
            sent = {key: value for key, value in properties.items() if key != "scope"}
            who = {"principalId": deployer, "principalType": "ServicePrincipal"}
            cloud.put(id, {"properties": {**sent, **who}}, wait=False)


def sources(root: Path, environ: Mapping[str, str]) -> list[str]:
    """Every container that some fabric's variable group names as a source. Raises BadInput as settings do."""
    from mayfly import settings

    names = [name if fabric.permanent else f"{name}-1" for name, fabric in settings.fabrics(root).items()]
    groups = [settings.load(root, name, environ).variables for name in names]
    return sorted({str(container) for group in groups for container in group.sources.values()})


def refuse_absent(cloud: Azure, containers: Iterable[str]) -> None:
    """Raise BadInput for each container that is not there: no role can be given on it."""
    absent = [container for container in containers if cloud.get(container) is None]
    if absent:
        fix = "make it first, as its owner, or name another in stacks/variables"
        raise BadInput([Problem(container, "does not exist in the local cloud", fix) for container in absent])
