"""What Resource Manager answers for Microsoft.Storage."""

from __future__ import annotations

from localcloud.azure.core import quotas
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud, ResourceType
from localcloud.azure.core.errors import CloudError, not_found, not_implemented
from localcloud.azure.core.ids import subscription_of
from localcloud.azure.core.quotas import Quota
from localcloud.azure.core.store import Document
from localcloud.azure.resources.locations import LOCATIONS
from localcloud.azure.storage import accounts, containers
from localcloud.azure.storage.clock import Clock
from localcloud.azure.storage.names import Names

API_VERSIONS = frozenset(
    {"2021-09-01", "2022-05-01", "2022-09-01", "2023-01-01", "2023-04-01", "2023-05-01", "2024-01-01",
     "2025-01-01", "2025-06-01", "2025-08-01", "2026-09-01"}
)  # fmt: skip


def register(cloud: Cloud) -> None:
    """Add storage accounts, their blob service and its containers to the local Azure."""
    responses = Responses(Names(cloud.store), Clock())
    for row in responses.types():
        cloud.add(row)
    cloud.add_operation(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.Storage/checkNameAvailability",
        responses.check_name,
        "Microsoft.Storage/checknameavailability/read",
        api_versions=API_VERSIONS,
    )
    cloud.add_operation(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.Storage/locations/{location}/usages",
        usages,
        "Microsoft.Storage/locations/usages/read",
        api_versions=API_VERSIONS,
    )
    cloud.on_deleted(responses.forget)


def usages(call: Call) -> Reply:
    """The accounts of a region, the one thing that is counted here. Source: "Usages - List By Location"."""
    store, location = call.cloud.store, call.params["location"].lower()
    if location not in LOCATIONS:
        text = f"The provided location '{location}' is not available for resource type 'locations/usages'."
        raise CloudError(400, "LocationNotAvailableForResourceType", text)
    shown = {"value": "StorageAccounts", "localizedValue": "Storage Accounts"}
    numbers = {
        "currentValue": quotas.used(
            store, Quota.ACCOUNTS, f"/subscriptions/{call.params['subscription']}", location
        ),
        "limit": quotas.limit(store, Quota.ACCOUNTS),
    }
    return Reply(200, {"value": [{"unit": "Count", **numbers, "name": shown}]})


class Responses:
    """The handlers, and the two things they share: the index of names and the clock."""

    def __init__(self, names: Names, clock: Clock) -> None:
        self._names = names
        self._clock = clock

    def types(self) -> list[ResourceType]:
        """The rows of the table of resource types."""
        return [
            ResourceType(
                type=accounts.TYPE,
                api_versions=API_VERSIONS,
                name=accounts.NAME,
                bad_name="AccountNameInvalid",
                put=self.put_account,
                patch=self.patch_account,
                posts={"listKeys": refuse_keys, "regenerateKey": refuse_keys, "ListAccountSas": refuse_keys,
                       "ListServiceSas": refuse_keys},
            ),
            ResourceType(
                type=containers.SERVICE_TYPE,
                api_versions=API_VERSIONS,
                name="default",
                put=self.put_service,
                delete=keep_service,
            ),
            ResourceType(
                type=containers.TYPE,
                api_versions=API_VERSIONS,
                name=containers.NAME,
                bad_name="ContainerNameInvalid",
                put=self.put_container,
                patch=self.patch_container,
            ),
        ]  # fmt: skip

    def put_account(self, call: Call, account_id: str, existing: Document | None) -> Reply:
        """Create or update. The real cloud answers 202, then 200; here it is one 200, as for an update."""
        body = call.request.json()
        store = call.cloud.store
        if existing is not None:
            return Reply(200, store.put(accounts.changed(existing, body)))
        document = accounts.new(account_id, body, call.cloud.blob_url, self._clock.tick())
        _check_quota(call, account_id, document["location"])
        self._names.claim(document["name"], account_id)
        store.put(containers.new_service(document))
        return Reply(200, store.put(document))

    def patch_account(self, call: Call, account_id: str, existing: Document | None) -> Reply:
        """Change tags or properties."""
        if existing is None:
            raise not_found(account_id)
        return Reply(200, call.cloud.store.put(accounts.changed(existing, call.request.json())))

    def put_service(self, call: Call, service_id: str, existing: Document | None) -> Reply:
        """Change the blob service's settings."""
        service = existing or containers.new_service(_account(call, service_id))
        return Reply(200, call.cloud.store.put(containers.changed_service(service, call.request.json())))

    def put_container(self, call: Call, container_id: str, existing: Document | None) -> Reply:
        """Create a container (201); a PUT on one that exists changes its metadata alone (200)."""
        asked = call.request.json().get("properties") or {}
        account = _account(call, container_id)
        if existing is not None:
            containers.allow_public(account, asked.get("publicAccess"))
            metadata = asked.get("metadata", existing["properties"].get("metadata") or {})
            return Reply(
                200,
                call.cloud.store.put(containers.changed_container(existing, metadata, self._clock.tick())),
            )
        document = containers.new_container(account, container_id, asked, self._clock.tick())
        return Reply(201, call.cloud.store.put(document))

    def patch_container(self, call: Call, container_id: str, existing: Document | None) -> Reply:
        """Change a container's metadata."""
        if existing is None:
            raise not_found(container_id)
        return self.put_container(call, container_id, existing)

    def check_name(self, call: Call) -> Reply:
        """Whether an account name is free in the world."""
        body = call.request.json()
        if body.get("type") != accounts.TYPE:
            text = "Values for request parameters are invalid: type."
            raise CloudError(400, "InvalidValuesForRequestParameters", text)
        return Reply(200, self._names.availability(str(body.get("name") or "")))

    def forget(self, document: Document) -> None:
        """An account is gone: its name is free again."""
        if document["type"].lower() == accounts.TYPE.lower():
            self._names.release(document["name"])


def _check_quota(call: Call, account_id: str, location: str) -> None:
    """Refuse one account too many. Source: "Storage Resource Provider error codes"."""
    store, subscription = call.cloud.store, subscription_of(account_id) or ""
    if quotas.is_full(store, Quota.ACCOUNTS, subscription, location):
        most = quotas.limit(store, Quota.ACCOUNTS)
        text = (
            f"Subscription already contains {most} storage accounts in location {location} and the maximum"
            f" allowed is {most}."
        )
        raise CloudError(409, "MaxStorageAccountsCountPerSubscriptionExceeded", text)


def refuse_keys(call: Call, account_id: str, existing: Document) -> Reply:
    """There are no keys here: 403 where the account forbids them, else 501.

    Real Azure hands out keys in both cases; with shared keys disallowed they are of no use.
    """
    if existing["properties"].get("allowSharedKeyAccess") is False:
        text = "Key based authentication is not permitted on this storage account."
        raise CloudError(403, "KeyBasedAuthenticationNotPermitted", text)
    raise not_implemented("account keys and shared access signatures")


def keep_service(call: Call, service_id: str, existing: Document | None) -> Reply:
    """The blob service comes and goes with its account."""
    raise CloudError(405, "MethodNotAllowed", "The blob service of a storage account cannot be deleted.")


def _account(call: Call, inside: str) -> Document:
    account = call.cloud.store.get(inside[: inside.lower().index("/blobservices/")])
    assert account is not None, "core has checked that the parent exists"
    return account
