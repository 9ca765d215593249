"""Starting and stopping triggers. A started trigger cannot be changed. No trigger fires here."""

from __future__ import annotations

from typing import Any

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document

STARTED, STOPPED = "Started", "Stopped"
EVENTS = ("BlobEventsTrigger", "CustomEventsTrigger")
SUBSCRIBE = "Microsoft.EventGrid/eventSubscriptions/write"


def start(call: Call, trigger_id: str, existing: Document) -> Reply:
    """Start a trigger. Raises 400 for a trigger without pipelines."""
    if not (existing["properties"].get("pipelines") or existing["properties"].get("pipeline")):
        text = "Trigger cannot be activated and contains no pipelines."
        raise CloudError(400, "TriggerWithoutPipelines", text)
    return _set(call, trigger_id, STARTED)


def stop(call: Call, trigger_id: str, existing: Document) -> Reply:
    """Stop a trigger. A stopped trigger stays stopped."""
    return _set(call, trigger_id, STOPPED)


def check_stopped(existing: Document | None) -> None:
    """Raise 400 TriggerEnabledCannotUpdate for a trigger that is started."""
    if existing is not None and existing["properties"].get("runtimeState") == STARTED:
        raise CloudError(
            400,
            "TriggerEnabledCannotUpdate",
            "Cannot update enabled Trigger; the trigger needs to be disabled first. ",
        )


def check_may_listen(call: Call, trigger_id: str, properties: dict[str, Any]) -> None:
    """Raise 403 LinkedAuthorizationFailed when the caller may not subscribe to the trigger's scope.

    Azure checks it at every PUT, although only the start subscribes (azure-docs#29172).
    """
    if properties.get("type") not in EVENTS:
        return
    scope = (properties.get("typeProperties") or {}).get("scope")
    if not isinstance(scope, str) or not scope.startswith("/subscriptions/"):
        raise CloudError(
            400, "BadRequest", "The event trigger needs a 'scope', the id of what it listens to."
        )
    if call.allowed(scope, action=SUBSCRIBE):
        return
    who = f"The client '{call.principal.client_id}' with object id '{call.principal.object_id}'"
    raise CloudError(
        403,
        "LinkedAuthorizationFailed",
        f"{who} has permission to perform action 'Microsoft.DataFactory/factories/triggers/write' on scope "
        f"'{trigger_id}'; however, it does not have permission to perform action '{SUBSCRIBE}' on the linked "
        f"scope(s) '{scope}' or the linked scope(s) are invalid.",
    )


def _set(call: Call, trigger_id: str, state: str) -> Reply:
    with call.cloud.write_lock:
        current = call.cloud.store.get(trigger_id)
        if current is not None:
            current["properties"]["runtimeState"] = state
            call.cloud.store.put(current)
    return Reply(200)
