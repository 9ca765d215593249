"""What every teardown has: its target, what came of it, and its end with stack and receipt."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Generic, TypeVar

from mayfly.clouds.thing import Thing
from mayfly.teardown.receipt import Evidence, Grants, Receipt, Remaining, Reservation, reserved, without
from mayfly.teardown.stack import Claim, Record, Stack, drop

Client = TypeVar("Client")


@dataclass(frozen=True)
class TeardownTarget:
    """An environment that is to be torn down.

    place: where it is: a subscription's guid on Azure, account and region on AWS. group: the name that its
    group has, or should have; "" where nothing tells it. sources: ids or ARNs that its variables name; None
    where these cannot be read.
    include_foreign: go on although resources of others lie in its group. forget: drop its stack, whatever the
    state names.
    """

    environment: str
    project: str
    cloud: str
    place: tuple[str, ...]
    group: str
    sources: tuple[str, ...] | None = None
    include_foreign: bool = False
    forget: bool = False


@dataclass(frozen=True)
class Removal:
    """What was found of an environment, and what came of removing it.

    was: all that was seen. remains: what of that still exists. left: what has its names and is not shown to
    be its own. by_tags: whether the cloud's tags told of it. tags: of its group. looked_for_others, problems,
    caveats: as of a receipt.
    """

    was: tuple[Thing, ...]
    remains: tuple[Remaining, ...]
    by_tags: bool
    tags: Mapping[str, str]
    left: tuple[Remaining, ...] = ()
    looked_for_others: str = ""
    problems: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass
class Teardown(Generic[Client]):
    """A teardown under way. cloud: the client of the target's place. say: told, in words, what goes on.

    pause: waits that many seconds; true when it was cut short.
    """

    reservations: ClassVar[Mapping[str, Reservation]]
    """What this cloud does with names, by the type of what had them, in lower case."""

    cloud: Client
    stack: Stack
    target: TeardownTarget
    say: Callable[[str], None]
    pause: Callable[[float], object] = time.sleep
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def finish(self, removal: Removal, proof: Grants, is_own: Callable[[Claim], bool]) -> Receipt:
        """Drop the stack, if nothing remains, and return the receipt.

        proof: what production holds of the environment now. is_own: whether a claim of the state is about
        what the environment had.
        """
        environment, record = self.target.environment, Record()
        if not removal.remains and proof.none:
            self.say(f"removing the stack {environment}")
            record = drop(self.stack, environment, is_own, self.target.forget)
        known_from: dict[Evidence, bool] = {
            "tags": removal.by_tags,
            "settings": self.target.sources is not None,
        }
        ended, gone = datetime.now(UTC), without(removal.was, removal.remains)
        return Receipt(
            environment=environment,
            started=self.started,
            ended=ended,
            known_from=tuple(evidence for evidence, is_known in known_from.items() if is_known),
            was=removal.was,
            gone=gone,
            remains=(*removal.remains, *removal.left, *record.remains),
            reserved=reserved(gone, self.reservations, ended),
            production_grants=proof,
            stack_removed=record.removed,
            forgotten=record.forgotten,
            looked_for_others=removal.looked_for_others,
            problems=removal.problems,
            caveats=removal.caveats,
        ).of(removal.tags)
