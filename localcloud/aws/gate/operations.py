"""The operation of a request to a REST service, by AWS's own service model.

MiniStack believes an `?Action=` or a target header, which these services do not have, so a PUT could pass for
a read. It also takes some paths for another operation's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from localcloud.aws.gate import emulator

REST = ("s3", "lambda", "scheduler", "resource-groups")
"""The REST services that are served."""

NAMES = {
    "tagging": "resourcegroupstaggingapi",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
}
"""Services that botocore has under another name than MiniStack."""


@dataclass(frozen=True)
class _Route:
    """query: parameters that the request must have, with the value where the model gives one."""

    name: str
    path: re.Pattern[str]
    query: Mapping[str, str | None]
    headers: frozenset[str]

    @property
    def weight(self) -> int:
        return len(self.query) + len(self.headers)

    def matches(self, path: str, query: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
        return (
            self.path.fullmatch(path) is not None
            and all(name in query and _is(query[name], value) for name, value in self.query.items())
            and all(name in headers for name in self.headers)
        )


def operation(
    service: str, method: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str]
) -> str | None:
    """The operation's name, such as PutObject; None when there is no such. service: one of `REST`.

    None as well for a request with two sub-resources (`?select&uploads`): IAM could be asked about one, and
    the other be done.
    """
    found = [route for route in _routes(service, method) if route.matches(path, query, headers)]
    best = max(found, key=lambda route: route.weight, default=None)
    named = sub_resources(service).intersection(query)
    return best.name if best and named <= best.query.keys() else None


@cache
def model(service: str) -> Any:
    """AWS's model of a service. service: as MiniStack names it."""
    return emulator.loaders.Loader().load_service_model(NAMES.get(service, service), "service-2")


@cache
def _routes(service: str, method: str) -> list[_Route]:
    found = model(service)
    # A deprecated one has the same address as what took its place.
    return [
        _route(name, each, found["shapes"])
        for name, each in found["operations"].items()
        if each["http"]["method"] == method and not each.get("deprecated")
    ]


@cache
def sub_resources(service: str) -> frozenset[str]:
    """Query parameters that select another operation than the method and path do."""
    uris = (each["http"]["requestUri"] for each in model(service)["operations"].values())
    return frozenset(name for uri in uris for name, _ in parse_qsl(uri.partition("?")[2], True)) - {"x-id"}


def _route(name: str, operation: dict[str, Any], shapes: dict[str, Any]) -> _Route:
    path, _, literal = operation["http"]["requestUri"].partition("?")
    query: dict[str, str | None] = {
        key: value or None for key, value in parse_qsl(literal, keep_blank_values=True) if key != "x-id"
    }
    headers = set()
    shape = shapes.get(operation.get("input", {}).get("shape"), {})
    for member in shape.get("required", ()):
        where = shape["members"][member]
        if where.get("location") == "querystring":
            query.setdefault(where["locationName"], None)
        elif where.get("location") == "header":
            headers.add(where["locationName"].lower())
    return _Route(name, _pattern(path), query, frozenset(headers))


def _pattern(path: str) -> re.Pattern[str]:
    """`/{Bucket}/{Key+}`: a name in braces is one segment, and with a plus all that follow."""
    parts = re.split(r"(\{[^}]+\})", path.rstrip("/") or "/")
    expressions = [
        re.escape(part) if not part.startswith("{") else ".+" if part.endswith(("+}", "Arn}")) else "[^/]+"
        for part in parts
    ]
    # A function or a tagged resource may be named by its ARN, whose slashes arrive decoded.
    text = "".join(expressions).replace("/tags/[^/]+", "/tags/.+")
    return re.compile(text if path.endswith("+}") else text.rstrip("/") + "/?", re.DOTALL)


def _is(given: Any, wanted: str | None) -> bool:
    if wanted is None:
        return True
    return bool((given[0] if isinstance(given, list) else given) == wanted)
