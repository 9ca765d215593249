"""One environment's teardown on AWS, from the first look to the receipt.

The order is: look, refuse, sweep, ask the cloud again, and only then drop the stack. It can be killed
anywhere and run again.
"""

from __future__ import annotations

from mayfly.clouds.aws import Aws
from mayfly.teardown import teardown
from mayfly.teardown.aws import guard, production, state
from mayfly.teardown.aws.sweep import Sweep
from mayfly.teardown.receipt import Receipt
from mayfly.teardown.teardown import Removal

UNKNOWN = "carries the environment's tags and is of a kind that is not removed; it may be gone already"


class Teardown(teardown.Teardown[Aws]):
    """A teardown on AWS."""

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        self.cloud.check_account()
        environment = self.target.environment
        self.say(f"looking for {environment}")
        sweep = Sweep(self.cloud, self.target.project, environment, self.say, self.pause)
        found = sweep.look()
        tags = guard.check(self.cloud, sweep.owner, found)
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
        return self.finish(removal, proof, lambda claim: state.is_own(claim, sweep.owner, seen))
