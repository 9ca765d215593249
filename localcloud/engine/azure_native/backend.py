"""azure-native for a provider server: its rows and functions, for one Resource Manager."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.azure_native import invokes, provider
from localcloud.engine.azure_native.arm import Credentials
from localcloud.engine.azure_native.configuration import Connection, Principals
from localcloud.engine.server import Handle
from localcloud.engine.server import serve as serve_backend


def serve(credentials: Credentials, arm_url: str, ca: str, port: int = 0) -> Handle:
    """Start a server that acts as `credentials`. ca: a file with the authority of the cloud's certificate.

    The engine attaches to it through `PULUMI_DEBUG_PROVIDERS=azure-native:PORT`. One server serves many.
    port: 0 for a free one. Raises RuntimeError if it is taken. No request is sent before an engine configures
    a provider.
    """
    return serve_backend(AzureNative(Principals(credentials, arm_url, ca)), port)


class AzureNative:
    """The azure-native provider."""

    version = "3.29.0"

    def __init__(self, principals: Principals) -> None:
        self._principals = principals

    def configure(self, request: messages.ConfigureRequest) -> Connection:
        """Return a provider instance."""
        return self._principals.connect(dict(request.variables))

    check = staticmethod(provider.check)
    diff = staticmethod(provider.compare)
    create = staticmethod(provider.create)
    update = staticmethod(provider.update)
    read = staticmethod(provider.read)
    delete = staticmethod(provider.delete)
    invoke = staticmethod(invokes.invoke)

    def close(self) -> None:
        """Close all connections."""
        self._principals.close()
