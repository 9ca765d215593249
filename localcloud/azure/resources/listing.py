"""The list of resources of a subscription or a group. It only nominates: a resource's own GET decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from localcloud.azure.core import paging
from localcloud.azure.core.arm import readable, summary
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.filters import invalid, parse
from localcloud.azure.core.store import Document, key
from localcloud.azure.resources.groups import tagged
from localcloud.azure.resources.versions import GROUPS

FROZEN = "resources-as-listed.json"
"""In the state's folder, while the list lags: what it names."""

TAG_FILTERS = frozenset({"tagname", "tagvalue"})
FIELD_FILTERS: dict[str, Callable[[Document], str]] = {
    "resourcetype": lambda document: str(document["type"]),
    "name": lambda document: str(document["name"]),
    "location": lambda document: str(document.get("location", "")),
    "resourcegroup": lambda document: str(document["id"]).split("/")[4],
}


def register(cloud: Cloud) -> None:
    """Add both lists."""
    cloud.add_operation(
        "GET", "/subscriptions/{subscription}/resources", in_subscription, api_versions=GROUPS
    )
    path = "/subscriptions/{subscription}/resourceGroups/{group}/resources"
    cloud.add_operation("GET", path, in_group, api_versions=GROUPS)


def in_subscription(call: Call) -> Reply:
    """GET /subscriptions/{id}/resources."""
    return _answer(call, f"/subscriptions/{call.params['subscription']}")


def in_group(call: Call) -> Reply:
    """GET /subscriptions/{id}/resourceGroups/{name}/resources."""
    scope = f"/subscriptions/{call.params['subscription']}/resourceGroups/{call.params['group']}"
    if call.cloud.store.get(scope) is None:
        call.authorize(scope, action="Microsoft.Resources/subscriptions/resourceGroups/resources/read")
        text = f"Resource group '{call.params['group']}' could not be found."
        raise CloudError(404, "ResourceGroupNotFound", text)
    return _answer(call, scope)


def _answer(call: Call, scope: str) -> Reply:
    terms = parse(call.request.query.get("$filter"), TAG_FILTERS | frozenset(FIELD_FILTERS))
    _check_filter(terms, call.request.query.get("$filter", ""))
    tracked = {row.type.lower() for row in call.cloud.routes.types() if row.is_tracked}
    found = (one for one in _there(call, scope) if one["type"].lower() in tracked)
    matching = (one for one in found if tagged(one, terms) and _fields_match(one, terms))
    return paging.page(call, [_shown(one, terms) for one in readable(call, scope, matching)])


def _there(call: Call, scope: str) -> Iterable[Document]:
    """What lies below a scope, or lay there when `admin.lagging` began: the real list is a cache."""
    frozen = call.cloud.folder / FROZEN
    if not frozen.exists():
        return call.cloud.store.below(scope)
    start = f"{key(scope)}/"
    return [one for one in json.loads(frozen.read_text()) if key(one["id"]).startswith(start)]


def _check_filter(terms: dict[str, str], text: str) -> None:
    """A filter by tag takes no other condition beside it, and a value needs a name."""
    by_tag = TAG_FILTERS & terms.keys()
    if by_tag and (len(by_tag) < len(terms) or "tagname" not in terms):
        raise invalid(text)


def _fields_match(document: Document, terms: dict[str, str]) -> bool:
    checks = ((FIELD_FILTERS[name], value) for name, value in terms.items() if name in FIELD_FILTERS)
    return all(field(document).lower() == value.lower() for field, value in checks)


def _shown(document: Document, terms: dict[str, str]) -> Document:
    """Without properties; and, as documented for `Resources - List`, without tags when filtered by tag."""
    shown = summary(document)
    if "tagname" in terms:
        shown.pop("tags", None)
    return shown
