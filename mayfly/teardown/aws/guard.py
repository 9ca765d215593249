"""What a teardown refuses before it touches anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mayfly.clouds.aws import Aws, groups
from mayfly.clouds.aws.owner import Owner, marked
from mayfly.clouds.thing import Thing
from mayfly.errors import NotAllowed
from mayfly.naming import aws, tagging


def check(cloud: Aws, owner: Owner, found: Sequence[Thing]) -> Mapping[str, str]:
    """Return the tags of the environment's own group, none where there is no such group.

    found: what is the environment's own.

    Raises NotAllowed for a permanent environment, and where the group is another's and nothing is ours.
    """
    group = groups.get(cloud, aws.resource_group(owner.environment))
    if group is None:
        return {}
    ours = group.is_of(owner.project, owner.environment)
    if not ours and not found:
        raise NotAllowed(f"{owner.environment} is left alone: {group.id} {marked(group.tags)}")
    if ours and tagging.is_permanent(group.tags, owner.environment):
        raise NotAllowed(f"{owner.environment} is permanent, as the tags of {group.id} say")
    return group.tags if ours else {}
