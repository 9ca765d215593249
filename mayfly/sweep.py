"""The sweep: what is over goes, each environment on its own; what stays is told with the reason.

What there is comes from the clouds' own records alone. A listing nominates: the group is read again and the
decision made once more right before anything goes, so that an extension that was written meanwhile counts.
It can be killed anywhere and run again, and two at once do no harm: absent is success.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayfly import registry, settings
from mayfly.clouds.concurrent import concurrently
from mayfly.clouds.errors import CloudError
from mayfly.errors import Busy, MayflyError, NoInfrastructure, NotAllowed, NotSignedIn
from mayfly.life.sweep import SweepDecision, SweepRules, by_environment
from mayfly.listing import Listed
from mayfly.settings.expiry import EXPIRES_AT, TTL
from mayfly.settings.workload import VARIABLE

if TYPE_CHECKING:
    from mayfly.settings import Fabric
    from mayfly.teardown import Receipt, Stack, TeardownTarget

AT_ONCE = 32
"""Environments that are torn down at the same time: most of a teardown is waiting until the cloud is done."""

TRIES = 3
"""How often one whose teardown could not be begun, or came to an error, is tried."""

FIRST_PAUSE = 2.0
"""Seconds before another try, doubled each time."""


class Outcome(StrEnum):
    """What became of an environment that was due."""

    GONE = "gone"
    REMAINS = "remains"
    """Something of it does; the receipt says what."""
    LEFT = "left"
    """It was refused: a lock, resources of others, a permission."""
    BUSY = "busy"
    """Somebody works on it."""
    FAILED = "failed"
    SPARED = "spared"
    """It is no longer due, or was gone when its turn came."""
    WAITS = "waits"
    """There were more than this sweep was to remove."""


@dataclass
class SweepItem:
    """One environment, or what is left of one.

    rows: all of it that was listed; none for a stack alone. outcome: None before, and for what is not due.
    told: why it came to that. code, request_id: the cloud's, of the error.
    """

    environment: str
    cloud: str
    decision: SweepDecision
    rows: Sequence[Listed] = ()
    due: datetime | None = None
    outcome: Outcome | None = None
    told: str = ""
    code: str = ""
    request_id: str = ""
    receipt: Path | None = None
    stack_removed: bool = False

    @property
    def is_due(self) -> bool:
        """Whether a sweep removes it."""
        return self.decision.cause is not None

    @property
    def is_left_over(self) -> bool:
        """Whether it was to go, and may still be there."""
        return self.outcome in (Outcome.REMAINS, Outcome.LEFT, Outcome.BUSY, Outcome.FAILED)

    def document(self) -> dict[str, Any]:
        """It for machines. `outcome` is None for what was not due, and where nothing was removed."""
        first = self.rows[0] if self.rows else None
        return {
            "environment": self.environment,
            "cloud": self.cloud,
            "project": first.project if first else None,
            "group": first.group if first else None,
            "id": first.id if first else None,
            "cause": self.decision.cause,
            "why": self.decision.why,
            "ends_in_seconds": self.decision.warning.total_seconds() if self.decision.warning else None,
            "outcome": self.outcome,
            "told": self.told,
            "error": {"code": self.code, "request_id": self.request_id} if self.code else None,
            "stack_removed": self.stack_removed,
            "receipt": str(self.receipt) if self.receipt else None,
        }


def find(
    rules: SweepRules, rows: Iterable[Listed], stacks: Mapping[str, datetime | None], unread: bool
) -> list[SweepItem]:
    """Return all environments with the decision on each, those that are due first, the most overdue first.

    stacks: those of the backend, with when each was updated last. unread: whether some place could not be
    read, so that a stack whose environment was not found says nothing.
    """
    items = []
    for theirs in by_environment(rows):
        first = theirs[0]
        fabric = rules.fabrics.get(first.fabric_name)
        due = first.life(None if fabric is None else fabric.life).due
        decision = rules.decide(theirs)
        items.append(SweepItem(first.environment or "", first.cloud, decision, theirs, due))
    known = {item.environment for item in items}
    for stack, updated in stacks.items() if not unread else ():
        fabric = rules.fabrics.get(stack.partition("-")[0])
        if stack not in known and fabric is not None and not fabric.permanent and "-" in stack:
            items.append(SweepItem(stack, fabric.cloud, rules.decide_on_stack(stack, updated)))
    return sorted(items, key=_urgency)


def _urgency(item: SweepItem) -> tuple[bool, float, str]:
    return not item.is_due, item.due.timestamp() if item.due else 0.0, item.environment


@dataclass
class Sweep:
    """A sweep under way.

    root: the project's folder. receipts: the folder that they are written to. sources: of fabrics, see
    `sources`. stack_of: an environment's stack, as a teardown uses it. say: told, in words, what goes on.
    written: told the file of each receipt. pause: waits that many seconds.
    """

    root: Path
    rules: SweepRules
    receipts: Path
    sources: Mapping[str, tuple[str, ...]]
    stack_of: Callable[[str], AbstractContextManager[Stack]]
    say: Callable[[str], None]
    include_foreign: bool = False
    written: Callable[[Path], object] = lambda _path: None
    pause: Callable[[float], object] = time.sleep
    at_once: int = AT_ONCE
    _done: list[SweepItem] = field(default_factory=list)

    def run(self, items: Sequence[SweepItem], most: int | None = None) -> None:
        """Remove what is due, and write into each item what became of it. most: environments at most."""
        due = [item for item in items if item.is_due]
        for item in due[most:] if most is not None else ():
            item.outcome, item.told = Outcome.WAITS, f"this sweep removes {most} at most"
        concurrently(lambda item: self._sweep(item, len(due[:most])), due[:most], self.at_once)

    def _sweep(self, item: SweepItem, number: int) -> None:
        for attempt in range(TRIES):
            try:
                self._once(item, again=attempt > 0)
                break
            except Busy as error:
                item.outcome, item.told = Outcome.BUSY, str(error)
                break
            except Exception as error:  # Whatever it is, the other environments are not its victims.
                self._keep(item, error)
                if isinstance(error, NotAllowed) or attempt == TRIES - 1:
                    break
            self.pause(FIRST_PAUSE * 2**attempt)
        self._done.append(item)
        self.say(f"sweeping: {len(self._done)} of {number}: {item.environment} {item.outcome}")

    def _keep(self, item: SweepItem, error: Exception) -> None:
        item.outcome = Outcome.LEFT if isinstance(error, NotAllowed) else Outcome.FAILED
        item.told = str(error) if isinstance(error, MayflyError) else repr(error)
        if isinstance(error, CloudError):
            item.code, item.request_id = error.code, error.request_id

    def _once(self, item: SweepItem, again: bool) -> None:
        """One try. again: whether an earlier one began, so that its group may be gone. Raises MayflyError."""
        item.code = item.request_id = ""
        target, spared = self._target(item, again)
        if spared:
            item.outcome, item.told = Outcome.SPARED, spared
            return
        with self.stack_of(item.environment) as stack:
            receipt = registry.of(item.cloud).tear_down(target, stack, lambda _text: None)
        item.receipt = receipt.write(self.receipts)
        item.stack_removed = receipt.stack_removed
        item.outcome, item.told = _outcome(receipt)
        self.written(item.receipt)

    def _target(self, item: SweepItem, again: bool) -> tuple[TeardownTarget, str]:
        """What is to be torn down, and why it is spared after all, by the cloud as it is now: "" if not."""
        if not item.rows:
            target = self._own(item)
            assert target is not None
            taken = registry.of(item.cloud).group(target) is not None
            return target, "it has a group by now" if taken else ""
        read = [self._read_again(item, row) for row in item.rows]
        targets, there = [target for target, _ in read], [row for _, row in read if row is not None]
        target = replace(targets[0], include_foreign=self.include_foreign)
        if not there:
            return target, "" if again else "it was gone when its turn came"
        decision = self.rules.decide(there)
        return target, "" if decision.cause else decision.why

    def _read_again(self, item: SweepItem, row: Listed) -> tuple[TeardownTarget, Listed | None]:
        """The target of a row, and the row as its group's own GET has it now; None when that is gone."""
        cloud = registry.of(item.cloud)
        target, own = cloud.listed_target(row), self._own(item)
        if own is not None and own.place == target.place:
            sources = {*(own.sources or ()), *(target.sources or ())}
            group = row.group or own.group
            target = replace(target, group=group, sources=tuple(sorted(sources)) if sources else None)
        there = cloud.group(target) if target.group else None
        if there is None:
            return target, row if row.group is None else None
        return target, row.read_again(there)

    def _own(self, item: SweepItem) -> TeardownTarget | None:
        """The target by the fabric in its name; None without a file of it."""
        fabric = self.rules.fabrics.get(item.environment.partition("-")[0])
        if fabric is None or fabric.permanent:
            return None
        wanted = settings.without_variables(self.root, fabric, item.environment)
        return replace(registry.of(item.cloud).target(wanted, False), sources=self.sources.get(fabric.name))


