"""One environment's teardown on AWS, from the first look to the receipt.

The order is: look, refuse, destroy by Pulumi where it has the state (whose one delete is a sweep), sweep what
that left, ask the cloud again, and only then forget the stack. It can be killed anywhere and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mayfly.clouds.aws import Aws
from mayfly.errors import Busy, MayflyError
from mayfly.teardown.aws import guard, production
from mayfly.teardown.aws.sweep import Sweep, Swept
from mayfly.teardown.engine import Engine
from mayfly.teardown.receipt import Grants, Receipt, Remaining, Source, Thing, without


@dataclass(frozen=True)
class Request:
    """Which environment is to go.

    project: the Pulumi project's name. sources: ARNs of the buckets, with or without a prefix, that the
    fabric's variables name, None when these cannot be read. Account and region are the client's.
    """

    project: str
    environment: str
    sources: tuple[str, ...] | None = None


@dataclass
class Teardown:
    """A teardown under way. say: told, in words, what goes on. pause: as of `Sweep`."""

    cloud: Aws
    engine: Engine
    request: Request
    say: Callable[[str], None]
    pause: Callable[[float], object] = time.sleep
    problems: list[str] = field(default_factory=list)
    had_state: bool = False

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        started = datetime.now(UTC)
        self.cloud.check_account()
        self.say(f"looking for {self.request.environment}")
        sweep = Sweep(self.cloud, self.request.project, self.request.environment, self.say, self.pause)
        found = sweep.look()
        guard.check(self.cloud, sweep.owner, found)
        ids = {thing.id for thing in found}
        roles = production.principals(self.cloud, self.request.environment, ids)
        self._destroy()
        swept = sweep.run()
        proof = production.proof(self.cloud, self.request.environment, self.request.sources, roles)
        kept = self._forget(bool(found)) if not swept.remains and proof.none else ()
        return self._receipt(started, swept, proof, kept)

    def _receipt(
        self, started: datetime, swept: Swept, proof: Grants, kept: tuple[Remaining, ...]
    ) -> Receipt:
        return Receipt(
            environment=self.request.environment,
            started=started,
            ended=datetime.now(UTC),
            known_from=tuple(self._known_from(swept)),
            was=swept.was,
            gone=without(swept.was, swept.remains),
            remains=(*swept.remains, *kept),
            production_grants=proof,
            stack_removed=self.had_state
            and (self.engine.forgotten or (not (swept.remains or kept) and proof.none)),
            problems=(*self.problems, *(f"{arn} {UNKNOWN}" for arn in swept.unknown)),
        )

    def _destroy(self) -> None:
        """By the state, if there is one; what that leaves is for the sweep.

        The state goes with it: the one delete in it asks for every thing itself, and a sweep needs no state.
        """
        try:
            self.had_state = self.engine.destroy(forget=True)
        except Busy:
            raise
        except MayflyError as error:
            self.had_state = True
            self.problems.append(str(error))

    def _forget(self, seen: bool) -> tuple[Remaining, ...]:
        """The record goes last; what is left of it when it does not go.

        By force only when what it names was seen, and seen to go: a state of which nothing was found may
        speak of things elsewhere, such as in the account or the region that the fabric used to have.
        """
        try:
            self.engine.forget(force=bool(self.problems) and seen)
        except Busy:
            raise
        except MayflyError as error:
            stack = Thing(id=self.request.environment, type="pulumi:pulumi:Stack")
            return (Remaining(thing=stack, why=str(error)),)
        return ()

    def _known_from(self, swept: Swept) -> Iterator[Source]:
        if self.had_state:
            yield "state"
        if swept.was:
            yield "tags"
        if self.request.sources is not None:
            yield "settings"


UNKNOWN = "carries the environment's tags and is of a kind that is not removed; it may be gone already"
