"""What a sweep removes, and what it leaves alone and why: decisions over rows of a listing.

A row nominates: before anything goes, its group is read again, and the same decision is made once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from mayfly.errors import BadInput
from mayfly.naming import stamp
from mayfly.settings import ids
from mayfly.settings.rules import in_words

if TYPE_CHECKING:
    from mayfly.listing import Listed
    from mayfly.settings import Fabric

GRACE = timedelta(hours=1)
"""How old something has to be before it counts as left behind: an `up` may be making it."""


CLOCKS = timedelta(days=1)
"""By so much the clock of whoever ran an `up` may have been ahead."""


class Cause(StrEnum):
    """Why a sweep removes an environment, or what is left of one."""

    EXPIRED = "expired"
    CLOSED = "closed"
    """Its pull request is."""
    HALF = "half"
    """Half made, or half removed."""
    LOST = "lost"
    """Its group is gone, and grants or roles of it are there."""
    STACK = "stack"
    """Its stack is there, and nothing else."""


@dataclass(frozen=True)
class SweepDecision:
    """Of one environment. cause: None for one that is left alone. why: in words, in either case.

    warning: how long it has left, where that is less than a day.
    """

    cause: Cause | None
    why: str
    warning: timedelta | None = None


@dataclass(frozen=True)
class SweepRules:
    """What a sweep goes by.

    project: the Pulumi project's name. fabrics: all of it, by name. now: the sweep's one clock reading.
    open_ids: ids whose pull requests are open, by fabric; a fabric that is not in it has no such list.
    """

    project: str
    fabrics: Mapping[str, Fabric]
    now: datetime
    grace: timedelta = GRACE
    open_ids: Mapping[str, Collection[str]] | None = None

    def decide(self, rows: Sequence[Listed]) -> SweepDecision:
        """Decide on one environment. rows: at least one, all of it: several groups may carry its marker.

        It is removed as a whole, so the first row that is left alone decides for all.
        """
        decided = [self._decide(row) for row in rows]
        return next((one for one in decided if one.cause is None), decided[0])

    def _decide(self, row: Listed) -> SweepDecision:
        if refusal := self._refusal(row):
            return SweepDecision(None, refusal)
        fabric = self.fabrics.get(row.fabric_name)
        life = row.life(None if fabric is None else fabric.life)
        if life.is_kept(self.now) and life.keep is not None:
            told = f"{life.told(self.now)}: {life.keep.why}" if life.keep.why else life.told(self.now)
            past = "; past its fabric's longest life" if life.cap and life.cap < life.keep.until else ""
            return SweepDecision(None, told + past)
        settled = self._is_settled(life.created)
        if row.group is None:
            return self._of_remains(row, settled)
        if (row.state or "").lower() == "deleting":
            return SweepDecision(Cause.HALF, "its group is being deleted")
        if life.is_over(self.now) and life.due is not None:
            return SweepDecision(Cause.EXPIRED, f"expired at {life.told(self.now)}")
        if self._is_closed(row) and settled:
            return SweepDecision(Cause.CLOSED, "its pull request is closed")
        if row.lacks and settled:
            return SweepDecision(
                Cause.HALF, f"half made or half removed: it has no {' and no '.join(row.lacks)}"
            )
        if life.ends is None:
            return SweepDecision(None, "nothing tells when it expires: `mayfly down` removes it")
        return SweepDecision(None, f"expires at {life.told(self.now)}", life.warning(self.now))

    def _is_settled(self, created: datetime | None) -> bool:
        """Whether no `up` can be at work on it. No time, or one to come, is none that an `up` wrote."""
        return created is None or not self.now - self.grace < created <= self.now + CLOCKS

    def _refusal(self, row: Listed) -> str:
        """Why a row is none of this sweep's, "" when it is."""
        if not row.environment:
            return "carries no marker of ours"
        if row.project != self.project:
            return f"is of the project '{row.project or 'no project'}'"
        if not _is_name(row.environment):  # This one would name a receipt, and a stack.
            return "carries a name that no environment has"
        fabric = self.fabrics.get(row.fabric_name)
        if "-" not in row.environment or (fabric is not None and fabric.permanent):
            return "is permanent"
        return ""

    def _of_remains(self, row: Listed, settled: bool) -> SweepDecision:
        """What is left of an environment without a group. settled: whether it is older than the grace."""
        if row.seen is None:
            return SweepDecision(None, f"{row.state}; nothing tells since when")
        if not settled:
            why = f"{row.state}; not older than {in_words(self.grace)}: an `up` may be making it"
            return SweepDecision(None, why)
        return SweepDecision(Cause.LOST, row.state or "")

    def _is_closed(self, row: Listed) -> bool:
        known = (self.open_ids or {}).get(row.fabric_name)
        return known is not None and (row.environment or "").partition("-")[2] not in known

    def decide_on_stack(self, stack: str, updated: datetime | None) -> SweepDecision:
        """Decide on a stack whose environment the cloud does not have. updated: when last; None: never."""
        if not _is_name(stack):
            return SweepDecision(None, "a stack of a name that no environment has")
        if updated is None:
            why = "a stack and nothing else, and never updated: an `up` may be beginning"
            return SweepDecision(None, why)
        if not self._is_settled(updated):
            return SweepDecision(
                None, f"a stack and nothing else, updated at {stamp(updated)}: an `up` may be at work"
            )
        return SweepDecision(Cause.STACK, f"a stack and nothing else, last updated at {stamp(updated)}")


def _is_name(name: str) -> bool:
    """Whether an environment can be called so: a tag or a state is what somebody wrote."""
    try:
        return bool(ids.parse(name))
    except BadInput:
        return False


def by_environment(rows: Iterable[Listed]) -> list[list[Listed]]:
    """Rows, one list for each environment: of one cloud, place, project and name."""
    found: dict[tuple[object, ...], list[Listed]] = {}
    for row in rows:
        found.setdefault((row.cloud, row.place, row.project, row.environment), []).append(row)
    return [*found.values()]
