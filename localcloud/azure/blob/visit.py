"""One request to the blob service, with everything that its handler needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from localcloud.azure.blob.bodies import Span
from localcloud.azure.blob.errors import error
from localcloud.azure.blob.models import Blob, Blobs, Container
from localcloud.azure.blob.operations import BLOBS, Operation
from localcloud.azure.blob.sweeper import Sweeper
from localcloud.azure.core.call import Request
from localcloud.azure.core.cloud import Call
from localcloud.azure.core.store import Document
from localcloud.azure.storage import containers, firewall
from localcloud.azure.storage.clock import Clock
from localcloud.azure.storage.names import Names

LONGEST_NAME = 1024


@dataclass(frozen=True)
class State:
    """The state that all requests share."""

    blobs: Blobs
    names: Names
    clock: Clock
    sweeper: Sweeper


@dataclass(frozen=True)
class Target:
    """What a path names.

    A path of one segment below the account is a blob of the root container, unless restype says that it is a
    container (Naming and referencing containers, blobs, and metadata).
    """

    account: str
    container: str = ""
    blob: str = ""

    @property
    def level(self) -> str:
        """The level that the path names: service, container or blob."""
        return "blob" if self.blob else "container" if self.container else "service"


def target(request: Request) -> Target:
    """Return what a request's path names. Raises 400 for an invalid name."""
    account, _, rest = request.path.lstrip("/").partition("/")
    container, _, blob = rest.partition("/")
    is_container = request.query.get("restype", "").lower() in ("container", "account")
    if container and not blob and not is_container:
        container, blob = "$root", container
    if container and not re.fullmatch(containers.NAME, container):
        raise error("InvalidResourceName")
    if len(blob) > LONGEST_NAME or any("\ud800" <= character <= "\udfff" for character in blob):
        raise error("InvalidResourceName")
    return Target(account, container, blob)


@dataclass(frozen=True)
class Visit:
    """A call to the blob service."""

    call: Call
    state: State
    account: Document
    target: Target
    operation: Operation

    @property
    def request(self) -> Request:
        """The request as it was sent."""
        return self.call.request

    @property
    def scope(self) -> str:
        """The scope at which roles are looked up. RBAC on data stops at the container."""
        if not self.target.container:
            return str(self.account["id"])
        return containers.container_id(self.account["id"], self.target.container)

    def authorize(self) -> None:
        """Raise 403 unless firewall and roles allow the operation, whether or not the blob exists."""
        caller = self.call.principal.object_id
        if firewall.closed(self.account) and not firewall.admits(
            self.account, self.call.cloud.principals.resource_of(caller)
        ):
            raise error("AuthorizationFailure")
        permission = self.operation.permission
        kind = "data_action" if self.operation.data else "action"
        if self.call.allowed(self.scope, **{kind: permission}):
            return
        if permission == f"{BLOBS}/write" and self._only_adds():
            return
        raise error("AuthorizationPermissionMismatch")

    def document(self) -> Document:
        """Return the container's document. Raises 404."""
        found = self.call.cloud.store.get(self.scope)
        if found is None:
            raise error("ContainerNotFound")
        return found

    def container(self) -> Container:
        """Return the container in the tables. Raises 404."""
        known = self.state.blobs.known(self.scope)
        if known is not None:
            return known
        with self.call.cloud.write_lock:  # It must not be deleted in between.
            return self.state.blobs.container(self.document(), self.target.account)

    def existing(self) -> Blob | None:
        """Return the blob, or None."""
        return self.state.blobs.get(self.container(), self.target.blob)

    def blob(self) -> Blob:
        """Return the blob. Raises 404."""
        found = self.existing()
        if found is None:
            raise error("BlobNotFound")
        return found

    def keep(self, content: bytes) -> Span:
        """Write bytes to a new body."""
        return Span(self.state.blobs.bodies.write(self.container().folder, content), 0, len(content))

    def _only_adds(self) -> bool:
        """Whether the blob is new and the caller may add blobs (blobs/add/action)."""
        if not self.target.blob or not self.call.allowed(self.scope, data_action=f"{BLOBS}/add/action"):
            return False
        return self.call.cloud.store.get(self.scope) is None or self.existing() is None
