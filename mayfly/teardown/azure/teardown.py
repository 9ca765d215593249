"""One environment's teardown, from the first look to the receipt.

The order is: look, refuse, revoke grants and remove the group, ask the cloud again, and only then drop the
stack. It can be killed anywhere and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mayfly.clouds.azure import groups, ids, permissions
from mayfly.clouds.azure.client import Azure
from mayfly.clouds.azure.grants import ASSIGNMENTS
from mayfly.clouds.thing import Thing
from mayfly.errors import MayflyError
from mayfly.teardown.azure import guard, subject
from mayfly.teardown.azure.grants import GrantKind
from mayfly.teardown.azure.group import GroupKind
from mayfly.teardown.loop import Ledger, look, tear_down
from mayfly.teardown.receipt import Receipt, Remaining, Source, without
from mayfly.teardown.stack import Claim, Record, Stack, drop

LOOKED = (
    "the group's own list of resources, which may lag by 18 minutes (Azure/AKS#1964), and the lists of"
    " accounts and factories by their providers: what somebody put there just before, of another type,"
    " was not seen, and went with the group"
)


@dataclass(frozen=True)
class Request:
    """Which environment is to go.

    project: the Pulumi project's name. subscription: guid of its fabric's. group: the name its group should
    have. sources: container ids that the fabric's variables name, None when these cannot be read.
    include_foreign: see `guard.check`. forget: drop the stack though its state names other things.
    """

    project: str
    environment: str
    subscription: str
    group: str
    sources: tuple[str, ...] | None = None
    include_foreign: bool = False
    forget: bool = False


@dataclass
class Teardown:
    """A teardown under way. say: told, in words, what goes on. pause: waits that many seconds."""

    cloud: Azure
    stack: Stack
    request: Request
    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    ledger: Ledger = field(default_factory=Ledger)
    held: dict[str, list[Thing]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def run(self) -> Receipt:
        """Do all of it. Raises NotAllowed before anything is touched, Busy, CloudError when blind."""
        started = datetime.now(UTC)
        found = self._look()
        guard.check(self.cloud, found, self.request.include_foreign)
        self.stack.settle()
        grants, group = GrantKind(self.cloud, found), GroupKind(self.cloud, found, self.say)
        self._note(found, grants, group)
        remains = tear_down([[grants], [group]], self.ledger, self.pause, self.say)
        remains += tuple(self._held_by(group, remains))
        proof = grants.proof()
        record = self._drop(found) if not remains and proof.none else Record()
        was = (*self.ledger.things, *(thing for things in self.held.values() for thing in things))
        return Receipt(
            environment=self.request.environment,
            started=started,
            ended=datetime.now(UTC),
            known_from=tuple(self._known_from(found)),
            was=was,
            gone=without(was, remains),
            remains=(*remains, *record.remains),
            production_grants=proof,
            stack_removed=record.removed,
            forgotten=record.forgotten,
            looked_for_others=LOOKED if found.ours else "",
            problems=tuple(self.problems),
            caveats=tuple(permissions.caveats(found.subscription, found.sources or ())),
        ).of(found.ours[0].tags if found.ours else {})

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
        for _, (_, unread) in look([grants], self.ledger):
            if unread:
                self.problems.append(f"{grants.name}: {unread}")
        self.ledger.add(group, group.find())
        for resource in found.resources:
            thing = Thing(id=resource.id, type=resource.type)
            self.ledger.add(group, [thing])
            self.held[thing.key] = subject.children(self.cloud, resource)

    def _held_by(self, group: GroupKind, remains: tuple[Remaining, ...]) -> Iterator[Remaining]:
        """What is left in resources that are: in one that is gone, nothing can be."""
        for remaining in remains:
            for thing in self.held.get(remaining.thing.key, ()):
                if why := _why(group, thing):
                    yield Remaining(thing=thing, why=why)

    def _drop(self, found: subject.Subject) -> Record:
        """The record goes last."""
        self.say(f"removing the stack {self.request.environment}")
        return drop(
            self.stack,
            self.request.environment,
            lambda claim: self._is_own(found, claim),
            self.request.forget,
        )

    def _is_own(self, found: subject.Subject, claim: Claim) -> bool:
        """Whether a claim is about what lay in the group, or a grant on a source: none of these is left."""
        own = groups.group_id(self.request.subscription, self.request.group)
        if any(ids.is_at_or_below(claim.id, group) for group in (own, *(one.id for one in found.ours))):
            return True
        is_grant = f"/{ASSIGNMENTS}/".lower() in claim.id.lower()
        return is_grant and any(ids.is_at_or_below(claim.id, source) for source in found.sources or ())

    def _known_from(self, found: subject.Subject) -> Iterator[Source]:
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
