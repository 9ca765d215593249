"""aws for a provider server: its rows and functions, for one endpoint."""

from __future__ import annotations

import threading

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.aws import invokes, provider
from localcloud.engine.aws.configuration import Connection, Keys, connect
from localcloud.engine.server import Handle
from localcloud.engine.server import serve as serve_backend


def serve(
    endpoint: str, ca: str, region: str, access_key_id: str, secret_access_key: str, port: int = 0
) -> Handle:
    """Start a server that acts as the access key's owner, with `ca` as the endpoint's authority.

    The engine attaches to it through `PULUMI_DEBUG_PROVIDERS=aws:PORT`. One server serves many. region: for
    programs that name none. port: 0 for a free one. Raises RuntimeError if it is taken. No request is sent
    before an engine calls.
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
        """Return a provider instance."""
        return connect(self._keys, dict(request.variables))

    check = staticmethod(provider.check)
    diff = staticmethod(provider.compare)
    create = staticmethod(provider.create)
    update = staticmethod(provider.update)
    read = staticmethod(provider.read)
    delete = staticmethod(provider.delete)
    invoke = staticmethod(invokes.invoke)

    def close(self) -> None:
        """Close all connections."""
        self._keys.close()
