"""A request must name its operation and its resource once, so that IAM is asked about what is then done.

MiniStack asks IAM about `Action`, wherever it is, and then does what the target header or the body says. It
also takes a resource's name from members that the operation does not have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from localcloud.aws.gate import operations
from localcloud.aws.gate.current_request import RequestRefused

FORM = "application/x-www-form-urlencoded"


def check(service: str, headers: Mapping[str, str], body: bytes, parameters: Mapping[str, Any]) -> None:
    """Raise RequestRefused for a request that can be read as two operations. No SDK sends one.

    service: one whose requests name their operation, in a target header or as `Action`.
    parameters: of the query and of a form together.
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
        raise RequestRefused(400, "InvalidAction", "A request names its operation and its parameters once.")


def known_members(
    service: str, operation: str | None, body: bytes, parameters: Mapping[str, Any]
) -> tuple[bytes, Mapping[str, Any]]:
    """The body and the parameters, without members that the operation does not have."""
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
    """The members of an operation, by the model's names and by a request's. None if the model lacks it."""
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
