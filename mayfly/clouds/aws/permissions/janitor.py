"""The janitor's policy: it removes what is over, and makes nothing.

As the deployer's it is put together from the kinds of things. What it may not do whatever else it is given is
everything that is not here: a principal that runs unwatched every night stays one that can only take away.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from mayfly.clouds.aws.kinds import KINDS, Place
from mayfly.clouds.aws.permissions.bucket_policy import LOOKS
from mayfly.clouds.aws.permissions.deployer import checked_stages, of_stage
from mayfly.clouds.aws.permissions.states import bucket_and_objects
from mayfly.clouds.aws.statements import Document, allow, deny, document


def janitor(
    account: str, region: str, stages: Iterable[str], databases: Iterable[str] = (), state: str = ""
) -> Document:
    """The policy of the principal that sweeps the environments of some stages.

    account: 12 digits. stages: what `stage` makes, of the ephemeral fabrics in that account and region.
    databases: see `deployer`. state: the bucket of their states, where it may be given more, to remove stacks
    and keep receipts.

    Raises ValueError for a stage that would be everything.
    """
    place = Place(account, region, checked_stages(stages), (), sorted(set(databases)))
    kinds = [kind for kind in KINDS if kind.is_made(place)]
    lists = [action for kind in kinds for action in kind.list_actions]
    allowed = [
        *(of_stage("RemoveOwn", place, stage, attrgetter("removal_actions")) for stage in place.stages),
        *(statement for kind in kinds for statement in kind.removal_statements(place)),
        allow("Look", [*lists, "tag:GetResources"], "*"),
    ]
    given = {action for statement in allowed for action in statement["Action"]}
    but = sorted({*given, *LOOKS, "sts:GetCallerIdentity"})
    elsewhere = {"NotResource": sorted(bucket_and_objects(state))} if state else {"Resource": "*"}
    never = deny("NeverMake", NotAction=but, **elsewhere)
    return document([never, *allowed])
