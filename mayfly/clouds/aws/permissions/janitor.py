"""The janitor's policy: it removes what is over, and makes nothing.

As the deployer's it is put together from the kinds of things. What it may not do whatever else it is given is
everything that is not here: a principal that runs unwatched every night stays one that can only take away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mayfly.clouds.aws.kinds import KINDS, Place
from mayfly.clouds.aws.permissions.bucket_policy import LOOKS
from mayfly.clouds.aws.permissions.deployer import checked_stages
from mayfly.clouds.aws.statements import Document, Statement, allow, deny, document


def janitor(account: str, region: str, stages: Iterable[str]) -> Document:
    """The policy of the principal that sweeps the environments of some stages.

    account: 12 digits. stages: what `stage` makes, of the ephemeral fabrics in that account and region.

    Raises ValueError for a stage that would be everything.
    """
    place = Place(account, region, checked_stages(stages), ())
    lists = [action for kind in KINDS for action in kind.list_actions]
    allowed = [
        *(_own(place, stage) for stage in place.stages),
        *(statement for kind in KINDS for statement in kind.removal_statements(place)),
        allow("Look", [*lists, "tag:GetResources"], "*"),
    ]
    given = {action for statement in allowed for action in statement["Action"]}
    never = deny("NeverMake", NotAction=sorted({*given, *LOOKS, "sts:GetCallerIdentity"}), Resource="*")
    return document([never, *allowed])


def _own(place: Place, stage: str) -> Statement:
    """What has a stage in its name; an action only meets the resources of its own service."""
    word = re.sub(r"[^a-z0-9]", "", stage).title()  # A Sid has letters and digits alone.
    actions = [action for kind in KINDS for action in kind.removal_actions]
    arns = [arn for kind in KINDS if kind.removal_actions for arn in kind.own_arns(place, stage)]
    return allow(f"RemoveOwn{word}", actions, arns)
