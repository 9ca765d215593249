"""Tags of any resource as a resource of their own, `{scope}/providers/Microsoft.Resources/tags/default`."""

from __future__ import annotations

from localcloud.azure.core import tags
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError, not_found
from localcloud.azure.core.store import Document
from localcloud.azure.resources.versions import GROUPS

TAGS_TYPE = "Microsoft.Resources/tags"
SUFFIX = "/providers/microsoft.resources/tags/"


def register(cloud: Cloud) -> None:
    """Add the tags of a scope."""
    cloud.add(
        ResourceType(
            TAGS_TYPE, GROUPS, name="default", put=put, patch=patch, get=get, delete=delete, extension=True
        )
    )


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """The tags as they are."""
    return _shown(resource_id, _target(call, resource_id))


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Replace all tags."""
    return _change(call, resource_id, _sent(call))


def patch(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Merge, Replace or Delete, as the body's `operation` says."""
    operation = str(call.request.json().get("operation", "")).lower()
    sent, present = _sent(call), _target(call, resource_id).get("tags") or {}
    if operation == "merge":
        names = {name.lower() for name in sent}
        kept = {name: value for name, value in present.items() if name.lower() not in names}
        return _change(call, resource_id, {**kept, **sent})
    if operation == "delete":
        gone = {(name.lower(), value) for name, value in sent.items()}
        kept = {name: value for name, value in present.items() if (name.lower(), value) not in gone}
        return _change(call, resource_id, kept)
    if operation == "replace":
        return _change(call, resource_id, sent)
    raise CloudError(400, "InvalidTagsOperation", "The operation must be one of Merge, Replace, Delete.")


def delete(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Remove all tags."""
    _change(call, resource_id, {})
    return Reply(200)


def _sent(call: Call) -> dict[str, str]:
    sent = (call.request.json().get("properties") or {}).get("tags") or {}
    tags.check(sent)
    return dict(sent)


def _target(call: Call, resource_id: str) -> Document:
    scope = resource_id[: resource_id.lower().rindex(SUFFIX)]
    target = call.cloud.store.get(scope)
    if target is None:
        raise not_found(scope)
    return target


def _change(call: Call, resource_id: str, changed: dict[str, str]) -> Reply:
    target = _target(call, resource_id)
    tags.check(changed)
    target["tags"] = changed
    call.cloud.store.put(target)
    return _shown(resource_id, target)


def _shown(resource_id: str, target: Document) -> Reply:
    shown = {
        "id": resource_id,
        "name": "default",
        "type": TAGS_TYPE,
        "properties": {"tags": target.get("tags") or {}},
    }
    return Reply(200, shown)
