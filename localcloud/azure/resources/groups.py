"""Resource groups: the unit of teardown. A delete is accepted at once and takes its time."""

from __future__ import annotations

from localcloud.azure.core import paging, quotas
from localcloud.azure.core.arm import readable
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.deletions import retry_after
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.filters import parse
from localcloud.azure.core.ids import GROUP_TYPE, subscription_of
from localcloud.azure.core.quotas import Quota
from localcloud.azure.core.store import Document
from localcloud.azure.resources.locations import LOCATIONS
from localcloud.azure.resources.versions import GROUPS

SHOWN_TYPE = "Microsoft.Resources/resourceGroups"
FILTERS = frozenset({"tagname", "tagvalue"})


def register(cloud: Cloud) -> None:
    """Add resource groups and the polling of their deletion."""
    cloud.add(
        ResourceType(
            GROUP_TYPE, GROUPS, name=r"[-\w.()]{0,89}[-\w()]", bad_name="InvalidResourceGroup", tracked=False,
            put=put, patch=patch, get=get, delete=delete, list=list_groups, list_authorizes=True,
        )
    )  # fmt: skip
    cloud.add_operation(
        "GET", "/subscriptions/{subscription}/operationresults/{operation}", poll, api_versions=GROUPS
    )


def put(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Create (201) or update (200). Another location is a conflict."""
    body = call.request.json()
    location = _location(body.get("location"))
    name = resource_id.rsplit("/", 1)[1]
    _refuse_deleting(call, resource_id, name)
    if existing and existing["location"] != location:
        text = f"Invalid resource group location '{location}'. The Resource group already exists in location "
        raise CloudError(409, "InvalidResourceGroupLocation", f"{text}'{existing['location']}'.")
    subscription = subscription_of(resource_id) or ""
    if existing is None and quotas.is_full(call.cloud.store, Quota.GROUPS, subscription):
        most = quotas.limit(call.cloud.store, Quota.GROUPS)
        text = f"Creating the resource group of name '{name}' would exceed the quota of '{most}'."
        raise CloudError(409, "ResourceGroupQuotaExceeded", text)
    document = {
        "id": resource_id, "name": name, "type": GROUP_TYPE, "location": location,
        "tags": body.get("tags") or {}, "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip
    if managed_by := body.get("managedBy") or (existing or {}).get("managedBy"):
        document["managedBy"] = managed_by
    call.cloud.store.put(document)
    return Reply(200 if existing else 201, shown(document))


def patch(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Update the tags: those sent replace those there."""
    if existing is None:
        raise missing(resource_id)
    _refuse_deleting(call, resource_id, existing["name"])
    body = call.request.json()
    if "tags" in body:
        existing["tags"] = body["tags"] or {}
    return Reply(200, shown(call.cloud.store.put(existing)))


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """The group, also while it is being deleted."""
    if existing is None:
        raise missing(resource_id)
    return Reply(200, shown(existing))


def delete(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Accept the deletion: 202 with where to ask for its end. Absent is 404, as in the real one.

    The caller needs the delete of all that lies in it as well ("Azure Resource Manager resource group and
    resource deletion", required access). The real one may find that out later; here it is said at once.
    """
    if existing is None:
        raise missing(resource_id)
    tracked = {row.type.lower() for row in call.cloud.routes.types() if row.is_tracked}
    for inside in call.cloud.store.below(resource_id):
        if inside["type"].lower() in tracked:
            call.authorize(inside["id"], action=f"{inside['type']}/delete")
    operation = call.cloud.deletions.begin(existing)
    return _accepted(call, resource_id.split("/")[2], operation, call.cloud.deletions.delay)


def poll(call: Call) -> Reply:
    """202 until the group is gone, then 200. Holding the operation's address is enough to ask."""
    operation = call.params["operation"]
    if not call.cloud.deletions.known(operation):
        raise CloudError(404, "OperationNotFound", f"The operation '{operation}' was not found.")
    remaining = call.cloud.deletions.remaining(operation)
    return (
        Reply(200)
        if remaining is None
        else _accepted(call, call.params["subscription"], operation, remaining)
    )


def list_groups(call: Call, scope: str) -> Reply:
    """The groups of a subscription that the caller may read; `$filter` by tag."""
    wanted = parse(call.request.query.get("$filter"), FILTERS)
    there = call.cloud.store.below(scope, GROUP_TYPE, holding=wanted.get("tagvalue"))
    groups = readable(call, scope, there)
    return paging.page(call, [shown(group) for group in groups if tagged(group, wanted)])


def tagged(document: Document, wanted: dict[str, str]) -> bool:
    """Whether a resource has the tag: names without regard to case, values as they are."""
    if "tagname" not in wanted:
        return "tagvalue" not in wanted
    tags = {name.lower(): value for name, value in (document.get("tags") or {}).items()}
    value = tags.get(wanted["tagname"].lower())
    return value is not None and wanted.get("tagvalue", value) == value


def missing(resource_id: str) -> CloudError:
    """404 for a group."""
    name = resource_id.rsplit("/", 1)[1]
    return CloudError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def shown(document: Document) -> Document:
    """The group as it is answered: its type is written shorter than its id would have it."""
    return {**document, "type": SHOWN_TYPE}


def _location(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise CloudError(400, "LocationRequired", "The location property is required for this definition.")
    location = value.lower().replace(" ", "")
    if location not in LOCATIONS:
        text = (
            f"The provided location '{value}' is not available for resource group. List of available "
            f"regions is "
        )
        names = ",".join(sorted(LOCATIONS))
        raise CloudError(400, "LocationNotAvailableForResourceGroup", f"{text}'{names}'.")
    return location


def _refuse_deleting(call: Call, resource_id: str, name: str) -> None:
    if call.cloud.deletions.pending(resource_id):
        text = f"The resource group '{name}' is in deprovisioning state and cannot perform this operation."
        raise CloudError(409, "ResourceGroupBeingDeleted", text)


def _accepted(call: Call, subscription: str, operation: str, remaining: float) -> Reply:
    version = call.request.query["api-version"]
    location = (
        f""
        f"{call.cloud.arm_url}/subscriptions/{subscription}/operationresults/{operation}?api-version={version}"
    )
    return Reply(202, None, {"location": location, "retry-after": str(retry_after(remaining))})
