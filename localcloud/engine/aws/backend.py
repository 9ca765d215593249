"""aws for a provider server: its rows and functions, acting on one endpoint."""

from __future__ import annotations

import threading

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.aws import invokes, provider
from localcloud.engine.aws.configuration import Connection, Keys, connect
from localcloud.engine.server import Handle
from localcloud.engine.server import serve as serve_backend
from localcloud.engine.values import Properties


def serve(
    endpoint: str, ca: str, region: str, access_key_id: str, secret_access_key: str, port: int = 0
) -> Handle:
    """Start a server that acts as the access key's owner, with `ca` as the endpoint's authority.

    The engine attaches to it through `PULUMI_DEBUG_PROVIDERS=aws:PORT`. One server serves many. region: for
    programs that name none. port: 0 for a free one. Raises RuntimeError if it is taken. The endpoint is asked
    for nothing before an engine wants something.
    """
    keys = Keys(endpoint, ca, region, access_key_id, secret_access_key)
    handle = serve_backend(Aws(keys), port)
    threading.Thread(target=keys.cloud(region).warm, name="warm", daemon=True).start()
    return handle


class Aws:
    """The aws provider."""

    version = "7.51.1"

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def configure(self, request: messages.ConfigureRequest) -> Connection:
        """A provider instance: who it acts as, and where."""
        return connect(self._keys, dict(request.variables))

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
        """Give up all connections to the endpoint."""
        self._keys.close()
