"""The in-cloud reaper on Azure: its pipelines, names and permissions for `components.azure`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_azure_native import Provider

from components.azure import Reaper, ReaperArgs
from mayfly import naming, reaper, settings
from mayfly.errors import BadInput, Problem
from mayfly.reaper import azure
from mayfly.settings import AzureFabric, Fabric

Asked = Callable[[str, Iterable[str], str], list[dict[str, Any]]]
Sources = Callable[[Path, Iterable[Fabric]], tuple[dict[str, tuple[str, ...]], dict[str, str]]]
"""See `mayfly.sweep.sources`."""


@dataclass(frozen=True)
class Permissions:
    """See `mayfly.clouds.azure.permissions`: reaper_roles and reaper."""

    roles: Asked
    assignments: Asked


def build(
    root: Path, stack: str, permissions: Permissions, sources: Sources, manager: tuple[str, str]
) -> Mapping[str, pulumi.Input[object]]:
    """Register the reaper, and return the stack's outputs. Raises BadInput with nothing registered.

    manager: Resource Manager's address, and the audience of tokens for it.
    """
    wanted = reaper.load_azure(root, stack)
    known, project = settings.fabrics(root), settings.project(root)
    fabrics = [fabric for fabric in wanted.fabrics(known) if not fabric.permanent]
    found, unknown = sources(root, fabrics)
    if unknown:
        fix = "mend its files: of a source that it does not know the reaper removes no grants"
        raise BadInput([Problem(f"sources of {name}", why, fix) for name, why in unknown.items()])
    read = dict.fromkeys(id for ids in found.values() for id in ids)
    name = naming.azure.reaper(project, wanted.subscription)
    rules = azure.Rules(
        resource_manager=manager[0].rstrip("/"),
        audience=manager[1],
        project=project,
        subscription=wanted.subscription,
        longest={fabric.name: fabric.life.longest for fabric in _ephemeral(known) if fabric.life},
        sources=tuple(read),
        hours=wanted.hours,
    )
    args = ReaperArgs(
        name=name,
        subscription=wanted.subscription,
        location=wanted.location,
        roles=permissions.roles(wanted.subscription, read, name),
        assignments=permissions.assignments(wanted.subscription, read, name),
        documents=azure.documents(rules),
        tags=naming.azure.of_reaper(project),
    )
    provider = Provider("azure", subscription_id=wanted.subscription)
    made = Reaper(stack, args, pulumi.ResourceOptions(providers=[provider]))
    return {
        "subscription": wanted.subscription,
        "resource_group": made.group_name,
        "factory": made.factory_name,
        "principal_id": made.principal_id,
        "sources": [*read],
        "fabrics": [fabric.name for fabric in fabrics],
    }


def _ephemeral(known: Mapping[str, Fabric]) -> list[AzureFabric]:
    return [fabric for fabric in known.values() if isinstance(fabric, AzureFabric) and not fabric.permanent]
