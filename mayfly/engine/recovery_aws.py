"""Finds in AWS what a killed `up` made: the id follows from the inputs, and its own tags tell whose it is.

What is of no kind of a sweep can be made again without harm: a bucket's settings, a policy inside a role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mayfly.engine.recovery import carries_marker

if TYPE_CHECKING:
    from mayfly.clouds.aws import Aws
    from mayfly.clouds.aws.owner import Owner
    from mayfly.engine.recovery import Finder


def finder(cloud: Aws, owner: Owner) -> Finder:
    """What finds a pending create in the cloud. owner: whose state it is in."""
    from mayfly.clouds.aws.kinds import KINDS
    from mayfly.clouds.aws.owner import Tagged

    kinds = {kind.engine_type: kind(cloud, owner, Tagged(cloud, owner)) for kind in KINDS}

    def find(resource: Mapping[str, Any]) -> str | None:
        kind = kinds.get(resource["type"])
        try:
            id = kind.engine_id(resource.get("inputs", {})) if kind else None
        except KeyError:  # Its name was not known yet, so it was not made.
            return None
        tags = kind.read(kind.own_tags, id) if kind and id else None
        if kind is None or tags is None:
            return None
        is_ours = carries_marker(resource, tags) or (kind.is_tagged_later and not tags)
        return id if is_ours else None

    return find
