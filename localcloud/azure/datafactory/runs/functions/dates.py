"""Date functions. Timestamps are ISO 8601 texts, formats are .NET's."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import number, string
from localcloud.azure.datafactory.runs.values import Json

_STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
_FIELD = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|%(?=.)|(y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K)")
_MONTHS = tuple(calendar.month_name)[1:]
_DAYS = tuple(calendar.day_name)
_PLAIN: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda moment: f"{moment.year:04}",
    "yy": lambda moment: f"{moment.year % 100:02}",
    "y": lambda moment: str(moment.year % 100),
    "MMMM": lambda moment: _MONTHS[moment.month - 1],
    "MMM": lambda moment: _MONTHS[moment.month - 1][:3],
    "MM": lambda moment: f"{moment.month:02}",
    "M": lambda moment: str(moment.month),
    "dddd": lambda moment: _DAYS[moment.weekday()],
    "ddd": lambda moment: _DAYS[moment.weekday()][:3],
    "dd": lambda moment: f"{moment.day:02}",
    "d": lambda moment: str(moment.day),
    "HH": lambda moment: f"{moment.hour:02}",
    "H": lambda moment: str(moment.hour),
    "hh": lambda moment: f"{(moment.hour - 1) % 12 + 1:02}",
    "h": lambda moment: str((moment.hour - 1) % 12 + 1),
    "mm": lambda moment: f"{moment.minute:02}",
    "m": lambda moment: str(moment.minute),
    "ss": lambda moment: f"{moment.second:02}",
    "s": lambda moment: str(moment.second),
    "tt": lambda moment: "AM" if moment.hour < 12 else "PM",
    "t": lambda moment: "A" if moment.hour < 12 else "P",
    "zzz": lambda moment: "+00:00",  # every moment here is in UTC
    "zz": lambda moment: "+00",
    "z": lambda moment: "+0",
    "K": lambda moment: "Z",
}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def parse_time(value: Json) -> datetime:
    """Parse an ISO 8601 text to UTC. A text without an offset is UTC."""
    try:
        moment = datetime.fromisoformat(string("formatDateTime", value).strip())
    except ValueError:
        raise ExpressionError(f"The value '{value}' is not a valid date and time string.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_time(moment: datetime, pattern: Json = "o") -> str:
    """Format a time by a .NET standard or custom format. Raises ExpressionError for an unknown field."""
    custom = string("formatDateTime", pattern)
    custom = _STANDARD.get(custom, custom)
    return _FIELD.sub(lambda piece: _field(moment, piece), custom)


def _field(moment: datetime, piece: re.Match[str]) -> str:
    field = piece.group(1)
    if field is None:
        return piece.group(0).strip("'\"").lstrip("\\%")
    if field[0] in "fF":
        digits = f"{moment.microsecond:06}0"[: len(field)]
        return digits if field[0] == "f" else digits.rstrip("0")
    if field not in _PLAIN:
        raise ExpressionError(f"The date and time format '{field}' is not valid.")
    return _PLAIN[field](moment)


def _shifted(unit: str, sign: int = 1) -> Callable[..., str]:
    def function(value: Json, count: Json, pattern: Json = "o") -> str:
        return _plus(parse_time(value), count, unit, sign, pattern)

    return function


def _plus(moment: datetime, count: Json, unit: Json, sign: int, pattern: Json) -> str:
    amount = sign * number("addToTime", count)
    name = string("addToTime", unit).lower()
    if name in _UNITS:
        return format_time(moment + timedelta(seconds=amount * _UNITS[name]), pattern)
    if name in ("month", "year"):
        return format_time(_months_later(moment, int(amount) * (12 if name == "year" else 1)), pattern)
    raise ExpressionError(
        f"The time unit '{unit}' is not one of Second, Minute, Hour, Day, Week, Month, Year."
    )


def _months_later(moment: datetime, count: int) -> datetime:
    years, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    for day in (moment.day, 30, 29, 28):  # the last day of a shorter month
        try:
            return moment.replace(year=years, month=month + 1, day=day)
        except ValueError:
            continue
    raise ExpressionError("The date and time is out of range.")


def _start(**zero: int) -> Callable[..., str]:
    def function(value: Json, pattern: Json = "o") -> str:
        moment = parse_time(value).replace(minute=0, second=0, microsecond=0)
        return format_time(moment.replace(**zero), pattern)  # type: ignore[arg-type]

    return function


def _ticks(value: Json) -> int:
    elapsed = parse_time(value) - datetime(1, 1, 1, tzinfo=UTC)
    return ((elapsed.days * 86400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds) * 10


def of_clock(now: Callable[[], datetime]) -> dict[str, Callable[..., Json]]:
    """The functions that ask what time it is, by a clock."""
    return {
        "utcnow": lambda pattern="o": format_time(now(), pattern),
        "getfuturetime": lambda count, unit, pattern="o": _plus(now(), count, unit, 1, pattern),
        "getpasttime": lambda count, unit, pattern="o": _plus(now(), count, unit, -1, pattern),
    }


FUNCTIONS: dict[str, Callable[..., Json]] = {
    **of_clock(lambda: datetime.now(UTC)),
    "formatdatetime": lambda value, pattern="o": format_time(parse_time(value), pattern),
    "adddays": _shifted("day"),
    "addhours": _shifted("hour"),
    "addminutes": _shifted("minute"),
    "addseconds": _shifted("second"),
    "addtotime": lambda value, count, unit, pattern="o": _plus(parse_time(value), count, unit, 1, pattern),
    "subtractfromtime": lambda value, count, unit, pattern="o": _plus(
        parse_time(value), count, unit, -1, pattern
    ),
    "startofday": _start(hour=0),
    "startofhour": _start(),
    "startofmonth": _start(hour=0, day=1),
    "dayofmonth": lambda value: parse_time(value).day,
    "dayofweek": lambda value: parse_time(value).isoweekday() % 7,  # Sunday is 0
    "dayofyear": lambda value: parse_time(value).timetuple().tm_yday,
    "ticks": _ticks,
}
