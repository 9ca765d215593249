"""Takes up what a killed `up` made but could not write down.

A create that was under way when the engine was killed stays in the state as pending. Providers then refuse to
make what exists (azure-native: "cannot create already existing resource", pulumi-azure-native#1123; aws: S3's
BucketAlreadyOwnedByYou, IAM's EntityAlreadyExists), and `pulumi refresh --import-pending-creates` of 3.258
forgets such an operation without importing anything. The state has all there is to know but the id, which
follows from the type and the inputs: so the resource is written into the state with its id, and a refresh
reads the rest from the cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mayfly import registry
from mayfly.naming.tagging import ENVIRONMENT, MANAGED_BY, PROJECT

Finder = Callable[[Mapping[str, Any]], str | None]
"""A resource of the state, whose creation was cut short → the id it has in the cloud.

None where there is nothing of that name, or somebody else's.
"""

MARKER = (MANAGED_BY, ENVIRONMENT, PROJECT)
"""The tags that say whose something is. Others may be another run's: an expiry, a commit."""


def knows_group(state: Mapping[str, Any]) -> bool:
    """Whether an environment's group is in the state. state: what `pulumi stack export` prints."""
    groups = {one.group_type for one in registry.every().values()}
    resources = state.get("deployment", {}).get("resources") or []
    return any(resource["type"] in groups for resource in resources)


def pending_creates(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources whose creation was under way. state: what `pulumi stack export` prints."""
    operations = state.get("deployment", {}).get("pending_operations") or []
    return [operation["resource"] for operation in operations if operation["type"] == "creating"]


def adopted(state: Mapping[str, Any], find: Finder) -> dict[str, Any]:
    """The state with every pending create settled: a resource where the cloud has it, else nothing.

    find: see `Finder`. What others made meanwhile it does not find: it would become ours to destroy.
    """
    found = [
        {**resource, "id": id, "outputs": resource.get("inputs", {})}
        for resource in pending_creates(state)
        if (id := find(resource))
    ]
    before = state["deployment"]
    known = {resource["urn"] for resource in before.get("resources") or []}
    added = [resource for resource in found if resource["urn"] not in known]
    deployment = {**before, "resources": [*(before.get("resources") or []), *added], "pending_operations": []}
    return {**state, "deployment": deployment}


def carries_marker(resource: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Whether what the cloud has carries the marker that it was to get.

    What takes no tags lies in what does, or has a name that nobody else hits upon. tags: those it has.
    """
    wanted = resource.get("inputs", {}).get("tags") or {}
    return all(tags.get(name) == wanted.get(name) for name in MARKER if name in wanted)
