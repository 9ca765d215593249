"""The blob service: finds account and operation, checks the permission, and calls the handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localcloud.azure.blob import (
    batch,
    blob_operations,
    block_operations,
    copying,
    headers,
    service_operations,
)
from localcloud.azure.blob.bodies import Bodies
from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blobs
from localcloud.azure.blob.operations import identify
from localcloud.azure.blob.sweeper import Sweeper
from localcloud.azure.blob.visit import State, Visit, target
from localcloud.azure.core.call import Reply
from localcloud.azure.core.cloud import Call, Cloud
from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.core.store import Document
from localcloud.azure.storage import containers
from localcloud.azure.storage.clock import Clock
from localcloud.azure.storage.names import Names

HANDLERS: Mapping[str, Callable[[Visit], Reply]] = {
    **service_operations.HANDLERS,
    **blob_operations.HANDLERS,
    **block_operations.HANDLERS,
    **copying.HANDLERS,
    **batch.HANDLERS,
}
ECHOED = "x-ms-client-request-id"


def register(cloud: Cloud) -> None:
    """Add the blob service to the local Azure. A deleted container drops its blobs."""
    blobs = Blobs(cloud.store, Bodies(cloud.folder / "blobs"))
    sweeper = Sweeper(blobs)
    service = BlobService(State(blobs, Names(cloud.store), Clock(), sweeper))
    cloud.planes["blob"] = service.answer
    cloud.on_deleted(service.forget)
    cloud.on_close(sweeper.stop)
    sweeper.wake()


class BlobService:
    """Answers authenticated requests."""

    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call) -> Reply:
        """Answer a request. Azure's order of checks: version, operation, permission, then existence."""
        said = {"x-ms-version": call.request.headers.get("x-ms-version", headers.OLDEST_VERSION)}
        if ECHOED in call.request.headers:
            said[ECHOED] = call.request.headers[ECHOED]
        try:
            reply = self._answer(call)
        except CloudError as refusal:
            if refusal.status == 304:
                return Reply(304, None, {**said, **refusal.headers, "x-ms-error-code": refusal.code})
            refusal.headers.update(said)
            raise
        reply.headers.update(said)
        return reply

    def forget(self, document: Document) -> None:
        """Drop the blobs of a deleted container."""
        if document["type"].lower() == containers.TYPE.lower():
            self._state.blobs.forget(document["id"])
            self._state.sweeper.wake()

    def _answer(self, call: Call) -> Reply:
        headers.version(call.request)
        visit = self._visit(call)
        visit.authorize()
        handler = HANDLERS.get(visit.operation.name)
        if handler is None:
            raise not_implemented(visit.operation.name)
        headers.check_supported(call.request)
        return handler(visit)

    def _visit(self, call: Call) -> Visit:
        wanted = target(call.request)
        operation = identify(wanted.level, call.request)
        owner = self._state.names.owner(wanted.account)
        account = call.cloud.store.get(owner) if owner else None
        if account is None:
            raise error("ResourceNotFound")
        return Visit(call, self._state, account, wanted, operation)
