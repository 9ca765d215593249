"""The windows of a tumbling window trigger.

https://learn.microsoft.com/azure/data-factory/how-to-create-tumbling-window-trigger
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.azure.datafactory.firing.recurrence import InvalidRecurrence
from localcloud.azure.datafactory.runs.errors import ActivityError
from localcloud.azure.datafactory.runs.stop import seconds

SHORTEST, MOST_AT_ONCE = timedelta(minutes=5), 50
_LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


@dataclass(frozen=True)
class Windows:
    """Windows of one length after the other. retries, pause: of a window whose run failed; seconds."""

    start: datetime
    length: timedelta
    end: datetime | None
    delay: timedelta
    at_once: int
    retries: int
    pause: float

    def window(self, number: int) -> tuple[datetime, datetime]:
        """Start and end of a window."""
        begin = self.start + number * self.length
        return begin, begin + self.length

    def due(self, number: int, now: datetime) -> bool:
        """Whether a window has ended, and the delay after it. None ends after the trigger does."""
        _, finish = self.window(number)
        return (self.end is None or finish <= self.end) and finish + self.delay <= now


def parse(properties: Mapping[str, Any]) -> Windows:
    """Read a trigger's `typeProperties`. Raises InvalidRecurrence."""
    if properties.get("dependsOn"):
        raise InvalidRecurrence("the local Azure does not implement 'dependsOn' of a tumbling window trigger")
    unit = _LENGTHS.get(str(properties.get("frequency")).lower())
    if unit is None:
        raise InvalidRecurrence(
            f"the local Azure knows the frequencies Minute and Hour, not '{properties.get('frequency')}'"
        )
    length = unit * _integer(properties, "interval", 1, 1_000_000)
    if length < SHORTEST:
        raise InvalidRecurrence("a window is at least 5 minutes long")
    policy = properties.get("retryPolicy") or {}
    end = properties.get("endTime")
    return Windows(
        _moment(properties.get("startTime")),
        length,
        _moment(end) if end else None,
        _length(properties.get("delay")),
        _integer(properties, "maxConcurrency", 1, MOST_AT_ONCE),
        _integer({"count": 0, **policy}, "count", 0, 1000),
        float(_integer({"intervalInSeconds": 30, **policy}, "intervalInSeconds", 1, 86400)),
    )


def _integer(properties: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = properties.get(name)
    try:
        number = int(str(value))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise InvalidRecurrence(f"'{name}' is '{value}', and not an integer from {least} to {most}")
    return number


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidRecurrence(f"the time '{value}' is not in ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _length(value: object) -> timedelta:
    try:
        return timedelta(seconds=seconds(value) if value else 0)
    except ActivityError as error:
        raise InvalidRecurrence(error.message) from None
