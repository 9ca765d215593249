"""Resource Groups: pages of more than 50 groups, and the tagging API names groups. MiniStack has neither.

Sources: API reference of Resource Groups, "ListGroups", whose token and maximum are in the query; Tagging AWS
Resources and Tag Editor User Guide, "Services that support the Resource Groups Tagging API".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localcloud.aws.gate import emulator

SERVICE = "resource-groups"
IN_QUERY = {"nextToken": "NextToken", "maxResults": "MaxResults"}
"""As the query of ListGroups and its like spells it → as MiniStack looks for it, in the body."""


def install() -> None:
    """Put it before MiniStack's service, and add groups to what GetResources collects."""
    handlers = emulator.app.SERVICE_HANDLERS
    handlers[SERVICE] = _paged(handlers[SERVICE])
    emulator.tagging._COLLECTORS[SERVICE] = _groups


def _paged(handle: Any) -> Any:
    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        given = {IN_QUERY[name]: _one(value) for name, value in query.items() if name in IN_QUERY}
        if given and method == "POST":
            body = json.dumps({**json.loads(body or b"{}"), **given}).encode()
        return await handle(method, path, headers, body, query)

    return handle_request


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _groups() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    tags = emulator.resource_groups._group_tags
    for name, group in emulator.resource_groups._groups.items():
        found = tags.get(name) or {}
        yield group["GroupArn"], [{"Key": key, "Value": value} for key, value in found.items()]
