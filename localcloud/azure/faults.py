"""Which call a request is, and Azure's answers to one that goes wrong. See `localcloud.faults`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from localcloud.azure.core import ids
from localcloud.azure.core.errors import CloudError
from localcloud.faults import Application, Receive, Refusals, Scope, Send

BLOB_LEVELS = ("service", "container", "blob")
"""By the segments of a path after the account's name."""

RETRY_AFTER = {"retry-after": "1"}


def call_of(plane: str) -> Callable[[Scope, bytes], str]:
    """Return what names the calls of a plane: "PUT Microsoft.Storage/storageAccounts", "GET blob list"."""

    def of_arm(scope: Scope, _: bytes) -> str:
        found = ids.parse(scope["path"])
        if not found.chain:
            return f"{scope['method']} {scope['path'].rpartition('/')[2]}"
        operation = (found.tail or "").partition("/")[0]
        type = f"{found.namespace}/{operation}" if found.namespace else found.chain[-1].type
        return f"{scope['method']} {type}" + (f"/{operation}" if operation and not found.namespace else "")

    def of_blob(scope: Scope, _: bytes) -> str:
        level = BLOB_LEVELS[min(len([part for part in scope["path"].split("/") if part]), 3) - 1]
        comp = parse_qs(scope["query_string"].decode("latin-1")).get("comp", [""])
        return f"{scope['method']} {level} {comp[0]}".rstrip()

    return of_arm if plane == "arm" else of_blob


def refusals(plane: str, answer: Callable[[Scope, Send, CloudError], Awaitable[None]]) -> Refusals:
    """Return a plane's answers. answer: sends a refusal in the plane's form.

    Source: "Azure Resource Manager throttling" (429 with Retry-After); "Azure Blob Storage error codes" (503
    ServerBusy, 500 InternalError, 409 for a container that is being deleted).
    """
    arm = plane == "arm"
    busy = CloudError(429, "TooManyRequests", "The request is being throttled.", RETRY_AFTER)
    if not arm:
        busy = CloudError(503, "ServerBusy", "The server is currently unable to receive requests.")
    failed = CloudError(
        500, "InternalServerError" if arm else "InternalError", "The server encountered an error."
    )
    stuck = CloudError(
        409, "Conflict" if arm else "ContainerBeingDeleted", "Another operation is in progress."
    )

    def refusing(error: CloudError) -> Application:
        async def refuse(scope: Scope, _: Receive, send: Send) -> None:
            await answer(scope, send, error)

        return refuse

    failing = refusing(failed)
    return {"throttled": refusing(busy), "failed": failing, "failing": failing, "stuck": refusing(stuck)}
