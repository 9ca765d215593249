"""One environment's teardown, from the first look to the receipt.

The order is: look, refuse, revoke grants and remove the group (by Pulumi where it has the state, else by
our own loop), ask the cloud again, and only then forget the stack. It can be killed anywhere and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mayfly.clouds.azure.client import Azure
from mayfly.errors import Busy, MayflyError
from mayfly.teardown.azure import guard, subject
from mayfly.teardown.azure.grants import GrantKind
from mayfly.teardown.azure.group import GroupKind
from mayfly.teardown.engine import Engine
from mayfly.teardown.loop import Ledger, tear_down
from mayfly.teardown.receipt import Receipt, Remaining, Source, Thing, without


@dataclass(frozen=True)
class Request:
    """Which environment is to go.

    project: the Pulumi project's name. subscription: guid of its fabric's. group: the name its group should
    have. sources: container ids that the fabric's variables name, None when these cannot be read.
    include_foreign: see `guard.check`.
    """

    project: str
    environment: str
    subscription: str
    group: str
    sources: tuple[str, ...] | None = None
    include_foreign: bool = False


@dataclass
class Teardown:
    """A teardown under way. say: told, in words, what goes on. pause: waits that many seconds."""

    cloud: Azure
    engine: Engine
    request: Request
    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    ledger: Ledger = field(default_factory=Ledger)
    held: dict[str, list[Thing]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    had_state: bool = False

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        started = datetime.now(UTC)
        found = self._look()
        guard.check(self.cloud, found, self.request.include_foreign)
        grants, group = GrantKind(self.cloud, found), GroupKind(self.cloud, found, self.say)
        self._note(found, grants, group)
        if any(one.deleting for one in found.ours):
            # Pulumi would delete it again, which starts the deletion over (crossplane provider-azure#141).
            tear_down([[grants], [group]], self.ledger, self.pause, self.say)
        self._destroy()
        remains = tear_down([[grants], [group]], self.ledger, self.pause, self.say)
        remains += tuple(self._held_by(group, remains))
        proof = grants.proof()
        kept = self._forget(found) if not remains and proof.none else ()
        was = (*self.ledger.things, *(thing for things in self.held.values() for thing in things))
        return Receipt(
            environment=self.request.environment,
            started=started,
            ended=datetime.now(UTC),
            known_from=tuple(self._known_from(found)),
            was=was,
            gone=without(was, remains),
            remains=(*remains, *kept),
            production_grants=proof,
            stack_removed=self.had_state and not remains and proof.none and not kept,
            problems=tuple(self.problems),
        )

    def _look(self) -> subject.Subject:
        request = self.request
        self.say(f"looking for {request.environment}")
        return subject.find(
            self.cloud,
            request.project,
            request.environment,
            request.subscription,
            request.group,
            request.sources,
        )

    def _note(self, found: subject.Subject, grants: GrantKind, group: GroupKind) -> None:
        """Write down what is there, while it is."""
        try:
            self.ledger.add(grants, grants.find())
        except MayflyError as error:
            self.problems.append(f"{grants.name}: {error}")
        self.ledger.add(group, group.find())
        for resource in found.resources:
            thing = Thing(id=resource.id, type=resource.type)
            self.ledger.add(group, [thing])
            self.held[thing.key] = subject.children(self.cloud, resource)

    def _destroy(self) -> None:
        """By the state, if there is one; what that leaves is for the loop."""
        try:
            self.had_state = self.engine.destroy()
        except Busy:
            raise
        except MayflyError as error:
            self.had_state = True
            self.problems.append(str(error))

    def _held_by(self, group: GroupKind, remains: tuple[Remaining, ...]) -> Iterator[Remaining]:
        """What is left in resources that are: in one that is gone, nothing can be."""
        for remaining in remains:
            for thing in self.held.get(remaining.thing.key, ()):
                if why := _why(group, thing):
                    yield Remaining(thing=thing, why=why)

    def _forget(self, found: subject.Subject) -> tuple[Remaining, ...]:
        """The record goes last; what is left of it when it does not go.

        By force only when what it names was seen, and seen to go: a state whose group was never found may
        speak of things elsewhere, such as in the subscription that the fabric used to have.
        """
        try:
            self.engine.forget(force=bool(self.problems and found.ours))
        except Busy:
            raise
        except MayflyError as error:
            stack = Thing(id=self.request.environment, type="pulumi:pulumi:Stack")
            return (Remaining(thing=stack, why=str(error)),)
        return ()

    def _known_from(self, found: subject.Subject) -> Iterator[Source]:
        if self.had_state:
            yield "state"
        if found.ours:
            yield "tags"
        if self.request.sources is not None:
            yield "settings"


def _why(group: GroupKind, thing: Thing) -> str:
    """Why a thing remains, "" when it is gone."""
    try:
        return "its resource remains" if group.exists(thing) else ""
    except MayflyError as error:
        return f"unknown: {error}"
