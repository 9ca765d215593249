"""One environment's teardown on AWS, from the first look to the receipt.

The order is: look, refuse, sweep, ask the cloud again, and only then drop the stack. It can be killed
anywhere and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mayfly.clouds.aws import Aws
from mayfly.teardown.aws import guard, production, state
from mayfly.teardown.aws.owner import Owner
from mayfly.teardown.aws.sweep import Sweep, SweepResult
from mayfly.teardown.receipt import Grants, Receipt, Source, without
from mayfly.teardown.stack import Record, Stack, drop


@dataclass(frozen=True)
class Request:
    """Which environment is to go.

    project: the Pulumi project's name. sources: ARNs of the buckets, with or without a prefix, that the
    fabric's variables name, None when these cannot be read. Account and region are the client's.
    forget: drop the stack though its state names other things.
    """

    project: str
    environment: str
    sources: tuple[str, ...] | None = None
    forget: bool = False


@dataclass
class Teardown:
    """A teardown under way. say: told, in words, what goes on. pause: as of `Sweep`."""

    cloud: Aws
    stack: Stack
    request: Request
    say: Callable[[str], None]
    pause: Callable[[float], object] = time.sleep

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        started = datetime.now(UTC)
        self.cloud.check_account()
        self.say(f"looking for {self.request.environment}")
        sweep = Sweep(self.cloud, self.request.project, self.request.environment, self.say, self.pause)
        found = sweep.look()
        tags = guard.check(self.cloud, sweep.owner, found)
        ids = {thing.id for thing in found}
        roles = production.principals(self.cloud, self.request.environment, ids)
        self.stack.settle()
        swept = sweep.run()
        proof = production.proof(self.cloud, self.request.environment, self.request.sources, roles)
        record = self._drop(sweep.owner, swept) if not swept.remains and proof.none else Record()
        return self._receipt(started, swept, proof, record).of(tags)

    def _receipt(self, started: datetime, swept: SweepResult, proof: Grants, record: Record) -> Receipt:
        return Receipt(
            environment=self.request.environment,
            started=started,
            ended=datetime.now(UTC),
            known_from=tuple(self._known_from(swept)),
            was=swept.was,
            gone=without(swept.was, swept.remains),
            remains=(*swept.remains, *swept.left, *record.remains),
            production_grants=proof,
            stack_removed=record.removed,
            forgotten=record.forgotten,
            problems=(*(f"{arn} {UNKNOWN}" for arn in swept.unknown), *swept.neighbours),
        )

    def _drop(self, owner: Owner, swept: SweepResult) -> Record:
        """The record goes last."""
        seen = {thing.detail for thing in swept.was}
        self.say(f"removing the stack {self.request.environment}")
        return drop(
            self.stack,
            self.request.environment,
            lambda claim: state.is_own(claim, owner, seen),
            self.request.forget,
        )

    def _known_from(self, swept: SweepResult) -> Iterator[Source]:
        if swept.was:
            yield "tags"
        if self.request.sources is not None:
            yield "settings"


UNKNOWN = "carries the environment's tags and is of a kind that is not removed; it may be gone already"
