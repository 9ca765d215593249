"""A gRPC server that replaces a provider plugin of the Pulumi engine. One server serves many engines."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.proto import provider_pb2 as messages

from localcloud.engine.backend import Backend, HalfMade
from localcloud.engine.connections import Connections
from localcloud.engine.peers import HOST, OwnUserAlone
from localcloud.engine.values import decode, encode

CALLS = 256
"""Simultaneous calls of all engines. A waiting call only holds a thread."""

LARGEST_MESSAGE = 1024 * 1024 * 400
"""Bytes: the engine's own limit."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Handle:
    """A running server. port: where it listens on 127.0.0.1."""

    port: int
    _server: Any
    _backend: Backend[Any]

    def stop(self) -> None:
        """Stop at once. Calls under way end with an error."""
        self._server.stop(grace=None).wait()
        self._backend.close()


def serve(backend: Backend[Any], port: int = 0) -> Handle:
    """Start a server for a provider, for our own user. port: 0 for a free one.

    Raises RuntimeError if it is taken.
    """
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ]
    own = OwnUserAlone()
    pool = ThreadPoolExecutor(CALLS, thread_name_prefix="engine")
    server = grpc.server(pool, interceptors=[own], options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(backend), server)
    own.port = server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    return Handle(own.port, server, backend)


def _reported(method: Callable[[Any, Any, Any], Answer]) -> Callable[[Any, Any, Any], Answer]:
    """Turn exceptions into the message of the resource's error, which the user sees."""

    @functools.wraps(method)
    def call(self: Any, request: Any, context: grpc.ServicerContext) -> Answer:
        try:
            return method(self, request, context)
        except HalfMade as half:
            return context.abort_with_status(_half_made(half))  # type: ignore[no-any-return]
        except Exception as error:
            return context.abort(grpc.StatusCode.UNKNOWN, str(error) or repr(error))  # type: ignore[no-any-return]

    return call


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Pulumi's provider protocol. It only keeps the configuration of each connection."""

    def __init__(self, backend: Backend[Any]) -> None:
        self._backend = backend
        self._connections: Connections[Any] = Connections()

    def Handshake(self, request: Any, context: Any) -> messages.ProviderHandshakeResponse:
        """Leave secrets to the engine, as the official provider does: it marks outputs of secret inputs."""
        return messages.ProviderHandshakeResponse(supports_autonaming_configuration=True)

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:
        """Answer an engine that attaches through `PULUMI_DEBUG_PROVIDERS`."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        """Return the official provider's version."""
        return plugin_pb2.PluginInfo(version=self._backend.version)

    def CheckConfig(self, request: Any, context: Any) -> messages.CheckResponse:
        """Accept any configuration; it is checked when it is used."""
        return messages.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> messages.DiffResponse:
        """Leave the comparison to the engine, as the official provider does."""
        return messages.DiffResponse(changes=messages.DiffResponse.DIFF_UNKNOWN)

    @_reported
    def Configure(self, request: Any, context: Any) -> messages.ConfigureResponse:
        """Keep the configuration of this connection."""
        self._connections.keep(context.peer(), self._backend.configure(request))
        return messages.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    @_reported
    def Check(self, request: Any, context: Any) -> messages.CheckResponse:
        """Add defaults and report missing inputs."""
        return self._backend.check(self._at(context), request)

    @_reported
    def Diff(self, request: Any, context: Any) -> messages.DiffResponse:
        """Return the changes of an update."""
        return self._backend.diff(request)

    @_reported
    def Create(self, request: Any, context: Any) -> messages.CreateResponse:
        """Make a resource."""
        return self._backend.create(self._at(context), request, self._connections.stop_event(context))

    @_reported
    def Update(self, request: Any, context: Any) -> messages.UpdateResponse:
        """Change a resource."""
        return self._backend.update(self._at(context), request, self._connections.stop_event(context))

    @_reported
    def Read(self, request: Any, context: Any) -> messages.ReadResponse:
        """Read a resource."""
        return self._backend.read(self._at(context), request)

    @_reported
    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        """Remove a resource."""
        self._backend.delete(self._at(context), request, self._connections.stop_event(context))
        return empty_pb2.Empty()

    @_reported
    def Invoke(self, request: Any, context: Any) -> messages.InvokeResponse:
        """Call a function."""
        found = self._backend.invoke(self._at(context), request.tok, decode(request.args))
        response = messages.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(found))
        return response

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        """Stop the calls of an interrupted engine."""
        self._connections.cancel(context.peer())
        return empty_pb2.Empty()

    def _at(self, context: Any) -> Any:
        return self._connections.of(context)


class _Status(grpc.Status):  # type: ignore[misc]  # grpc has no type information
    def __init__(self, details: str, packed: bytes) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = details
        self.trailing_metadata = (("grpc-status-details-bin", packed),)


def _half_made(half: HalfMade) -> _Status:
    """Return the error status of a half-made resource. The engine keeps a resource that an error carries."""
    detail = messages.ErrorResourceInitFailed(
        id=half.resource_id, properties=encode(half.outputs), inputs=encode(half.inputs), reasons=[str(half)]
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(half), details=[packed])
    return _Status(str(half), status.SerializeToString())
