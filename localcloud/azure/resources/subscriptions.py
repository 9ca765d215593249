"""Subscriptions and the tenant. They are made by the local cloud itself, never over the API."""

from __future__ import annotations

from localcloud.azure.core import paging
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.ids import SUBSCRIPTION_TYPE, TENANT
from localcloud.azure.core.store import Document
from localcloud.azure.resources.locations import LOCATIONS
from localcloud.azure.resources.versions import SUBSCRIPTIONS


def register(cloud: Cloud) -> None:
    """Add subscriptions and tenants."""
    cloud.add(
        ResourceType(SUBSCRIPTION_TYPE, SUBSCRIPTIONS, get=get, list=list_all, tracked=False, authorize=see)
    )
    cloud.add_operation("GET", "/subscriptions", list_operation, api_versions=SUBSCRIPTIONS)
    cloud.add_operation("GET", "/tenants", tenants, api_versions=SUBSCRIPTIONS)
    cloud.add_operation(
        "GET", "/subscriptions/{subscription}/locations", locations, f"{SUBSCRIPTION_TYPE}/locations/read",
        api_versions=SUBSCRIPTIONS,
    )  # fmt: skip


def document(subscription: str, name: str) -> Document:
    """A subscription as Resource Manager answers it."""
    return {
        "id": f"/subscriptions/{subscription}",
        "type": SUBSCRIPTION_TYPE,
        "name": name,
        "subscriptionId": subscription,
        "displayName": name,
        "tenantId": TENANT,
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
        },
    }


def see(call: Call, resource_id: str, action: str, existing: Document | None) -> None:
    """Whoever has a role anywhere in a subscription may see that it is there; to others it does not exist."""
    if action.endswith("/read") and call.cloud.authorizer.any_role(call.principal, resource_id):
        return
    call.authorize(resource_id, action=action)


def get(call: Call, resource_id: str, existing: Document | None) -> Reply:
    """GET /subscriptions/{id}."""
    if existing is None:
        raise CloudError(404, "SubscriptionNotFound", f"The subscription '{resource_id}' could not be found.")
    return Reply(200, _shown(existing))


def list_all(call: Call, scope: str) -> Reply:
    """The subscriptions in which the caller has a role."""
    found = call.cloud.store.of_type(SUBSCRIPTION_TYPE)
    seen = [_shown(one) for one in found if call.cloud.authorizer.any_role(call.principal, one["id"])]
    return paging.page(call, seen)


def list_operation(call: Call) -> Reply:
    """GET /subscriptions: every caller may ask, and sees their own."""
    return list_all(call, "/")


def tenants(call: Call) -> Reply:
    """GET /tenants: the one there is."""
    tenant = {
        "id": f"/tenants/{TENANT}",
        "tenantId": TENANT,
        "displayName": "mayfly local",
        "tenantCategory": "Home",
    }
    return Reply(200, {"value": [tenant]})


def locations(call: Call) -> Reply:
    """GET /subscriptions/{id}/locations: the regions, without what Azure says of geography and zones."""
    subscription = f"/subscriptions/{call.params['subscription']}"
    found = [
        {
            "id": f"{subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": shown,
            "metadata": {"regionType": "Physical"},
        }
        for name, shown in LOCATIONS.items()
    ]
    return Reply(200, {"value": found})


def _shown(document: Document) -> Document:
    return {field: value for field, value in document.items() if field not in ("type", "name")}