def sources(root: Path, fabrics: Iterable[Fabric]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """What the environments of ephemeral fabrics read, by these' files, and why that of others is unknown.

    Both by the fabric's name. A group's tags tell it, too: but not of an environment that has no group any
    more, so what such a one left on a source that is not known is not found.
    """
    environ = {name: text for name, text in os.environ.items() if name not in (VARIABLE, TTL, EXPIRES_AT)}
    found, unknown = {}, {}
    for fabric in fabrics:
        if not fabric.permanent:
            try:
                wanted = registry.complete(settings.load(root, f"{fabric.name}-1", environ))
                found[fabric.name] = registry.of(fabric.cloud).target(wanted, True).sources or ()
            except (NoInfrastructure, NotSignedIn):
                continue  # No application reads anything then; and the listing tells that nobody is.
            except MayflyError as error:
                unknown[fabric.name] = str(error)
    return found, unknown


def _outcome(receipt: Receipt) -> tuple[Outcome, str]:
    if receipt.complete:
        return Outcome.GONE, ""
    first = next((f"{one.thing.id}: {one.why}" for one in receipt.remains), "")
    grants = "" if receipt.production_grants.none else "grants on production remain, or could not be counted"
    more = f" and {len(receipt.remains) - 1} more" if len(receipt.remains) > 1 else ""
    return Outcome.REMAINS, "; ".join(text for text in (first + more, grants) if text)
