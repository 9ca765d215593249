"""The tags of an environment's resources on Azure, and of its group.

Limits: 50 tags a resource, names to 512 characters without < > % & \\ ? /, values to 256
(https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources). Tag names are not
case-sensitive.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, Problem
from mayfly.naming.azure import ids
from mayfly.naming.tagging import (
    COMMIT,
    ENVIRONMENT,
    FABRIC,
    MANAGED_BY,
    MAYFLY,
    MOST_TAGS,
    OWNER,
    PROJECT,
    REPOSITORY,
    SOURCE,
    UNKNOWN,
    of_workload,
)
from mayfly.naming.times import CREATED_AT, EXPIRES_AT, stamp

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings
    from mayfly.settings.git_origin import GitOrigin

LONGEST_NAME = 512
LONGEST_VALUE = 256


def tags(
    environment: EnvironmentSettings,
    source: GitOrigin,
    created: datetime,
    expires: datetime | None,
    workload: GitOrigin | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tags of every resource, and those that the group has besides.

    source: where the platform comes from. The owner is the fabric's team: a person's address has no place
        in a tag that everybody reads, and another person's `up` would show as a change.
    created, expires: see `times.lifespan`; no expiry, no tag.
    workload: where the workload comes from, when its folder was given; what is not known of it, no tag.

    Raises BadInput when they are more, or longer, than a group may have.
    """
    common = {MANAGED_BY: MAYFLY, ENVIRONMENT: environment.name, FABRIC: environment.fabric.name}
    group = {
        PROJECT: environment.project,
        OWNER: _value(environment.fabric.owner),
        CREATED_AT: stamp(created),
        REPOSITORY: _value(source.repository),
        COMMIT: _value(source.commit),
        **{tag: _value(text) for tag, text in of_workload(workload).items()},
        **source_tags(environment),
    }
    if expires is not None:
        group[EXPIRES_AT] = stamp(expires)
    _check(common | group)
    return common, group


def source_tags(environment: EnvironmentSettings) -> dict[str, str]:
    """Where grants outside the group may be: `mayfly-source-<store>` to the container's `to_tag` form."""
    return {SOURCE + name: to_tag(container) for name, container in environment.variables.sources.items()}


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


def _value(text: str) -> str:
    """A text fit for a tag: one line, at most 256 characters, never empty."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_VALUE] or UNKNOWN


def _check(all_tags: dict[str, str]) -> None:
    problems = [
        Problem(
            f"tag {name[:60]}", "the tag is too long", f"names to {LONGEST_NAME}, values to {LONGEST_VALUE}"
        )
        for name, value in all_tags.items()
        if len(name) > LONGEST_NAME or len(value) > LONGEST_VALUE
    ]
    if len(all_tags) > MOST_TAGS:
        what = f"the group would carry {len(all_tags)} tags"
        problems.append(Problem("tags", what, f"at most {MOST_TAGS}, so have fewer sources"))
    if problems:
        raise BadInput(problems)
