"""The local Azure as one object: its state, who may do what, and the services that answer.

A service is a module with `register(cloud)`, which adds its resource types and handlers to the tables here.
`dispatch` is the one way in, for the servers and for what runs inside (a factory's activities): it names the
caller, writes the request log, and finds the handler. So nothing gets around permissions or the log.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.azure.core import arm
from localcloud.azure.core.authorizing import Attributes, Authorizer, Nobody
from localcloud.azure.core.call import Principal, Reply, Request
from localcloud.azure.core.deletions import Deletions
from localcloud.azure.core.errors import CloudError, not_implemented
from localcloud.azure.core.locks import Locks
from localcloud.azure.core.principals import Principals
from localcloud.azure.core.replies import error_reply
from localcloud.azure.core.request_log import RequestLog
from localcloud.azure.core.routing import Handle, ResourceType, Routes
from localcloud.azure.core.store import Document, Store
from localcloud.azure.core.tokens import Tokens

Handler = Callable[["Call"], Reply]
ANONYMOUS = Principal("", "", "anonymous")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """A request with its caller, as a handler sees it. params: the named parts of an operation's pattern."""

    cloud: Cloud
    request: Request
    principal: Principal
    params: Mapping[str, str] = field(default_factory=dict)

    def allowed(self, scope: str, *, action: str | None = None, data_action: str | None = None) -> bool:
        """Whether a role of the caller allows it at this scope or above."""
        return self.cloud.authorizer.allowed(self.principal, scope, action=action, data_action=data_action)

    def authorize(
        self, scope: str, *, action: str | None = None, data_action: str | None = None,
        attributes: Attributes | None = None,
    ) -> None:  # fmt: skip
        """Raise 403 AuthorizationFailed (AuthorizationPermissionMismatch on data) unless a role allows it.

        scope: the id of what is touched; roles count at it and above it.
        attributes: what a role assignment's condition may ask about the request and the resource.
        """
        authorizer = self.cloud.authorizer
        if authorizer.allowed(
            self.principal, scope, action=action, data_action=data_action, attributes=attributes
        ):
            return
        if data_action is not None:
            text = "This request is not authorized to perform this operation using this permission."
            raise CloudError(403, "AuthorizationPermissionMismatch", text)
        raise CloudError(
            403,
            "AuthorizationFailed",
            f"The client '{self.principal.client_id}' with object id '{self.principal.object_id}' does "
            "not have "
            f"authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. "
            "If access was recently granted, please refresh your credentials.",
        )


class Cloud:
    """State and services. `delete_delay`: seconds that a resource group stays in `Deleting`.

    Close it when done. `store`: resources; `principals`: the directory; `tokens`: bearer tokens;
    `authorizer`: set by the authorization service, and until then nobody may do anything.
    """

    def __init__(self, folder: Path, *, arm_url: str, blob_url: str, delete_delay: float = 0.0) -> None:
        self.folder = folder
        self.arm_url = arm_url
        self.blob_url = blob_url
        self.store = Store(folder)
        self.principals = Principals(self.store)
        self.tokens = Tokens(folder, arm_url, self.principals)
        self.locks = Locks(self.store)
        self.routes = Routes()
        self.authorizer: Authorizer = Nobody()
        self.blob_handler: Handler | None = None
        self.write_lock = threading.RLock()
        self.deletions = Deletions(self, delete_delay)
        self._log = RequestLog(folder)
        self._on_deleted: list[Callable[[Document], None]] = []
        self._on_close: list[Callable[[], None]] = []

    def add(self, row: ResourceType) -> None:
        """Make a resource type known."""
        self.routes.add(row)

    def add_operation(
        self, method: str, pattern: str, handler: Handle, action: str | None = None, *,
        api_versions: frozenset[str] | None = None, public: bool = False,
    ) -> None:  # fmt: skip
        """Answer a path that is no resource, such as POST /subscriptions/{s}/providers/Microsoft.X/checkY.

        `{name}` stands for one segment and is found in `call.params`. action: checked over the last whole
        resource of the path (here the subscription); None asks for a caller but no role. public: asks for no
        caller.
        """
        self.routes.add_operation(method, pattern, handler, action, api_versions, public)

    def on_deleted(self, callback: Callable[[Document], None]) -> None:
        """Call back for each resource that goes, also when it goes with its parent or its group."""
        self._on_deleted.append(callback)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call back when the cloud is closed, before its store is."""
        self._on_close.append(callback)

    def delete_tree(self, resource_id: str) -> list[Document]:
        """Remove a resource with all below it, and tell the services; gives what went.

        All are told even when one of them fails; the first failure is raised then.
        """
        gone = self.store.delete_tree(resource_id)
        failures = [error for one in gone for told in self._on_deleted if (error := _failure(told, one))]
        if failures:
            raise failures[0]
        return gone

    def identity_token(self, principal: Principal, audience: str) -> str:
        """A token for a managed identity, as the platform hands it to the resource that carries it."""
        return self.tokens.mint(principal, audience)

    def dispatch(self, request: Request, *, internal: bool = True) -> Reply:
        """Answer one request; never raises: an error is a reply with the cloud's error body.

        internal: made by the local cloud itself (a factory's activity), not by a client; only the log tells
        them apart.
        """
        principal: Principal | None = None
        try:
            self.deletions.settle()
            call, operation = self._caller(request)
            principal = call.principal
            reply = arm.answer(call, operation) if request.plane == "arm" else self._blob(call)
        except CloudError as error:
            reply = error_reply(request, error)
        except Exception:
            logger.exception("%s %s %s", request.plane, request.method, request.path)
            text = "The server encountered an internal error. The server's log has it."
            reply = error_reply(request, CloudError(500, "InternalServerError", text))
        return self._noted(request, principal, reply, internal=internal)

    def refuse(self, request: Request, error: CloudError) -> Reply:
        """The answer to a client's request that goes no further than its head."""
        return self._noted(request, None, error_reply(request, error), internal=False)

    def _noted(self, request: Request, principal: Principal | None, reply: Reply, *, internal: bool) -> Reply:
        reply.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
        self._log.write(request, principal, reply, internal=internal)
        return reply

    def close(self) -> None:
        """Stop what runs and close the files."""
        for callback in self._on_close:
            callback()
        self._log.close()
        self.store.close()

    def _caller(self, request: Request) -> tuple[Call, arm.Matched]:
        matched = self.routes.operation(request.method, request.path) if request.plane == "arm" else None
        if matched and matched[0].public:
            return Call(self, request, ANONYMOUS, matched[1]), matched
        return Call(self, request, self.tokens.caller(request), matched[1] if matched else {}), matched

    def _blob(self, call: Call) -> Reply:
        if self.blob_handler is None:
            raise not_implemented("the blob service")
        return self.blob_handler(call)


def _failure(callback: Callable[[Document], None], document: Document) -> Exception | None:
    try:
        callback(document)
    except Exception as error:
        logger.exception("%s is gone, and a service failed over it", document["id"])
        return error
    return None
