"""The tags of an environment's resources on Azure, and of its group.

Limits: 50 tags a resource, names to 512 characters without < > % & \\ ? /, values to 256
(https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources). Tag names are not
case-sensitive.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem
from mayfly.naming.azure import ids
from mayfly.naming.tagging import (
    ENVIRONMENT,
    FABRIC,
    MANAGED_BY,
    MAYFLY,
    MOST_TAGS,
    PROJECT,
    SOURCE,
    UNKNOWN,
    of_group,
)

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings
    from mayfly.settings.git_origin import GitOrigin

LONGEST_NAME = 512
LONGEST_VALUE = 256


def tags(
    wanted: EnvironmentSettings,
    origin: GitOrigin,
    created: datetime,
    expires: datetime | None,
    workload: GitOrigin | None = None,
    kept: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tags of every resource, and those that the group has besides.

    `mayfly-source-<store>`, of several containers `mayfly-source-<store>.<container>`, says where grants
    outside the group may be.
    Arguments: see `tagging.of_group`. Raises BadInput when they are more, or longer, than a group may have.
    """
    common = {MANAGED_BY: MAYFLY, ENVIRONMENT: wanted.name, FABRIC: wanted.fabric.name}
    sources = {SOURCE + name: to_tag(id) for name, id in wanted.variables.granted.items()}
    group = {
        PROJECT: wanted.project,
        **of_group(wanted, origin, created, expires, workload, value, kept),
        **sources,
    }
    _check(common | group)
    return common, group


def of_reaper(project: str) -> dict[str, str]:
    """Return the tags of a reaper: no environment is named, so that it is none."""
    return {MANAGED_BY: MAYFLY, PROJECT: project}


def identity(project: str, environment: str, subscription: str) -> str:
    """Return what identifies an environment in the description of its grants on production.

    Production is where everybody's grants meet: another project, or the same one in another subscription, may
    have an environment of the same name that reads the same container.
    """
    return f"{project}/{environment}/{subscription.lower()}"


def to_tag(container_id: str) -> str:
    """Write a container's resource id as `subscription/group/account/container`, at most 216 characters."""
    id = ids.split(container_id)
    if id is None or not id.is_type(ids.CONTAINER):
        raise ValueError(f"{container_id!r} is not the resource id of a container")
    return f"{id.subscription}/{id.group}/{ids.account_of(id).name}/{id.name}"


def from_tag(text: str) -> str:
    """Return the container's resource id from what `to_tag` wrote. Raises ValueError."""
    parts = text.split("/")
    if len(parts) != 4 or not all(parts):
        raise ValueError(f"{text!r} is not subscription/group/account/container")
    return str(ids.container(*parts))


def value(text: str) -> str:
    """Return a text fit for a tag: one line, at most 256 characters, never empty."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_VALUE] or UNKNOWN


def _check(all_tags: dict[str, str]) -> None:
    problems = [
        Problem(
            f"tag {name[:60]}", "the tag is too long", f"names to {LONGEST_NAME}, values to {LONGEST_VALUE}"
        )
        for name, text in all_tags.items()
        if len(name) > LONGEST_NAME or len(text) > LONGEST_VALUE
    ]
    if len(all_tags) > MOST_TAGS:
        what = f"the group would carry {len(all_tags)} tags"
        problems.append(Problem("tags", what, f"at most {MOST_TAGS}, so have fewer sources"))
    if problems:
        raise BadInput(problems)
