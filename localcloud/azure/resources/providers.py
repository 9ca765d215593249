"""Resource providers: a subscription is registered for what it uses; here for all, until that is ended."""

from __future__ import annotations

from localcloud.azure.core import arm
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud
from localcloud.azure.core.errors import not_implemented
from localcloud.azure.core.ids import SUBSCRIPTION_TYPE
from localcloud.azure.resources.versions import GROUPS

PATH = "/subscriptions/{subscription}/providers/{namespace}"


def register(cloud: Cloud) -> None:
    """Add what shows, makes and ends a registration."""
    cloud.add_operation("GET", PATH, get, f"{SUBSCRIPTION_TYPE}/providers/read", api_versions=GROUPS)
    cloud.add_operation("POST", f"{PATH}/register", begin, api_versions=GROUPS)
    cloud.add_operation("POST", f"{PATH}/unregister", end, api_versions=GROUPS)


def get(call: Call) -> Reply:
    """One namespace, and whether the subscription is registered for it."""
    namespace = _namespace(call)
    id = _id(call, namespace)
    return Reply(200, _document(id, namespace, call.cloud.store.get(id) is None))


def begin(call: Call) -> Reply:
    """Register: in Azure it takes minutes, here no time."""
    namespace = _authorized(call, "register")
    id = _id(call, namespace)
    call.cloud.store.delete(id)
    return Reply(200, {**_document(id, namespace, True), "registrationState": "Registering"})


def end(call: Call) -> Reply:
    """Take the registration back. What the subscription has stays."""
    namespace = _authorized(call, "unregister")
    id = _id(call, namespace)
    call.cloud.store.put({"type": arm.UNREGISTERED, **_document(id, namespace, False)})
    return Reply(200, _document(id, namespace, False))


def _authorized(call: Call, action: str) -> str:
    """The namespace of an action on it, which the caller may take."""
    scope = f"/subscriptions/{call.params['subscription']}"
    call.authorize(scope, action=f"{call.params['namespace']}/{action}/action")
    return _namespace(call)


def _namespace(call: Call) -> str:
    """The namespace as it is spelt; 501 for one that is not known here."""
    known = {row.type.partition("/")[0] for row in call.cloud.routes.types()}
    asked = call.params["namespace"]
    found = next((name for name in known if name.lower() == asked.lower()), None)
    if found is None:
        raise not_implemented(f"the namespace '{asked}'")
    return found


def _id(call: Call, namespace: str) -> str:
    return arm.registration_id(call.params["subscription"], namespace)


def _document(id: str, namespace: str, registered: bool) -> dict[str, str]:
    state = "Registered" if registered else "NotRegistered"
    policy = "RegistrationRequired"
    return {"id": id, "namespace": namespace, "registrationPolicy": policy, "registrationState": state}
