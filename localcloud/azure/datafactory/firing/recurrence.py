"""When a schedule trigger is due.

https://learn.microsoft.com/azure/data-factory/concepts-pipeline-execution-triggers
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from localcloud.azure.datafactory.timezones import zone

FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")
_DAYS = tuple(name.lower() for name in calendar.day_name)
_LENGTHS = {"Minute": timedelta(minutes=1), "Hour": timedelta(hours=1)}
LAST = date(9998, 1, 1)


class InvalidRecurrence(Exception):
    """A recurrence that the service refuses, with the reason."""


@dataclass(frozen=True)
class Recurrence:
    """A recurrence. start, end: local times of `zone`, without an offset; a trigger is due up to `end`."""

    frequency: str
    interval: int
    start: datetime
    end: datetime | None
    zone: ZoneInfo
    schedule: Mapping[str, Any]

    def after(self, moment: datetime) -> datetime | None:
        """The first time it is due after a moment, in UTC; None when there is none."""
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        for due in self._times(max(local, self.start)):
            if self.end is not None and due > self.end:
                return None
            shown = due.replace(tzinfo=self.zone).astimezone(UTC)
            if shown > moment:
                return shown
        return None

    def _times(self, begin: datetime) -> Iterator[datetime]:
        """Local times it is due, in their order, from shortly before `begin` on."""
        if self.frequency in _LENGTHS and not self.schedule:
            yield from self._steady(begin)
            return
        day = max(self.start.date(), begin.date() - timedelta(days=1))
        while day < LAST:
            if self._on(day):
                yield from (due for due in self._within(day) if due >= self.start)
            day += timedelta(days=1)

    def _steady(self, begin: datetime) -> Iterator[datetime]:
        step = _LENGTHS[self.frequency] * self.interval
        due = self.start + max(0, (begin - self.start) // step) * step
        while due.date() < LAST:
            yield due
            due += step

    def _on(self, day: date) -> bool:
        """Whether it is due on a day."""
        first = self.start.date()
        if self.frequency == "Day":
            return (day - first).days % self.interval == 0
        if self.frequency == "Week":
            weeks = (_week(day) - _week(first)).days // 7
            days = [name.lower() for name in self.schedule.get("weekDays") or [_DAYS[first.weekday()]]]
            return weeks % self.interval == 0 and _DAYS[day.weekday()] in days
        if self.frequency == "Month":
            months = (day.year - first.year) * 12 + day.month - first.month
            return months % self.interval == 0 and self._in_month(day)
        return True

    def _in_month(self, day: date) -> bool:
        length = calendar.monthrange(day.year, day.month)[1]
        days, occurrences = self.schedule.get("monthDays"), self.schedule.get("monthlyOccurrences")
        if not days and not occurrences:
            return day.day == min(self.start.day, length)  # A shorter month has its last day instead.
        if day.day in (days or ()) or day.day - length - 1 in (days or ()):
            return True
        from_start, from_end = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        return any(
            str(one.get("day")).lower() == _DAYS[day.weekday()]
            and one.get("occurrence") in (None, from_start, from_end)
            for one in occurrences or ()
        )

    def _within(self, day: date) -> Iterator[datetime]:
        """The times of a day. Minutes without hours mean every hour; else the start's own are taken."""
        hours, minutes = self.schedule.get("hours"), self.schedule.get("minutes")
        if self.frequency == "Hour":
            begun = self.start.replace(minute=0, second=0, microsecond=0)
            passed = (datetime.combine(day, time()) - begun) // timedelta(hours=1)
            hours = [
                hour
                for hour in range(24)
                if (passed + hour) % self.interval == 0 and (not hours or hour in hours)
            ]
        elif not hours:
            hours = range(24) if minutes else [self.start.hour]
        for hour in sorted(hours):
            for minute in sorted(minutes or [self.start.minute]):
                yield datetime.combine(day, time(hour, minute, self.start.second))


def parse(properties: Mapping[str, Any]) -> Recurrence:
    """Read a trigger's `typeProperties`. Raises InvalidRecurrence."""
    said = properties.get("recurrence") or {}
    frequency = next((one for one in FREQUENCIES if one.lower() == str(said.get("frequency")).lower()), None)
    if frequency is None:
        raise InvalidRecurrence(
            f"the frequency '{said.get('frequency')}' is not one of {', '.join(FREQUENCIES)}"
        )
    interval = said.get("interval", 1)
    if isinstance(interval, bool) or not isinstance(interval, int) or not 1 <= interval <= 1000:
        raise InvalidRecurrence(f"the interval '{interval}' is not an integer from 1 to 1000")
    found = zone(str(said.get("timeZone") or "UTC"))
    if found is None:
        raise InvalidRecurrence(f"the time zone '{said.get('timeZone')}' is not known")
    if not said.get("startTime"):
        raise InvalidRecurrence("it has no startTime")
    schedule = {name: value for name, value in (said.get("schedule") or {}).items() if value}
    _check_schedule(frequency, schedule)
    end = _local(said["endTime"], found) if said.get("endTime") else None
    return Recurrence(frequency, interval, _local(said["startTime"], found), end, found, schedule)


def _check_schedule(frequency: str, schedule: Mapping[str, Any]) -> None:
    allowed = {"Hour": {"minutes", "hours"}, "Day": {"minutes", "hours"}}
    allowed["Week"] = {"minutes", "hours", "weekDays"}
    allowed["Month"] = {"minutes", "hours", "monthDays", "monthlyOccurrences"}
    wrong = sorted(set(schedule) - allowed.get(frequency, set()))
    if wrong:
        raise InvalidRecurrence(f"a schedule of the frequency {frequency} has no '{wrong[0]}'")
    for name, most in (("hours", 23), ("minutes", 59)):
        for value in schedule.get(name) or ():
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
                raise InvalidRecurrence(f"'{value}' in '{name}' is not an integer from 0 to {most}")


def _local(value: object, found: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidRecurrence(f"the time '{value}' is not in ISO 8601") from None
    return moment.astimezone(found).replace(tzinfo=None) if moment.tzinfo else moment


def _week(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)  # A week begins on Sunday.
