"""Queries over runs: a window of time, filters, an order, pages.

https://learn.microsoft.com/rest/api/datafactory/pipeline-runs/query-by-factory
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.datafactory.runs.store import Record

PAGE = 100

PIPELINE_FIELDS = {
    "PipelineName": "pipelineName",
    "RunStart": "runStart",
    "RunEnd": "runEnd",
    "Status": "status",
    "RunGroupId": "runGroupId",
    "LatestOnly": "isLatest",
}
ACTIVITY_FIELDS = {
    "PipelineName": "pipelineName",
    "ActivityName": "activityName",
    "ActivityType": "activityType",
    "ActivityRunStart": "activityRunStart",
    "ActivityRunEnd": "activityRunEnd",
    "Status": "status",
}
TRIGGER_FIELDS = {
    "TriggerName": "triggerName",
    "TriggerRunTimestamp": "triggerRunTimestamp",
    "Status": "status",
}
_OPERATORS: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "Equals": lambda value, wanted: value == wanted[0],
    "NotEquals": lambda value, wanted: value != wanted[0],
    "In": lambda value, wanted: value in wanted,
    "NotIn": lambda value, wanted: value not in wanted,
}


def answer(
    records: Sequence[Record],
    body: Mapping[str, Any],
    fields: Mapping[str, str],
    updated: Callable[[Record], str],
) -> dict[str, Any]:
    """The answer to a query. fields: what may be filtered and ordered by; updated: a record's last change."""
    after, before = _moment(body, "lastUpdatedAfter"), _moment(body, "lastUpdatedBefore")
    kept = [one for one in records if after <= datetime.fromisoformat(updated(one)) <= before]
    for asked in body.get("filters") or []:
        kept = _filtered(kept, asked, fields)
    for asked in reversed(body.get("orderBy") or []):
        field = _field(fields, asked.get("orderBy"))
        kept.sort(key=lambda one: str(one.get(field) or ""), reverse=asked.get("order") == "DESC")
    return _page(kept, body.get("continuationToken"))


def _moment(body: Mapping[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(body[name]))
    except (KeyError, ValueError):
        raise CloudError(400, "BadRequest", f"The query needs '{name}', an ISO 8601 time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _filtered(records: Sequence[Record], asked: Mapping[str, Any], fields: Mapping[str, str]) -> list[Record]:
    field = _field(fields, asked.get("operand"))
    operator = _OPERATORS.get(str(asked.get("operator")))
    wanted = [str(value).lower() for value in asked.get("values") or []]
    if operator is None or not wanted:
        raise CloudError(400, "BadRequest", f"The filter on '{asked.get('operand')}' is not valid.")
    return [one for one in records if operator(str(one.get(field) or "").lower(), wanted)]


def _field(fields: Mapping[str, str], name: object) -> str:
    if str(name) not in fields:
        raise not_implemented(f"queries by '{name}'")
    return fields[str(name)]


def _page(records: Sequence[Record], token: object) -> dict[str, Any]:
    if token and not str(token).isdigit():
        raise CloudError(400, "BadRequest", f"The continuation token '{token}' is not valid.")
    start = int(str(token or 0))
    page: dict[str, Any] = {"value": list(records[start : start + PAGE])}
    if start + PAGE < len(records):
        page["continuationToken"] = str(start + PAGE)
    return page
