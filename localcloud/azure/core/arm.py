"""Resource Manager: the checks before a handler, and the default handlers.

The order is the cloud's own: the api-version, the subscription, the caller's role, the parents, a group that
is being deleted, locks, the name, and then the resource provider. A caller without the role gets 403, as on
Azure; only a caller with the role gets 501 for what is not implemented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from localcloud.azure.core import paging, tags
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Operation, ResourceType
from localcloud.azure.core.errors import CloudError, not_found, not_implemented
from localcloud.azure.core.ids import GROUP_TYPE, SUBSCRIPTION_TYPE, Node, ParsedPath, parse
from localcloud.azure.core.locks import LOCK_TYPE
from localcloud.azure.core.store import Document

UNREGISTERED = "Microsoft.Resources/subscriptions/unregistered"
"""The stored type of a namespace that a subscription is not registered for."""

ALWAYS = frozenset({"microsoft.authorization", "microsoft.management", "microsoft.resources"})
"""Namespaces that every subscription is registered for."""

VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def answer(call: Call) -> Reply:
    """Answer one request of the control plane."""
    parsed = parse(call.request.path)
    if call.request.method in ("GET", "HEAD", "POST"):
        return _answer(call, parsed)
    with call.cloud.write_lock:  # one change at a time: nothing changes between a check and its write
        return _answer(call, parsed)


def _answer(call: Call, parsed: ParsedPath) -> Reply:
    if call.operation:
        return _operate(call, call.operation, parsed)
    if parsed.chain and parsed.tail is None and parsed.namespace is None:
        return _on_resource(call, parsed)
    if call.request.method == "POST" and parsed.chain and parsed.tail and not parsed.namespace:
        return _act(call, parsed)
    if call.request.method == "GET" and parsed.collection:
        return _list(call, parsed)
    text = f"{call.request.method} {call.request.path}"
    raise _unknown(call, parsed, _action_of_tail(call.request.method, parsed), text)


def _operate(call: Call, operation: Operation, parsed: ParsedPath) -> Reply:
    if operation.api_versions is not None:
        check_api_version(call, operation.action or "the operation", operation.api_versions)
    if not operation.public:
        check_subscription(call, parsed)
    if operation.action:
        call.authorize(parsed.scope, action=operation.action)
        check_registered(call, parsed, operation.action)
    return operation.handle(call)


def _on_resource(call: Call, parsed: ParsedPath) -> Reply:
    method, node = call.request.method, parsed.chain[-1]
    kind = _kind(call, node.type, parsed, VERBS.get(method, "action"))
    existing = call.cloud.store.get(node.id)
    check_subscription(call, parsed)
    _authorize(call, kind, canonical(call, parsed, existing), VERBS.get(method, "action"), existing)
    check_registered(call, parsed, kind.type)
    check_parents(call, kind, parsed)
    resource_id = canonical(call, parsed, existing)
    if method in ("PUT", "PATCH", "DELETE"):
        _check_change(call, kind, parsed, resource_id)
    return _handle(call, kind, resource_id, existing)


def _handle(call: Call, kind: ResourceType, resource_id: str, existing: Document | None) -> Reply:
    method = call.request.method
    if method == "PUT" and kind.put:
        return kind.put(call, resource_id, existing)
    if method == "PATCH" and kind.patch:
        return kind.patch(call, resource_id, existing)
    if method == "DELETE" and (kind.delete or kind.put):
        return (kind.delete or default_delete)(call, resource_id, existing)
    if method == "GET":
        return (kind.get or default_get)(call, resource_id, existing)
    if method == "HEAD":
        return Reply(204 if existing else 404)
    raise not_implemented(f"{method} of {kind.type}")


def default_get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Return the stored document. Raises 404 ResourceNotFound."""
    if existing is None:
        raise not_found(resource_id)
    return Reply(200, existing)


