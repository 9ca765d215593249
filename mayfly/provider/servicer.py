"""The engine's protocol (pulumirpc.ResourceProvider), mapped onto the resources of the registry.

Spoken directly rather than through pulumi.provider.experimental; `wire` says why.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from mayfly.clouds import shared
from mayfly.errors import MayflyError
from mayfly.provider import VERSION, registry
from mayfly.provider.resource import Call, Change, HalfMade, Resource, Unsupported
from mayfly.provider.wire import decode, encode


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one engine. Keeps nothing but the clients of the clouds."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._clouds = shared.shared()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Our version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:
        """The resources and functions, by name."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(registry.schema()))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """There is nothing to configure: the caller's environment says who calls which cloud."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Nothing to configure, nothing to differ."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        """We accept secrets, and unknowns in previews."""
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptOutputs=True, acceptResources=False
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Accept an engine that found us by PULUMI_DEBUG_PROVIDERS."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Stop after the running calls; the state keeps what they did."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        """Run a function."""
        with errors_reported(context):
            make = registry.FUNCTIONS.get(request.tok)
            if make is None:
                raise Unsupported(f"there is no function {request.tok}")
            answer = make(self._clouds)(decode(request.args))
        return provider_pb2.InvokeResponse(**{"return": encode(answer)})

    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Return everything that is wrong with the inputs."""
        with errors_reported(context):
            inputs, found = self._resource(request.urn).check(decode(request.news))
        failures = [provider_pb2.CheckFailure(property=where, reason=why) for where, why in found]
        return provider_pb2.CheckResponse(inputs=encode(inputs), failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Return what changes."""
        with errors_reported(context):
            resource = self._resource(request.urn)
            return _diff_response(resource, decode(request.olds), decode(request.news))

    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Make it, or return what a preview knows."""
        news = decode(request.properties)
        with errors_reported(context, sent=request.properties):
            resource = self._resource(request.urn)
            if request.preview:
                return provider_pb2.CreateResponse(properties=encode(resource.preview(news)))
            made = resource.create(news, self._call)
        return provider_pb2.CreateResponse(id=made.id, properties=encode(made.state))

    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Change it, or return what a preview knows."""
        news = decode(request.news)
        with errors_reported(context, sent=request.news):
            resource = self._resource(request.urn)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=encode(resource.preview(news)))
            made = resource.update(decode(request.olds), news, self._call)
        return provider_pb2.UpdateResponse(properties=encode(made.state))

    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """Compare with the cloud; an empty answer means that it is gone."""
        with errors_reported(context):
            found = self._resource(request.urn).read(request.id, decode(request.properties))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id, properties=encode(found.state), inputs=encode(found.inputs)
        )

    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove it."""
        with errors_reported(context):
            self._resource(request.urn).delete(decode(request.properties), self._call)
        return empty_pb2.Empty()

    @property
    def _call(self) -> Call:
        return Call(self._cancelled)

    def _resource(self, urn: str) -> Resource:
        """The resource of a type. A urn's type carries its parents' types before the last `$`."""
        token = urn.split("::")[-2].rsplit("$", 1)[-1]
        make = registry.RESOURCES.get(token)
        if make is None:
            raise Unsupported(f"there is no resource type {token}")
        return make(self._clouds)


def _diff_response(resource: Resource, olds: Any, news: Any) -> provider_pb2.DiffResponse:
    response, found = provider_pb2.DiffResponse, resource.diff(olds, news)
    detailed = {
        path: provider_pb2.PropertyDiff(kind=change.value, inputDiff=True)  # type: ignore[arg-type]
        for path, change in found.items()
    }
    return response(
        changes=response.DIFF_SOME if found else response.DIFF_NONE,
        replaces=[path for path, change in found.items() if change is Change.REPLACE],
        deleteBeforeReplace=resource.deletes_first,
        diffs=sorted({path.split("[")[0] for path in found}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


@contextmanager
def errors_reported(context: grpc.ServicerContext, sent: Any = None) -> Iterator[None]:
    """Report our own errors by their message; others keep their traceback, for a bug report.

    sent: the engine's inputs, which it keeps with a half-made resource.
    """
    try:
        yield
    except Unsupported as error:
        _abort(context, grpc.StatusCode.UNIMPLEMENTED, str(error))
    except HalfMade as half:
        _abort_half_made(context, half, sent)
    except MayflyError as error:
        _abort(context, grpc.StatusCode.UNKNOWN, str(error))


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort raises")


class _Status(grpc.Status):  # type: ignore[misc]
    """A status with details, as grpc asks for it."""

    def __init__(self, message: str, details: bytes) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = message
        self.trailing_metadata = (("grpc-status-details-bin", details),)


def _abort_half_made(context: grpc.ServicerContext, half: HalfMade, sent: Any) -> NoReturn:
    """Report what exists although the step failed: the engine keeps it, and the next `up` updates it."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=half.made.id, properties=encode(half.made.state), reasons=half.reasons, inputs=sent
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=half.what)
    status.details.add().Pack(detail)
    context.abort_with_status(_Status(half.what, status.SerializeToString()))
    raise AssertionError("abort raises")
