"""The local Azure as one object: its state, its permissions, and the services that answer.

A service is a module with `register(cloud)`, which adds its resource types and handlers to the tables here.
`dispatch` is the only entry, for the servers and for what runs inside (a factory's activities). It identifies
the caller, finds the handler and writes the request log, so nothing bypasses permissions or the log.
"""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.azure.core import quotas
from localcloud.azure.core.authorizing import Attributes, Authorizer, Nobody
from localcloud.azure.core.call import Principal, Reply, Request, error_reply
from localcloud.azure.core.clock import Clock
from localcloud.azure.core.deletions import Deletions
from localcloud.azure.core.errors import CloudError
from localcloud.azure.core.locks import Locks
from localcloud.azure.core.principals import Principals
from localcloud.azure.core.request_log import RequestLog
from localcloud.azure.core.store import Document, Store
from localcloud.azure.core.tokens import Tokens

ANONYMOUS = Principal("", "", "anonymous")
logger = logging.getLogger(__name__)


Operate = Callable[["Call", str, Document | None], Reply]
"""Answers PUT, PATCH, GET or DELETE of a resource: the call, the id, and the stored document or None."""
Act = Callable[["Call", str, Document], Reply]
"""Answers POST {id}/{action} on a resource that exists."""
ListAll = Callable[["Call", str], Reply]
"""Answers GET of a collection. The id is the parent's."""
Authorize = Callable[["Call", str, str, Document | None], None]
"""Raises 403 unless the caller may do the action (third argument) to the resource."""
Handler = Callable[["Call"], Reply]


@dataclass(frozen=True)
class ResourceType:
    """A type of resource and how it answers. A field that is left out means Resource Manager's default.

    type: as the cloud writes it, "Microsoft.Storage/storageAccounts/blobServices/containers".
    api_versions: accepted ones. Any other, or none, is refused with 400.
    name: pattern of the whole last segment. A PUT of another name gets 400 with the code `bad_name`.
    get: by default the stored document, or 404.
    delete: by default removes the resource and all below it (200; 204 if absent).
    posts: handlers by action name.
    list: by default the stored documents of the type below the parent.
    tracked: listed by `GET .../resources`. By default only top-level types are.
    authorize: replaces the check of `<type>/<verb>` on the resource's id.
    extension: can lie on any scope (a lock, a role assignment).
    list_authorizes: `list` itself leaves out what the caller may not read (see arm.readable). Otherwise the
        caller's right to read the whole scope is checked before `list` is called.
    """

    type: str
    api_versions: frozenset[str]
    name: str = r"[^/]+"
    bad_name: str = "InvalidResourceName"
    put: Operate | None = None
    get: Operate | None = None
    delete: Operate | None = None
    patch: Operate | None = None
    posts: Mapping[str, Act] = field(default_factory=dict)
    list: ListAll | None = None
    tracked: bool | None = None
    authorize: Authorize | None = None
    extension: bool = False
    list_authorizes: bool = False

    @property
    def is_tracked(self) -> bool:
        """Whether the resource list of a group or subscription names it."""
        return self.type.count("/") == 1 and not self.extension if self.tracked is None else self.tracked


@dataclass(frozen=True)
class Operation:
    """A path that is not a resource. action: None means any caller. public: no caller is needed."""

    method: str
    pattern: re.Pattern[str]
    handle: Handler
    action: str | None
    api_versions: frozenset[str] | None
    public: bool


