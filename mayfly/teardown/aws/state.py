"""Which resources that a Pulumi state names are what the sweep removes: told by type and name alone.

What is wrongly taken for the environment's own lets the record go, and no more: nothing is done to it.
"""

from __future__ import annotations

from collections.abc import Container

from mayfly.clouds.aws.kinds import KINDS
from mayfly.clouds.aws.owner import Owner
from mayfly.teardown.stack import Claim

GROUP = "mayfly:aws:Group"
"""Our own, whose id is account/region/environment."""


def is_own(claim: Claim, owner: Owner, seen: Container[str]) -> bool:
    """Whether a claim is about a thing of the environment, or a part of one. seen: handles of what was."""
    if claim.type.startswith(GROUP):
        return claim.id in seen or claim.id == f"{owner.account}/{owner.region}/{owner.environment}"
    return any(
        claim.type.startswith(kind.engine_prefix) and (claim.id in seen or kind.is_own_id(claim.id, owner))
        for kind in KINDS
    )