def default_delete(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """Remove the resource and everything below it: 200, or 204 when it was absent."""
    if existing is None:
        return Reply(204)
    call.cloud.delete_tree(resource_id)
    return Reply(200)


def _act(call: Call, parsed: ParsedPath) -> Reply:
    node, action = parsed.chain[-1], str(parsed.tail)
    kind = call.cloud.routes.type(node.type)
    act = (
        next((act for name, act in kind.posts.items() if name.lower() == action.lower()), None)
        if kind
        else None
    )
    if kind is None or act is None:
        text = f"POST {action} of {node.type}"
        raise _unknown(call, parsed, f"{node.type}/{action}/action", text)
    check_api_version(call, kind.type, kind.api_versions)
    check_subscription(call, parsed)
    call.authorize(node.id, action=f"{kind.type}/{action}/action")
    check_registered(call, parsed, kind.type)
    check_parents(call, kind, parsed)
    existing = call.cloud.store.get(node.id)
    if existing is None:
        raise not_found(node.id)
    _check_deleting(call, parsed)
    call.cloud.locks.check(existing["id"], "action")
    return act(call, existing["id"], existing)


def _list(call: Call, parsed: ParsedPath) -> Reply:
    kind = _kind(call, str(parsed.collection), parsed, "read")
    check_subscription(call, parsed)
    _may_list(call, kind, parsed)
    check_registered(call, parsed, kind.type)
    if parsed.chain:
        check_parents(call, kind, parsed, whole=True)
    if kind.list:
        return kind.list(call, parsed.scope)
    documents = call.cloud.store.below(parsed.scope, kind.type)
    return paging.page(call, readable(call, parsed.scope, documents) if kind.is_tracked else documents)


def _may_list(call: Call, kind: ResourceType, parsed: ParsedPath) -> None:
    """Check a list: of resources, each is checked later; of what lies in a resource, all or nothing.

    The check comes before any lookup, so a 404 reveals nothing.
    """
    filtered = kind.list_authorizes or (kind.is_tracked and kind.list is None)
    if not filtered:
        call.authorize(parsed.scope, action=f"{kind.type}/read")
    elif parsed.chain:
        _has_a_role(call, parsed.scope)


def readable(call: Call, scope: str, documents: Iterable[Document]) -> list[Document]:
    """Return the resources that the caller may read. Raises 403 for a caller without any role there."""
    _has_a_role(call, scope)
    return [found for found in documents if call.allowed(found["id"], action=f"{found['type']}/read")]


def _has_a_role(call: Call, scope: str) -> None:
    if not call.cloud.authorizer.any_role(call.principal, scope):
        call.authorize(scope, action="Microsoft.Resources/subscriptions/resources/read")


def _kind(call: Call, type: str, parsed: ParsedPath, verb: str) -> ResourceType:
    kind = call.cloud.routes.type(type)
    if kind is None:
        raise _unknown(call, parsed, f"{type}/{verb}", f"the resource type '{type}'")
    check_api_version(call, kind.type, kind.api_versions)
    return kind


def _unknown(call: Call, parsed: ParsedPath, action: str, what: str) -> CloudError:
    """501 for what the local Azure does not have. Raises 403 for a caller without the permission.

    What the tenant shows to every caller (`GET /providers/Microsoft.X/operations`) takes no permission.
    """
    check_subscription(call, parsed)
    if parsed.chain or not action.endswith("/read"):
        call.authorize(parsed.scope, action=action)
    return not_implemented(what)


def _action_of_tail(method: str, parsed: ParsedPath) -> str:
    """The permission for a path that ends in no resource, such as POST .../providers/Microsoft.X/register."""
    above = parsed.namespace or (parsed.chain[-1].type if parsed.chain else "Microsoft.Resources")
    types = (parsed.tail or "operations").split("/")[::2]
    return "/".join((above, *types, VERBS.get(method, "action")))


def check_api_version(call: Call, what: str, accepted: frozenset[str]) -> None:
    """Raise 400 for a request without an api-version or with an unknown one."""
    version = call.request.query.get("api-version")
    if not version:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise CloudError(400, "MissingApiVersionParameter", text)
    if version.lower() in accepted:
        return
    supported = ", ".join(sorted(accepted, reverse=True))
    if what.lower().startswith("microsoft.resources/"):
        text = f"The api-version '{version}' is invalid. The supported versions are '{supported}'."
        raise CloudError(400, "InvalidApiVersionParameter", text)
    namespace, _, type = what.partition("/")
    raise CloudError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for API version '{version}' for type '{type}' of "
        f"'{namespace}'. "
        f"The supported api-versions are '{supported}'.",
    )


def check_subscription(call: Call, parsed: ParsedPath) -> None:
    """Raise 404 SubscriptionNotFound for a subscription that does not exist."""
    if parsed.chain and parsed.chain[0].type == SUBSCRIPTION_TYPE:
        node = parsed.chain[0]
        if call.cloud.store.get(node.id) is None:
            raise CloudError(
                404, "SubscriptionNotFound", f"The subscription '{node.name}' could not be found."
            )


def registration_id(subscription: str, namespace: str) -> str:
    """The id under which a missing registration is stored. subscription: guid."""
    return f"/subscriptions/{subscription}/providers/{namespace}"


