"""Date functions. Timestamps are texts, formats are .NET's, of the culture en-US."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import number, string
from localcloud.azure.datafactory.runs.values import Json
from localcloud.azure.datafactory.timezones import zone

_STANDARD = {
    "d": "M/d/yyyy",
    "D": "dddd, MMMM d, yyyy",
    "f": "dddd, MMMM d, yyyy h:mm tt",
    "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt",
    "m": "MMMM d",
    "M": "MMMM d",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "h:mm tt",
    "T": "h:mm:ss tt",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "U": "dddd, MMMM d, yyyy h:mm:ss tt",
    "y": "MMMM yyyy",
    "Y": "MMMM yyyy",
}
_FIELD = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|%(?=.)|(y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K)")
_TIME = r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.(?P<f>\d{1,7})\d*)?)?"
_FORMS = (
    re.compile(
        r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"
        rf"(?:(?:T| +){_TIME}\s*(?P<z>Z|[+-]\d\d:?\d\d)?)?"
    ),
    re.compile(rf"(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}})(?: +{_TIME}(?: *(?P<half>[AaPp][Mm]))?)?"),
    re.compile(
        rf"[A-Za-z]{{3}}, (?P<d>\d{{1,2}}) (?P<month>[A-Za-z]{{3}}) (?P<y>\d{{4}}) {_TIME} (?P<z>GMT)"
    ),
)
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
    "zzz": lambda moment: "+00:00",  # the service's own machines are in UTC
    "zz": lambda moment: "+00",
    "z": lambda moment: "+0",
}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


@dataclass(frozen=True)
class Moment:
    """A time. when: to the microsecond, without an offset. tick: its seventh decimal. utc: whether it is UTC.

    What was written without an offset is of no zone, and is written without one again.
    """

    when: datetime
    tick: int
    utc: bool


def parse_time(value: Json) -> Moment:
    """Parse a text: ISO 8601, month/day/year, or that of HTTP. An offset makes it UTC."""
    written = string("formatDateTime", value).strip()
    for form in _FORMS:
        if match := form.fullmatch(written):
            try:
                return _moment(match.groupdict())
            except (ValueError, OverflowError):
                break
    raise ExpressionError(f"The value '{value}' is not a valid date and time string.")


def utc(value: Json) -> datetime:
    """Parse a text to a time in UTC. One without an offset is taken for UTC."""
    return parse_time(value).when.replace(tzinfo=UTC)


def _moment(said: dict[str, str | None]) -> Moment:
    named = said.get("month")
    shorts = [name[:3].lower() for name in _MONTHS]
    month = shorts.index(named.lower()) + 1 if named else int(said["m"] or 0)
    hour, half = int(said["H"] or 0), (said.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "pm" else 0)
    decimals = (said["f"] or "").ljust(7, "0")
    when = datetime(
        int(said["y"] or 0), month, int(said["d"] or 0), hour, int(said["M"] or 0), int(said["S"] or 0),
        int(decimals[:6]),
    )  # fmt: skip
    offset = said.get("z")
    if offset and offset not in ("Z", "GMT"):
        sign, digits = (-1 if offset[0] == "-" else 1), offset[1:].replace(":", "")
        when -= sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return Moment(when, int(decimals[6]), bool(offset))


def format_time(moment: Moment, pattern: Json = "o") -> str:
    """Format a time by a .NET standard or custom format. Raises ExpressionError for an unknown field."""
    custom = string("formatDateTime", pattern)
    custom = _STANDARD.get(custom, custom)
    return _FIELD.sub(lambda piece: _field(moment, piece), custom)


def _field(moment: Moment, piece: re.Match[str]) -> str:
    field = piece.group(1)
    if field is None:
        return piece.group(0).strip("'\"").lstrip("\\%")
    if field[0] in "fF" and len(field) <= 7:
        digits = f"{moment.when.microsecond:06}{moment.tick}"[: len(field)]
        return digits if field[0] == "f" else digits.rstrip("0")
    if field == "K":
        return "Z" if moment.utc else ""
    if field not in _PLAIN:
        raise ExpressionError(f"The date and time format '{field}' is not valid.")
    return _PLAIN[field](moment.when)


def _shifted(unit: str, sign: int = 1) -> Callable[..., str]:
    def function(value: Json, count: Json, pattern: Json = "o") -> str:
        return _plus(parse_time(value), count, unit, sign, pattern)

    return function


def _plus(moment: Moment, count: Json, unit: Json, sign: int, pattern: Json) -> str:
    amount = sign * number("addToTime", count)
    name = string("addToTime", unit).lower()
    try:
        if name in _UNITS:
            later = moment.when + timedelta(seconds=amount * _UNITS[name])
        elif name in ("month", "year"):
            later = _months_later(moment.when, int(amount) * (12 if name == "year" else 1))
        else:
            raise ExpressionError(
                f"The time unit '{unit}' is not one of Second, Minute, Hour, Day, Week, Month, Year."
            )
    except (OverflowError, ValueError):
        raise ExpressionError("The date and time is out of range.") from None
    return format_time(replace(moment, when=later), pattern)


def _months_later(moment: datetime, count: int) -> datetime:
    years, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return moment.replace(year=years, month=month + 1, day=min(moment.day, last))


def _start(**zero: int) -> Callable[..., str]:
    def function(value: Json, pattern: Json = "o") -> str:
        moment = parse_time(value)
        begun = moment.when.replace(minute=0, second=0, microsecond=0).replace(**zero)  # type: ignore[arg-type]
        return format_time(Moment(begun, 0, moment.utc), pattern)

    return function


def _ticks(value: Json) -> int:
    moment = parse_time(value)
    elapsed = moment.when - datetime(1, 1, 1)
    return ((elapsed.days * 86400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds) * 10 + moment.tick


def _zone(name: Json) -> ZoneInfo:
    found = zone(string("convertTimeZone", name))
    if found is None:
        raise ExpressionError(f"The time zone id '{name}' is not valid: Windows' names are taken.")
    return found


def _converted(value: Json, source: Json, target: Json, pattern: Json) -> str:
    """A time of one zone in another. What is in UTC by its own words is of no other zone."""
    moment, begin, end = parse_time(value), _zone(source), _zone(target)
    if moment.utc and begin.key != _UTC:
        raise ExpressionError(f"The time '{value}' is in UTC, and not of the time zone '{source}'.")
    when = moment.when.replace(tzinfo=begin).astimezone(end).replace(tzinfo=None)
    return format_time(Moment(when, moment.tick, end.key == _UTC), pattern)


_UTC = "Etc/UTC"


def of_clock(now: Callable[[], datetime]) -> dict[str, Callable[..., Json]]:
    """The functions that ask what time it is, by a clock that tells it in UTC."""

    def moment() -> Moment:
        return Moment(now().astimezone(UTC).replace(tzinfo=None), 0, True)

    return {
        "utcnow": lambda pattern="o": format_time(moment(), pattern),
        "getfuturetime": lambda count, unit, pattern="o": _plus(moment(), count, unit, 1, pattern),
        "getpasttime": lambda count, unit, pattern="o": _plus(moment(), count, unit, -1, pattern),
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
    "convertfromutc": lambda value, target, pattern="o": _converted(value, "UTC", target, pattern),
    "converttimezone": lambda value, source, target, pattern="o": _converted(value, source, target, pattern),
    "converttoutc": lambda value, source, pattern="o": _converted(value, source, "UTC", pattern),
    "startofday": _start(hour=0),
    "startofhour": _start(),
    "startofmonth": _start(hour=0, day=1),
    "dayofmonth": lambda value: parse_time(value).when.day,
    "dayofweek": lambda value: parse_time(value).when.isoweekday() % 7,  # Sunday is 0
    "dayofyear": lambda value: parse_time(value).when.timetuple().tm_yday,
    "ticks": _ticks,
}
