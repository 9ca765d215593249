"""What a request asks for, said once: who asks IAM and who answers have to go by the same words.

MiniStack asks IAM by `Action` wherever it stands, and then does what the target header or the body says; and
takes a resource's name from whatever member has one, also if the operation knows no such member.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from localcloud.aws.gate import operations
from localcloud.aws.gate.noted import Refused

FORM = "application/x-www-form-urlencoded"


def once(service: str, headers: Mapping[str, str], body: bytes, parameters: Mapping[str, Any]) -> None:
    """Raise Refused for a request that could be taken for two operations, as no SDK sends one.

    service: one whose requests name their operation, in a target header or as `Action`. parameters: of the
    query and of a form together.
    """
    kind, named = headers.get("content-type", ""), "Action" in parameters
    if "x-amz-target" in headers:
        clear = _speaks_json(service) and "amz-json" in kind and not named
    elif kind.startswith(FORM):
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        clear = all(parameters.get(name) == value for name, value in form.items())
    else:
        clear = not (body and named)
    if not clear:
        raise Refused(400, "InvalidAction", "A request names its operation and its parameters once.")


def only(
    service: str, operation: str | None, body: bytes, parameters: Mapping[str, Any]
) -> tuple[bytes, Mapping[str, Any]]:
    """The body and the parameters without what the operation has no member for, which says nothing of it."""
    known = _members(service, operation) if operation and service != "s3" else None
    if known is None:
        return body, parameters
    kept = {name: value for name, value in parameters.items() if name.partition(".")[0] in known}
    content = _json(body)
    if content is None:
        return body, kept
    return json.dumps({name: value for name, value in content.items() if name in known}).encode(), kept


@cache
def _members(service: str, operation: str) -> frozenset[str] | None:
    """The operation's own, by the model's names and by a request's; None of one that is not in the model."""
    model = operations.model(service)
    if operation not in model["operations"]:
        return None
    shape = model["shapes"].get(model["operations"][operation].get("input", {}).get("shape"), {})
    members = shape.get("members", {})
    sent = {each["locationName"] for each in members.values() if "locationName" in each}
    return frozenset({"Action", "Version", *members, *sent})


def _speaks_json(service: str) -> bool:
    metadata = operations.model(service)["metadata"]
    return "json" in (metadata["protocol"], *metadata.get("protocols", ()))


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