class Routes:
    """Resource types by name and operations by path. Case does not matter."""

    def __init__(self) -> None:
        self._types: dict[str, ResourceType] = {}
        self._operations: list[Operation] = []

    def add(self, row: ResourceType) -> None:
        """Add a resource type."""
        self._types[row.type.lower()] = row

    def type(self, name: str) -> ResourceType | None:
        """The row of a type, or None."""
        return self._types.get(name.lower())

    def types(self) -> tuple[ResourceType, ...]:
        """All rows."""
        return tuple(self._types.values())

    def add_operation(
        self, method: str, pattern: str, handle: Handler, action: str | None,
        api_versions: frozenset[str] | None, public: bool,
    ) -> None:  # fmt: skip
        """Add an operation. `{name}` in the pattern is one segment, found in `call.params`."""
        expression = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
        compiled = re.compile(expression + "/?", re.IGNORECASE)
        self._operations.append(Operation(method, compiled, handle, action, api_versions, public))

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that answers this path, and the named segments of its pattern."""
        for operation in self._operations:
            if operation.method == method and (match := operation.pattern.fullmatch(path)):
                return operation, match.groupdict()
        return None


@dataclass(frozen=True)
class BlobEvent:
    """A blob was made or replaced ("created"), or "deleted". account: its id. size: in bytes."""

    kind: str
    account: str
    container: str
    blob: str
    size: int = 0


@dataclass(frozen=True)
class Call:
    """A request with its caller, as a handler sees it.

    operation: what answers its path, unless that is a resource. params: the named segments of its pattern.
    """

    cloud: Cloud
    request: Request
    principal: Principal
    operation: Operation | None = None
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
    """State and services. Close it when done.

    store: resources. principals: the directory. tokens: bearer tokens. planes: what answers "arm" and "blob".
    authorizer: set by the authorization service; until then nothing is allowed.
    """

    def __init__(self, folder: Path, *, arm_url: str, blob_url: str, delete_delay: float = 0.0) -> None:
        """delete_delay: seconds that a resource group stays in `Deleting`."""
        self.folder = folder
        self.arm_url = arm_url
        self.blob_url = blob_url
        self.store = Store(folder)
        quotas.prepare(self.store)
        self.clock = Clock(self.store)
        self.principals = Principals(self.store)
        self.tokens = Tokens(folder, arm_url, self.principals)
        self.locks = Locks(self.store)
        self.routes = Routes()
        self.authorizer: Authorizer = Nobody()
        self.planes: dict[str, Handler] = {}
        self.write_lock = threading.RLock()
        self.deletions = Deletions(self.store, self.delete_tree, delete_delay)
        self._log = RequestLog(folder)
        self._on_deleted: list[Callable[[Document], None]] = []
        self._on_close: list[Callable[[], None]] = []
        self._on_blob: list[Callable[[BlobEvent], None]] = []

    def add(self, row: ResourceType) -> None:
        """Add a resource type."""
        self.routes.add(row)

    def add_operation(
        self, method: str, pattern: str, handler: Handler, action: str | None = None, *,
        api_versions: frozenset[str] | None = None, public: bool = False,
    ) -> None:  # fmt: skip
        """Answer a path that is not a resource, such as POST /subscriptions/{s}/providers/Microsoft.X/checkY.

        `{name}` is one segment, found in `call.params`.
        action: checked on the last whole resource of the path (here the subscription). None: any caller.
        public: no caller is needed.
        """
        self.routes.add_operation(method, pattern, handler, action, api_versions, public)

    def on_deleted(self, callback: Callable[[Document], None]) -> None:
        """Call back for each deleted resource, including those deleted with their parent or group."""
        self._on_deleted.append(callback)

    def on_blob(self, callback: Callable[[BlobEvent], None]) -> None:
        """Call back for each change of a blob, once it has been made."""
        self._on_blob.append(callback)

    def blob_changed(self, event: BlobEvent) -> None:
        """Tell the services that a blob was changed."""
        for callback in self._on_blob:
            callback(event)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call back before the store is closed."""
        self._on_close.append(callback)

    def delete_tree(self, resource_id: str) -> list[Document]:
        """Remove a resource with all below it, call the services back, and return what was removed.

        Every callback runs even if one fails; the first failure is raised at the end.
        """
        gone = self.store.delete_tree(resource_id)
        failures = [
            error for one in gone for callback in self._on_deleted if (error := _failure(callback, one))
        ]
        if failures:
            raise failures[0]
        return gone

    def identity_token(self, principal: Principal, audience: str) -> str:
        """A token of a managed identity, as the platform gives it to the resource that has the identity."""
        return self.tokens.mint(principal, audience)

    def dispatch(self, request: Request, *, internal: bool = True) -> Reply:
        """Answer one request. Never raises: an error becomes a reply with the cloud's error body.

        internal: made by the local cloud itself (a factory's activity), not a client. Only the log differs.
        """
        principal: Principal | None = None
        try:
            self.deletions.settle()
            call = self._call(request)
            principal = call.principal
            reply = self.planes[request.plane](call)
        except CloudError as error:
            reply = error_reply(request, error)
        except Exception:
            logger.exception("%s %s %s", request.plane, request.method, request.path)
            text = "The server encountered an internal error. The server's log has it."
            reply = error_reply(request, CloudError(500, "InternalServerError", text))
        return self._noted(request, principal, reply, internal=internal)

    def refuse(self, request: Request, error: CloudError) -> Reply:
        """The answer to a client's request that is refused by its headers alone."""
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

    def _call(self, request: Request) -> Call:
        operation: Operation | None = None
        params: dict[str, str] = {}
        if request.plane == "arm" and (matched := self.routes.operation(request.method, request.path)):
            operation, params = matched
        public = operation is not None and operation.public
        return Call(self, request, ANONYMOUS if public else self.tokens.caller(request), operation, params)


def _failure(callback: Callable[[Document], None], document: Document) -> Exception | None:
    try:
        callback(document)
    except Exception as error:
        logger.exception("a service failed after %s was deleted", document["id"])
        return error
    return None
