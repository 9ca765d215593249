"""Lists in pages: `$top` sets the size of a page, `nextLink` leads to the next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call
from localcloud.azure.core.errors import CloudError

PAGE = 1000
"""How many items Resource Manager gives at once when it is not told."""


def page(call: Call, items: Iterable[dict[str, Any]], size: int = PAGE) -> Reply:
    """One page of `items`: `$top` and `$skiptoken` are read from the call; size: the default and the most."""
    everything = list(items)
    start, wanted = _start(call), min(_top(call, size), size)
    body: dict[str, Any] = {"value": everything[start : start + wanted]}
    if start + wanted < len(everything):
        body["nextLink"] = _link(call, start + wanted)
    return Reply(200, body)


def _top(call: Call, default: int) -> int:
    text = call.request.query.get("$top", str(default))
    if not text.isdigit() or int(text) < 1:
        raise CloudError(
            400, "InvalidTopQueryParameter", f"Invalid $top '{text}' specified in the query string."
        )
    return int(text)


def _start(call: Call) -> int:
    token = call.request.query.get("$skiptoken", "")
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode() or "0") if token else 0
    except (ValueError, binascii.Error):
        raise CloudError(
            400, "InvalidSkipToken", f"Invalid $skiptoken '{token}' in the query string."
        ) from None


def _link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(str(start).encode()).decode()
    query = urlencode({**call.request.query, "$skiptoken": token})
    return f"{call.cloud.arm_url}{quote(call.request.path)}?{query}"
