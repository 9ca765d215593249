"""Operations on the account and on containers."""

from __future__ import annotations

from localcloud.azure.blob import conditions, headers, listing, xml
from localcloud.azure.blob.errors import error
from localcloud.azure.blob.visit import Visit
from localcloud.azure.core.call import Reply
from localcloud.azure.core.errors import not_implemented
from localcloud.azure.core.store import Document
from localcloud.azure.storage import containers

XML = {"content-type": "application/xml"}
LISTED_WITH = frozenset({"metadata", "copy"})


def account_information(visit: Visit) -> Reply:
    """Get Account Information."""
    properties = visit.account["properties"]
    return Reply(
        200,
        b"",
        {
            "x-ms-sku-name": visit.account["sku"]["name"],
            "x-ms-account-kind": visit.account["kind"],
            "x-ms-is-hns-enabled": str(bool(properties.get("isHnsEnabled"))).lower(),
        },
    )


def list_containers(visit: Visit) -> Reply:
    """List Containers: pages by prefix, in order of name."""
    query = visit.request.query
    include = _include(query.get("include", ""), frozenset({"metadata"}))
    prefix, marker = query.get("prefix", ""), query.get("marker", "")
    limit, start = listing.limit(query.get("maxresults")), listing.decode(marker)
    scope = containers.service_id(visit.account["id"])
    found = [
        document
        for document in visit.call.cloud.store.below(scope, containers.TYPE)
        if document["name"].startswith(prefix) and document["name"] >= start
    ]
    found.sort(key=lambda document: str(document["name"]))
    next_marker = listing.encode(found[limit]["name"]) if len(found) > limit else ""
    asked = {"Prefix": prefix, "Marker": marker, "MaxResults": query.get("maxresults", "")}
    body = xml.container_list(found[:limit], include)
    return Reply(200, xml.enumeration(_endpoint(visit), asked, body, next_marker), dict(XML))


def create_container(visit: Visit) -> Reply:
    """Create Container. Raises 409 when it exists."""
    asked = {"metadata": headers.metadata(visit.request)}
    public = visit.request.headers.get("x-ms-blob-public-access")
    containers.allow_public(visit.account, public)
    with visit.call.cloud.write_lock:
        if visit.call.cloud.store.get(visit.scope) is not None:
            raise error("ContainerAlreadyExists")
        now = visit.state.clock.tick()
        document = containers.new_container(visit.account, visit.scope, asked, now)
        visit.call.cloud.store.put(document)
    return Reply(201, b"", headers.changed(now))


def container_properties(visit: Visit) -> Reply:
    """Get Container Properties, and Get Container Metadata."""
    document = visit.document()
    _check(visit, document, write=False)
    metadata = document["properties"].get("metadata") or {}
    return Reply(
        200,
        b"",
        {
            **headers.changed(containers.ticks(document)),
            **{f"x-ms-meta-{name.lower()}": value for name, value in metadata.items()},
            "x-ms-lease-status": "unlocked",
            "x-ms-lease-state": "available",
            "x-ms-has-immutability-policy": "false",
            "x-ms-has-legal-hold": "false",
            "x-ms-immutable-storage-with-versioning-enabled": "false",
            "x-ms-default-encryption-scope": "$account-encryption-key",
            "x-ms-deny-encryption-scope-override": "false",
        },
    )


def set_container_metadata(visit: Visit) -> Reply:
    """Set Container Metadata."""
    with visit.call.cloud.write_lock:
        document = visit.document()
        _check(visit, document, write=True)
        now = visit.state.clock.tick()
        visit.call.cloud.store.put(
            containers.changed_container(document, headers.metadata(visit.request), now)
        )
    return Reply(200, b"", headers.changed(now))


def delete_container(visit: Visit) -> Reply:
    """Delete Container. Its blobs disappear at once and are removed later."""
    with visit.call.cloud.write_lock:
        _check(visit, visit.document(), write=True)
        visit.call.cloud.delete_tree(visit.scope)
    return Reply(202, b"")


def list_blobs(visit: Visit) -> Reply:
    """List Blobs: flat, or by hierarchy with a delimiter."""
    query = visit.request.query
    if "arrow" in visit.request.headers.get("accept", ""):
        raise not_implemented("List Blobs in Apache Arrow")
    include = _include(query.get("include", ""), LISTED_WITH)
    prefix, delimiter, marker = (query.get(name, "") for name in ("prefix", "delimiter", "marker"))
    limit = listing.limit(query.get("maxresults"))
    page = listing.page(visit.state.blobs, visit.container(), prefix, delimiter, marker, limit)
    asked = {
        "Prefix": prefix,
        "Marker": marker,
        "MaxResults": query.get("maxresults", ""),
        "Delimiter": delimiter,
    }
    attributes = {**_endpoint(visit), "ContainerName": visit.target.container}
    return Reply(
        200, xml.enumeration(attributes, asked, xml.blobs(page.entries, include), page.next), dict(XML)
    )


HANDLERS = {
    "Get Account Information": account_information,
    "List Containers": list_containers,
    "Create Container": create_container,
    "Get Container Properties": container_properties,
    "Get Container Metadata": container_properties,
    "Set Container Metadata": set_container_metadata,
    "Delete Container": delete_container,
    "List Blobs": list_blobs,
}


def _check(visit: Visit, document: Document, *, write: bool) -> None:
    if "x-ms-lease-id" in visit.request.headers:
        raise error("LeaseNotPresentWithContainerOperation")
    check = conditions.check_write if write else conditions.check_read
    check(visit.request.headers, containers.ticks(document))


def _include(text: str, known: frozenset[str]) -> frozenset[str]:
    asked = frozenset(part for part in text.lower().split(",") if part)
    if asked - known:
        raise not_implemented(f"listing with {', '.join(sorted(asked - known))}")
    return asked


def _endpoint(visit: Visit) -> dict[str, str]:
    return {"ServiceEndpoint": visit.account["properties"]["primaryEndpoints"]["blob"]}
