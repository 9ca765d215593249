"""azure-native for a provider server: its rows and functions, acting on one Resource Manager."""

from __future__ import annotations

import threading

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.azure_native import invokes, provider
from localcloud.engine.azure_native.arm import Credentials
from localcloud.engine.azure_native.configuration import Connection, Principals
from localcloud.engine.server import Handle
from localcloud.engine.server import serve as serve_backend
from localcloud.engine.values import Properties


def serve(credentials: Credentials, arm_url: str, ca: str, port: int = 0) -> Handle:
    """Start a server that acts as `credentials`, at Resource Manager's address, with `ca` as its authority.

    The engine attaches to it through `PULUMI_DEBUG_PROVIDERS=azure-native:PORT`. One server serves many.
    port: 0 for a free one. Raises RuntimeError if it is taken. Resource Manager is asked for nothing before
    an engine configures a provider.
    """
    return serve_backend(AzureNative(Principals(credentials, arm_url, ca)), port)


class AzureNative:
    """The azure-native provider."""

    version = "3.29.0"

    def __init__(self, principals: Principals) -> None:
        self._principals = principals

    def configure(self, request: messages.ConfigureRequest) -> Connection:
        """A provider instance: who it acts as, and where."""
        return self._principals.connect(dict(request.variables))

    def check(self, at: Connection, request: messages.CheckRequest) -> messages.CheckResponse:
        """Defaults and what is missing."""
        return provider.check(at, request)

    def diff(self, request: messages.DiffRequest) -> messages.DiffResponse:
        """What an update changes."""
        return provider.compare(request)

    def create(
        self, at: Connection, request: messages.CreateRequest, stop: threading.Event
    ) -> messages.CreateResponse:
        """Make a resource."""
        return provider.create(at, request, stop)

    def update(
        self, at: Connection, request: messages.UpdateRequest, stop: threading.Event
    ) -> messages.UpdateResponse:
        """Change a resource."""
        return provider.update(at, request, stop)

    def read(self, at: Connection, request: messages.ReadRequest) -> messages.ReadResponse:
        """What is there now."""
        return provider.read(at, request)

    def delete(self, at: Connection, request: messages.DeleteRequest, stop: threading.Event) -> None:
        """Remove a resource."""
        provider.delete(at, request, stop)

    def invoke(self, at: Connection, token: str, arguments: Properties) -> Properties:
        """Call a function."""
        return invokes.invoke(at, token, arguments)

    def close(self) -> None:
        """Give up all connections to Resource Manager."""
        self._principals.close()