def check_registered(call: Call, parsed: ParsedPath, type: str) -> None:
    """Raise 409 for a namespace that the subscription is not registered for. type: or an action."""
    namespace = type.partition("/")[0]
    if namespace.lower() in ALWAYS or not parsed.chain or parsed.chain[0].type != SUBSCRIPTION_TYPE:
        return
    if call.cloud.store.get(registration_id(parsed.chain[0].name, namespace)) is not None:
        text = f"The subscription is not registered to use namespace '{namespace}'. "
        more = "See https://aka.ms/rps-not-found for how to register subscriptions."
        raise CloudError(409, "MissingSubscriptionRegistration", text + more)


def check_parents(call: Call, kind: ResourceType, parsed: ParsedPath, *, whole: bool = False) -> None:
    """Raise 404 if a parent does not exist. whole: the last resource of the chain must exist too."""
    for node in parsed.chain if whole else parsed.chain[:-1]:
        if _exists(call, node):
            continue
        if node.type == GROUP_TYPE:
            raise CloudError(
                404, "ResourceGroupNotFound", f"Resource group '{node.name}' could not be found."
            )
        if call.request.method in ("PUT", "PATCH") and not kind.extension:
            raise CloudError(
                404,
                "ParentResourceNotFound",
                f"Failed to perform 'write' on resource(s) of type '{kind.type.partition('/')[2]}', "
                "because the parent "
                f"resource '{node.id}' could not be found.",
            )
        raise not_found(node.id)


def _exists(call: Call, node: Node) -> bool:
    """Whether it exists. A type without PUT (`blobServices/default`) comes with its parent."""
    if call.cloud.store.get(node.id) is not None:
        return True
    kind = call.cloud.routes.type(node.type)
    return kind is not None and kind.put is None and node.type not in (SUBSCRIPTION_TYPE, GROUP_TYPE)


def _authorize(
    call: Call, kind: ResourceType, resource_id: str, verb: str, existing: Document | None
) -> None:
    action = f"{kind.type}/{verb}"
    if kind.authorize:
        kind.authorize(call, resource_id, action, existing)
    else:
        call.authorize(resource_id, action=action)


def _check_change(call: Call, kind: ResourceType, parsed: ParsedPath, resource_id: str) -> None:
    if kind.type != GROUP_TYPE:
        _check_deleting(call, parsed)
    if kind.type != LOCK_TYPE:  # a lock does not keep itself from being changed
        call.cloud.locks.check(resource_id, VERBS[call.request.method])
    if call.request.method == "PUT":
        _check_name(kind, parsed.chain[-1].name)
    if call.request.method in ("PUT", "PATCH"):
        tags.check(call.request.json().get("tags"))


def _check_deleting(call: Call, parsed: ParsedPath) -> None:
    for node in parsed.chain:
        if node.type == GROUP_TYPE and call.cloud.deletions.pending(node.id):
            text = (
                f"The resource group '{node.name}' is in deprovisioning state and cannot perform this "
                f"operation."
            )
            raise CloudError(409, "ResourceGroupBeingDeleted", text)


def _check_name(kind: ResourceType, name: str) -> None:
    if re.fullmatch(kind.name, name) is None:
        text = (
            f"Resource name {name} is invalid. It must match '{kind.name}' for a resource of type "
            f"{kind.type}."
        )
        raise CloudError(400, kind.bad_name, text)


def canonical(call: Call, parsed: ParsedPath, existing: Document | None) -> str:
    """The id as the cloud writes it: parents as they were created, types as the table spells them."""
    if existing is not None:
        return str(existing["id"])
    written = ""
    for index, node in enumerate(parsed.chain):
        stored = call.cloud.store.get(node.id) if index < len(parsed.chain) - 1 else None
        written = stored["id"] if stored else written + _last_part(call, node, parsed.chain[:index])
    return written


def _last_part(call: Call, node: Node, above: tuple[Node, ...]) -> str:
    if node.type in (SUBSCRIPTION_TYPE, GROUP_TYPE):
        return f"/{node.type.rsplit('/', 1)[1]}/{node.name}"
    kind = call.cloud.routes.type(node.type)
    type = kind.type if kind else node.type
    nested = above and above[-1].type.lower() == type.lower().rpartition("/")[0]
    return f"/{type.rsplit('/', 1)[1]}/{node.name}" if nested else f"/providers/{type}/{node.name}"


def summary(document: Document) -> dict[str, Any]:
    """Return a resource as lists show it: without its properties."""
    shown = ("id", "name", "type", "kind", "location", "identity", "managedBy", "sku", "tags", "zones")
    return {field: document[field] for field in shown if field in document}
