"""What a permanent environment publishes for those that only bring an application: its group's tags."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from mayfly.clouds.azure import groups
from mayfly.clouds.azure.client import Azure
from mayfly.errors import BadInput
from mayfly.naming import tagging
from mayfly.naming.azure import from_tag, ids


def published(cloud: Azure, group: str, project: str, environment: str) -> dict[str, str] | None:
    """The sources of a permanent environment: store → id of its container; None when it is not there.

    group: id of its resource group. project, environment: whose marker that has to carry.
    Raises CloudError.
    """
    found = groups.get(cloud, group)
    return sources(found.tags) if found is not None and found.is_of(project, environment) else None


def sources(tags: Mapping[str, str]) -> dict[str, str]:
    """The sources that a group's tags name; a tag that somebody spoilt is passed over."""
    found = {}
    for name, value in tags.items():
        if name.lower().startswith(tagging.SOURCE):
            with suppress(ValueError, BadInput):
                found[name[len(tagging.SOURCE) :]] = str(ids.parse_as(from_tag(value), ids.CONTAINER))
    return found
