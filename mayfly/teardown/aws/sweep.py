"""The sweep: removes all that carries an environment's tags or lives under its paths, from these alone.

It needs no program, no branch and no state. `mayfly down` and the delete of `mayfly:aws:Group` both are this.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from mayfly.clouds.aws import Aws
from mayfly.clouds.concurrent import together
from mayfly.errors import MayflyError
from mayfly.teardown.aws.kinds import RECORD, STAGES, Kind
from mayfly.teardown.aws.owner import Owner
from mayfly.teardown.aws.tagged import Tagged
from mayfly.teardown.loop import Ledger, look, tear_down, verify
from mayfly.teardown.receipt import Remaining, Thing


@dataclass(frozen=True)
class Swept:
    """What a sweep came to. was: all that was seen. unknown: ARNs that are tagged as the environment's and
    of no kind that a sweep removes; the tagging API may name them although they are gone.
    """

    was: tuple[Thing, ...]
    remains: tuple[Remaining, ...]
    unknown: tuple[str, ...] = ()


KEPT = "it is kept for as long as anything else remains, so that the environment is still listed"


@dataclass
class Sweep:
    """A sweep under way. say: told, in words, what goes on. pause: waits that many seconds; true when it
    was cut short: what is under way is ended, and nothing is tried again.

    It can be killed anywhere and run again. things, records: what was seen so far.
    """

    cloud: Aws
    project: str
    environment: str
    say: Callable[[str], None]
    pause: Callable[[float], object] = time.sleep
    things: Ledger = field(default_factory=Ledger)
    records: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.owner = Owner(self.project, self.environment, self.cloud.account, self.cloud.region)
        self.tagged = Tagged(self.cloud, self.owner)
        self.stages = [[self._kind(kind) for kind in stage] for stage in STAGES]
        self.record = self._kind(RECORD)

    def look(self) -> tuple[Thing, ...]:
        """Everything of the environment that is there now. Nothing is removed, and nothing is raised: what
        cannot be listed now is told by `run`, if it cannot be listed then.
        """
        together(lambda looked: look(*looked), ((self._things, self.things), ([self.record], self.records)))
        return self.was

    @property
    def was(self) -> tuple[Thing, ...]:
        """All that was seen so far."""
        return (*self.things.things, *self.records.things)

    def run(self) -> Swept:
        """Remove it all, the record last and only when all else is gone; then ask again for every thing."""
        remains = tear_down(self.stages, self.things, self.pause, self.say)
        if not remains:
            remains = tear_down([[self.record]], self.records, self.pause, self.say)
        else:
            kept = verify([self.record], self.records)
            remains += tuple(Remaining(thing=one.thing, why=KEPT) for one in kept)
        return Swept(self.was, remains, self._unknown())

    def _kind(self, kind: type[Kind]) -> Kind:
        return kind(self.cloud, self.owner, self.tagged, self.say, self.pause)

    @property
    def _things(self) -> list[Kind]:
        return [kind for stage in self.stages for kind in stage]

    def _unknown(self) -> tuple[str, ...]:
        """Named by the tagging API before and after the sweep, and of no kind that we know."""
        with suppress(MayflyError):  # that it could not be asked is told among what remains
            before, kinds = self.tagged.arns(), (self.record, *self._things)
            strangers = {arn for arn in before if not any(kind.handle(arn) for kind in kinds)}
            return tuple(sorted(strangers & {*Tagged(self.cloud, self.owner).arns()})) if strangers else ()
        return ()


def sweep(
    cloud: Aws,
    project: str,
    environment: str,
    say: Callable[[str], None],
    pause: Callable[[float], object] = time.sleep,
) -> Swept:
    """Remove all of an environment. Absent is success. say, pause: see `Sweep`.

    project: the Pulumi project's name; another one's environment of the same name is left alone.

    Raises MayflyError when it cannot be asked who calls; what else goes wrong is in the answer.
    """
    return Sweep(cloud, project, environment, say, pause).run()
