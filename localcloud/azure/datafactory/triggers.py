"""Starting and stopping triggers. A started one cannot be changed; none ever fires here."""

from __future__ import annotations

from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.store import Document

STARTED, STOPPED = "Started", "Stopped"


def start(call: Call, trigger_id: str, existing: Document) -> Reply:
    """Start a trigger; one that starts no pipeline is refused."""
    if not (existing["properties"].get("pipelines") or existing["properties"].get("pipeline")):
        text = "Trigger cannot be activated and contains no pipelines."
        raise CloudError(400, "TriggerWithoutPipelines", text)
    return _set(call, trigger_id, STARTED)


def stop(call: Call, trigger_id: str, existing: Document) -> Reply:
    """Stop a trigger; one that is stopped stays so."""
    return _set(call, trigger_id, STOPPED)


def check_stopped(existing: Document | None) -> None:
    """Raise 400 TriggerEnabledCannotUpdate for a trigger that is started."""
    if existing is not None and existing["properties"].get("runtimeState") == STARTED:
        raise CloudError(
            400,
            "TriggerEnabledCannotUpdate",
            "Cannot update enabled Trigger; the trigger needs to be disabled first. ",
        )


def _set(call: Call, trigger_id: str, state: str) -> Reply:
    with call.cloud.write_lock:
        current = call.cloud.store.get(trigger_id)
        if current is not None:
            current["properties"]["runtimeState"] = state
            call.cloud.store.put(current)
    return Reply(200)
