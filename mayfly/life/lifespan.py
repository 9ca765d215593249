"""One environment's life: what its group's tags claim, bounded by what the cloud and the fabric say.

The deployer writes the tags, and may be hostile. So a tag can end a life early, and no tag but `keep`'s can
make it longer than the fabric's longest, counted from when the cloud itself saw the first of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mayfly.errors import BadInput, NotAllowed, Problem
from mayfly.naming import stamp, times
from mayfly.settings.rules import in_words

if TYPE_CHECKING:
    from mayfly.settings import Life

WARNINGS = (timedelta(hours=24), timedelta(hours=2))
"""How long before its end an environment is warned of, the earliest first."""


@dataclass(frozen=True)
class Keep:
    """A hold on an environment: no sweep removes it before `until`. by: as the cloud named who said it."""

    until: datetime
    by: str
    why: str


@dataclass(frozen=True)
class Lifespan:
    """From when, and until when, an environment lives. Times are UTC.

    created: the earlier of what its tag and the cloud say; None where neither does. expires: its tag's; None
    where there is none, or none that is a time. longest: the fabric's; None where no file of it says. keep:
    None where nobody keeps it. unreadable: tags that are no times.
    """

    created: datetime | None
    expires: datetime | None
    longest: timedelta | None
    keep: Keep | None = None
    unreadable: tuple[str, ...] = ()

    @classmethod
    def of(cls, tags: Mapping[str, str], rules: Life | None, seen: datetime | None = None) -> Lifespan:
        """Read the tags of an environment's group.

        rules: the fabric's. seen: when the cloud itself saw the first of the environment, where it tells.
        """
        there = {name.lower(): value for name, value in tags.items()}
        dated = {tag: _read(there[tag]) for tag in (*_TIMES,) if tag in there}
        created, until = dated.get(times.CREATED_AT), dated.get(times.KEPT_UNTIL)
        by, why = there.get(times.KEPT_BY, ""), there.get(times.KEPT_WHY, "")
        return cls(
            created=min((time for time in (created, seen) if time is not None), default=None),
            expires=dated.get(times.EXPIRES_AT),
            longest=None if rules is None else rules.longest,
            keep=None if until is None else Keep(until, by, why),
            unreadable=tuple(tag for tag, time in dated.items() if time is None),
        )

    @property
    def cap(self) -> datetime | None:
        """The latest time that it can be extended to; None where that cannot be told."""
        if self.created is None or self.longest is None:
            return None
        return self.created + self.longest

    @property
    def due(self) -> datetime | None:
        """When its life ends if nobody keeps it: the earlier of its expiry and the cap; None: never told."""
        return min((time for time in (self.expires, self.cap) if time is not None), default=None)

    @property
    def ends(self) -> datetime | None:
        """When a sweep may remove it: the later of `due` and the end of the keep; None: never told."""
        if self.due is None or self.keep is None:
            return self.due
        return max(self.due, self.keep.until)

    def is_kept(self, now: datetime) -> bool:
        """Whether somebody keeps it now."""
        return self.keep is not None and now < self.keep.until

    def is_over(self, now: datetime) -> bool:
        """Whether a sweep may remove it."""
        return self.ends is not None and self.ends <= now

    def warning(self, now: datetime) -> timedelta | None:
        """Return how long it has left, from WARNINGS[0] before its end on; None before and after that."""
        if self.ends is None or not timedelta(0) < self.ends - now <= WARNINGS[0]:
            return None
        return self.ends - now

    def extended(self, by: timedelta | datetime, now: datetime) -> datetime:
        """Return the expiry after an extension: by that long, or to that time.

        A duration counts from the expiry, or from now where that is past.

        Raises NotAllowed beyond the cap, with what is allowed; BadInput for what would shorten its life.
        """
        if self.cap is None:
            raise NotAllowed(
                "how long it may live cannot be told: its fabric has no file here, or its group's tags no"
                " time of creation; `mayfly keep` holds it"
            )
        before = self.due or now
        to = by if isinstance(by, datetime) else max(before, now) + by
        if to > self.cap:
            left = self.cap - max(before, now)
            allowed = "none is left" if left < timedelta(minutes=1) else f"at most {in_words(left)} more"
            raise NotAllowed(
                f"{stamp(to)} is past {stamp(self.cap)}, the end of the fabric's longest life "
                f"({in_words(self.longest or timedelta())}): {allowed}. `mayfly keep` holds it longer"
            )
        if to < max(before, now):
            what = f"{stamp(to)} is before {stamp(max(before, now))}: it would live shorter than it does"
            raise BadInput([Problem("BY", what, f"a time up to {stamp(self.cap)}, or a duration")])
        return to

    def told(self, now: datetime) -> str:
        """Say when it ends, for people: `2026-11-28T04:46:00Z (in 6d 23h)`; "" where nothing tells it."""
        if self.is_kept(now) and self.keep is not None:
            return f"kept until {stamp(self.keep.until)} by {self.keep.by or 'nobody named'}"
        if self.due is None:
            return ""
        left = self.due - now
        words = f"in {in_words(left)}" if left > timedelta(0) else f"{in_words(-left)} ago"
        return f"{stamp(self.due)} ({words})"


_TIMES = (times.CREATED_AT, times.EXPIRES_AT, times.KEPT_UNTIL)


def _read(text: str) -> datetime | None:
    try:
        return times.read_tag(text)
    except ValueError:
        return None
