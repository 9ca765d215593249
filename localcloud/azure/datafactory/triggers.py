"""Requests for triggers: start, stop, and what they did. A started trigger cannot be changed."""

from __future__ import annotations

from typing import Any

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document
from localcloud.azure.datafactory import queries
from localcloud.azure.datafactory.firing import Triggers
from localcloud.azure.datafactory.firing.recurrence import InvalidRecurrence

STARTED, STOPPED = "Started", "Stopped"
EVENTS = ("BlobEventsTrigger", "CustomEventsTrigger")
SUBSCRIBE = "Microsoft.EventGrid/eventSubscriptions/write"


class TriggerRequests:
    """The handlers. `triggers`: what fires the started ones."""

    def __init__(self, triggers: Triggers) -> None:
        self._triggers = triggers

    def start(self, call: Call, trigger_id: str, existing: Document) -> Reply:
        """Start a trigger. Raises 400 for a trigger without pipelines, or whose times cannot be read."""
        if not (existing["properties"].get("pipelines") or existing["properties"].get("pipeline")):
            text = "Trigger cannot be activated and contains no pipelines."
            raise CloudError(400, "TriggerWithoutPipelines", text)
        try:
            self._triggers.check(existing)
        except InvalidRecurrence as error:
            raise CloudError(
                400, "BadRequest", f"The trigger '{existing['name']}' cannot be started: {error}."
            ) from None
        changed = _set(call, trigger_id, STARTED)
        if changed is not None:
            self._triggers.started(changed)
        return Reply(200)

    def stop(self, call: Call, trigger_id: str, existing: Document) -> Reply:
        """Stop a trigger. A stopped trigger stays stopped."""
        _set(call, trigger_id, STOPPED)
        self._triggers.stopped(trigger_id)
        return Reply(200)

    def query(self, call: Call, factory_id: str, existing: Document) -> Reply:
        """The trigger runs of a factory."""
        records = self._triggers.records.runs(factory_id)
        body = call.request.json()
        return Reply(
            200,
            queries.answer(
                records, body, queries.TRIGGER_FIELDS, lambda one: str(one["triggerRunTimestamp"])
            ),
        )


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


def _set(call: Call, trigger_id: str, state: str) -> Document | None:
    with call.cloud.write_lock:
        current = call.cloud.store.get(trigger_id)
        if current is None or current["properties"].get("runtimeState") == state:
            return None
        current["properties"]["runtimeState"] = state
        return call.cloud.store.put(current)
