"""One environment's teardown on AWS, from the first look to the receipt.

The order is: look, refuse, sweep, ask the cloud again, and only then drop the stack. It can be killed
anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from mayfly.clouds.aws import Aws, groups
from mayfly.clouds.aws.kinds import KINDS
from mayfly.clouds.aws.owner import Owner, marked
from mayfly.clouds.thing import Thing
from mayfly.errors import NotAllowed
from mayfly.naming import aws, tagging
from mayfly.naming.limits import BUCKET
from mayfly.teardown import teardown
from mayfly.teardown.aws import production
from mayfly.teardown.aws.sweep import Sweep
from mayfly.teardown.receipt import Receipt, Reservation
from mayfly.teardown.stack import Claim
from mayfly.teardown.teardown import Removal

UNKNOWN = "carries the environment's tags and is of a kind that is not removed; it may be gone already"

GROUP = "mayfly:aws:Group"
"""Our own, whose id is account/region/environment."""

RESERVATIONS: Mapping[str, Reservation] = {
    BUCKET.lower(): Reservation(
        None,
        "S3 queues a bucket for deletion, and its name is free when that has ended everywhere; then any"
        " account may take it (Amazon S3 User Guide: Deleting a general purpose bucket)",
    )
}


class Teardown(teardown.Teardown[Aws]):
    """A teardown on AWS."""

    reservations = RESERVATIONS

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        self.cloud.check_account()
        environment = self.target.environment
        self.say(f"looking for {environment}")
        sweep = Sweep(self.cloud, self.target.project, environment, self.say, self.pause)
        found = sweep.look()
        tags = check(self.cloud, sweep.owner, found)
        roles = production.principals(self.cloud, environment, {thing.id for thing in found})
        self.stack.settle()
        swept = sweep.run()
        proof = production.proof(self.cloud, environment, self.target.sources, roles)
        removal = Removal(
            was=swept.was,
            remains=swept.remains,
            by_tags=bool(swept.was),
            tags=tags,
            left=swept.left,
            problems=(*(f"{arn} {UNKNOWN}" for arn in swept.unknown), *swept.neighbours),
        )
        seen = {thing.detail for thing in swept.was}
        return self.finish(removal, proof, lambda claim: is_own(claim, sweep.owner, seen))


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


def is_own(claim: Claim, owner: Owner, seen: Container[str]) -> bool:
    """Whether a claim is about a thing of the environment, or a part of one. seen: handles of what was.

    A state is told by type and name alone. What is wrongly taken for the environment's own lets the stack's
    record go, and no more: nothing is done to it.
    """
    if claim.type.startswith(GROUP):
        return claim.id in seen or claim.id == f"{owner.account}/{owner.region}/{owner.environment}"
    return any(
        claim.type.startswith(kind.engine_prefix) and (claim.id in seen or kind.is_own_id(claim.id, owner))
        for kind in KINDS
    )
