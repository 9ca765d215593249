"""The local Azure as one object: its state, who may do what, and the services that answer.

A service is a module with `register(cloud)`, which adds its resource types and handlers to the tables here.
`dispatch` is the one way in, for the servers and for what runs inside (a factory's activities): it names the
caller, writes the request log, and finds the handler. So nothing gets around permissions or the log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.azure.core.call import Principal, Reply, Request
from localcloud.azure.core.store import Store

Handler = Callable[["Call"], Reply]


@dataclass(frozen=True)
class Call:
    """A request with its caller, as a handler sees it."""

    cloud: "Cloud"
    request: Request
    principal: Principal

    def authorize(self, scope: str, *, action: str | None = None, data_action: str | None = None) -> None:
        """Raise 403 AuthorizationFailed (AuthorizationPermissionMismatch on data) unless a role allows it."""
        raise NotImplementedError


class Cloud:
    """State and services. `delete_delay`: seconds that a resource group stays in `Deleting`."""

    def __init__(self, folder: Path, *, arm_url: str, blob_url: str, delete_delay: float = 0.0) -> None:
        self.folder = folder
        self.arm_url = arm_url
        self.blob_url = blob_url
        self.delete_delay = delete_delay
        self.store = Store(folder)

    def dispatch(self, request: Request) -> Reply:
        """Answer one request; never raises: an error is a reply with the cloud's error body."""
        raise NotImplementedError
