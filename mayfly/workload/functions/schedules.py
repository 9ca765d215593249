"""When a function runs by itself: the expressions of EventBridge Scheduler.

Source: EventBridge Scheduler User Guide, "Schedule types".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mayfly.settings.refused import Refused, shown, text

SCHEDULE = "cron(0 6 * * ? *), rate(1 hours) or at(2026-11-21T04:46:00); times are UTC"
CRON = "cron(minutes hours day-of-month month day-of-week year), six fields, such as cron(0 6 * * ? *)"

_EXPRESSION = re.compile(r"(?P<kind>cron|rate|at)\((?P<inside>[^()]*)\)")
_RATE = re.compile(r"[1-9][0-9]{0,8} (minutes?|hours?|days?)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class _Field:
    """One field of a cron expression.

    own: what it takes besides *, lists, ranges and steps. either: whether it may be left to another (`?`).
    """

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    own: str = r"(?!)"
    either: bool = False

    @property
    def allowed(self) -> str:
        names = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.least} to {self.most}{names}, with , - * and /"

    def takes(self, part: str) -> bool:
        """Whether it takes one part of a list: `*`, `5`, `1-5`, `0/15`, `MON`, `L`."""
        if re.fullmatch(self.own, part, re.IGNORECASE):
            return True
        whole, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step) > 0):
            return False
        first, dash, last = whole.partition("-")
        return (whole == "*") or (self._one(first) and (not dash or self._one(last)))

    def _one(self, value: str) -> bool:
        if value.upper() in self.names:
            return True
        return value.isascii() and value.isdecimal() and self.least <= int(value) <= self.most


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day-of-month", 1, 31, own=r"LW?|([12]?[0-9]|3[01])W", either=True),
    _Field("month", 1, 12, _MONTHS),
    _Field("day-of-week", 1, 7, _DAYS, own=r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])", either=True),
    _Field("year", 1970, 2199),
)


def schedule(value: object) -> str:
    """Return a schedule's expression. Raises Refused with the part of it that is wrong."""
    found = text(value, SCHEDULE)
    matched = _EXPRESSION.fullmatch(found)
    if matched is None:
        raise Refused(f"{shown(found)} is not a schedule", SCHEDULE)
    _CHECKS[matched["kind"]](found, matched["inside"])
    return found


def _rate(found: str, inside: str) -> None:
    if not _RATE.fullmatch(inside):
        raise Refused(f"{shown(found)} is not a rate", "rate(<number> minutes), hours or days")


def _at(found: str, inside: str) -> None:
    try:
        datetime.strptime(inside, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise Refused(f"{shown(found)} is not a time", "at(yyyy-mm-ddThh:mm:ss)") from None


def _cron(found: str, inside: str) -> None:
    given = inside.split()
    if len(given) != len(_FIELDS):
        raise Refused(f"{shown(found)} has {len(given)} fields", CRON)
    for field, value in zip(_FIELDS, given, strict=True):
        if not (field.either and value == "?") and not all(map(field.takes, value.split(","))):
            raise Refused(f"{shown(found)}: the {field.name} {shown(value)} are not known", field.allowed)
    if (given[2] == "?") == (given[4] == "?"):
        fix = "one of them says when, the other is ?, such as cron(0 6 * * ? *)"
        raise Refused(f"{shown(found)}: day-of-month and day-of-week are {given[2]} and {given[4]}", fix)


_CHECKS = {"cron": _cron, "rate": _rate, "at": _at}
