"""The sweep: removes all that carries an environment's tags or lives under its paths.

It needs no program, no branch and no state. `mayfly down` and the delete of `mayfly:aws:Group` both run it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from mayfly.clouds.aws import Aws
from mayfly.clouds.aws.kinds import RECORD, STEPS, Kind
from mayfly.clouds.aws.owner import Owner, Tagged, marked
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.naming import tagging
from mayfly.teardown import loop
from mayfly.teardown.loop import Ledger, look, tear_down, verify
from mayfly.teardown.receipt import Remaining


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to.

    was: all that was seen. remains: what of that the cloud still shows. unknown: ARNs that carry the
    environment's tags and are of no kind that a sweep removes; the tagging API may name what is gone.
    left: what has a name or a path of the environment's and is not shown to be its own, so that it was not
    removed. neighbours: what carries the whole marker of another project instead, in words: environments of
    two projects may share a name in an account, so it may well be alive. The IAM path of an environment is
    its own alone, since production admits whatever lies there: a role or policy of others is `left`, whatever
    marker it carries.
    """

    was: tuple[Thing, ...]
    remains: tuple[Remaining, ...]
    unknown: tuple[str, ...] = ()
    left: tuple[Remaining, ...] = ()
    neighbours: tuple[str, ...] = ()


KEPT = "it is kept for as long as anything else remains, so that the environment is still listed"


@dataclass
class Sweep:
    """A sweep under way. It can be killed anywhere and run again.

    say: told, in words, what goes on. pause: waits that many seconds; true when it was cut short: what is
    under way ends, and nothing is tried again. things, records: what was seen so far.
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
        self.steps = [[self._kind(kind) for kind in step] for step in STEPS]
        self.record = self._kind(RECORD)
        self.listed: dict[loop.Kind, loop.Found] = {}

    def look(self) -> tuple[Thing, ...]:
        """Everything of the environment that is there now. Nothing is removed, and nothing is raised: `run`
        tells what still cannot be listed then.
        """
        found = concurrently(
            lambda looked: look(*looked), ((self._things, self.things), ([self.record], self.records))
        )
        self.listed = dict(one for kinds in found for one in kinds)
        return self.was

    @property
    def was(self) -> tuple[Thing, ...]:
        """All that was seen so far."""
        return (*self.things.things, *self.records.things)

    def run(self) -> SweepResult:
        """Remove it all, the record last and only when all else is gone; then ask again for every thing."""
        listed, self.listed = self.listed, {}
        things: dict[loop.Kind, loop.Found] = {kind: listed[kind] for kind in self._things if kind in listed}
        remains = tear_down(self.steps, self.things, self.pause, self.say, listed=things)
        if not remains:
            records: dict[loop.Kind, loop.Found] = {
                kind: listed[kind] for kind in (self.record,) if kind in listed
            }
            remains = tear_down([[self.record]], self.records, self.pause, self.say, listed=records)
        else:
            kept = verify([self.record], self.records)
            remains += tuple(Remaining(thing=one.thing, why=KEPT) for one in kept)
        left, neighbours = self._strangers()
        return SweepResult(self.was, remains, self._unknown(), left, neighbours)

    def _strangers(self) -> tuple[tuple[Remaining, ...], tuple[str, ...]]:
        """What was listed last under the environment's names and is not its own: `left` and `neighbours`.

        Some names of `qa-1-b` begin as those of `qa-1` do; these are in neither. A marker is believed where
        the name could be that environment's: no bucket `mf--qa-1--stash` is `qa-9`'s, or `qa-1-b`'s.
        """
        left, neighbours = list[Remaining](), list[str]()
        longer = f"{self.environment}-"
        kinds = (*self._things, self.record)
        for kind, stranger in ((one, each) for one in kinds for each in one.strangers):
            whose, claimed = marked(stranger.tags), stranger.tags.get(tagging.ENVIRONMENT, "")
            is_anothers = not kind.is_private and self.owner.is_anothers(stranger.tags)
            if is_anothers and claimed.startswith(longer) and kind.is_name_of(claimed, stranger.thing.detail):
                continue
            if not is_anothers or claimed != self.environment:
                why = f"it has a name of {self.environment}'s, {whose}, and is left for its owner to remove"
                left.append(Remaining(thing=stranger.thing, why=why))
            else:
                neighbours.append(f"{stranger.thing.id} {whose}, and is left alone")
        return tuple(left), tuple(neighbours)

    def _kind(self, kind: type[Kind]) -> Kind:
        return kind(self.cloud, self.owner, self.tagged, self.say, self.pause)

    @property
    def _things(self) -> list[Kind]:
        return [kind for step in self.steps for kind in step]

    def _unknown(self) -> tuple[str, ...]:
        """What the tagging API names before and after the sweep, of kinds that no sweep knows."""
        with suppress(MayflyError):  # What remains tells already that it could not be asked.
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
) -> SweepResult:
    """Remove all of an environment. Absent is success. say, pause: see `Sweep`.

    project: the Pulumi project's name; another one's environment of the same name is left alone.

    Raises MayflyError when it cannot be asked who calls; what else goes wrong is in the answer.
    """
    return Sweep(cloud, project, environment, say, pause).run()
