"""The engine's protocol (pulumirpc.ResourceProvider), mapped onto our one resource and one function.

Spoken directly rather than through pulumi.provider.experimental; `wire` says why.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from mayfly.errors import MayflyError
from mayfly.provider import VERSION
from mayfly.provider.azure import factory_content
from mayfly.provider.azure.factory_content import Bag, Kind
from mayfly.provider.wire import decode, encode

CONTENT = "mayfly:azure:FactoryContent"
PREFLIGHT = "mayfly:azure:preflight"
SCHEMA = {"name": "mayfly", "version": VERSION, "resources": {CONTENT: {}}, "functions": {PREFLIGHT: {}}}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one engine. Signs in to the cloud at the first call that needs it: most updates need none."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._lock = threading.Lock()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Our version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:
        """A schema that names what there is; programs use our own `sdk`, no generated one."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """There is nothing to configure: the caller's environment says who calls which cloud."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Nothing to configure, nothing to differ."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        """What we can take: secrets, and unknowns at preview."""
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptOutputs=True, acceptResources=False
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Accept an engine that found us by PULUMI_DEBUG_PROVIDERS."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Stop after the calls that are under way; what is done by then is kept in the state."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        """Run a function: preflight."""
        from mayfly.clouds.azure.preflight import preflight

        with _told(context):
            if request.tok != PREFLIGHT:
                _abort(context, grpc.StatusCode.UNIMPLEMENTED, f"there is no function {request.tok}")
            answer = preflight(self._cloud, decode(request.args))
        return provider_pb2.InvokeResponse(**{"return": encode(answer)})

    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Tell everything that is wrong with the inputs at once; make documents with secrets secret."""
        with _told(context):
            _require(request.urn, context)
            news = decode(request.news)
            found = factory_content.check(news)
        failures = [provider_pb2.CheckFailure(property=where, reason=why) for where, why in found]
        return provider_pb2.CheckResponse(inputs=encode(factory_content.guarded(news)), failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Name what changes, document by document; formatting alone is no change."""
        with _told(context):
            return _diff_response(factory_content.diff(decode(request.olds), decode(request.news)))

    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Send all documents."""
        news = decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(factory_content.previewed(news)))
        with _told(context):
            return provider_pb2.CreateResponse(
                id=_factory_id(news), properties=self._apply({}, news, request.properties, context)
            )

    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Send what changed, remove what went."""
        news = decode(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode(factory_content.previewed(news)))
        with _told(context):
            return provider_pb2.UpdateResponse(
                properties=self._apply(decode(request.olds), news, request.news, context)
            )

    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """Compare with the cloud: drifted and missing documents show, a missing factory ends the resource."""
        from mayfly.provider.azure.apply import refresh

        olds = decode(request.properties)
        with _told(context):
            if "documents" not in olds:
                _abort(
                    context, grpc.StatusCode.UNIMPLEMENTED, "cannot be imported: an `up` adopts what is there"
                )
            found = refresh(self._factory(olds), factory_content.content_of(olds))
        if found is None:
            return provider_pb2.ReadResponse()
        known = (_factory_id(olds), found, factory_content.wanted(olds).secret)
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=encode(factory_content.state(*known)),
            inputs=encode(factory_content.inputs(*known)),
        )

    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove all documents; asked for only when the group stays."""
        from mayfly.provider.azure.apply import Unfinished, remove_all

        olds = decode(request.properties)
        with _told(context):
            try:
                remove_all(self._factory(olds), factory_content.content_of(olds), self._cancelled)
            except Unfinished as stopped:
                _abort(context, grpc.StatusCode.UNKNOWN, str(stopped))
        return empty_pb2.Empty()

    def _apply(self, olds: Bag, news: Bag, sent: Any, context: grpc.ServicerContext) -> Any:
        """Bring the factory to `news`; what was reached is kept in the state even when it stops midway."""
        from mayfly.provider.azure.apply import Unfinished, apply

        after, before = factory_content.wanted(news), factory_content.content_of(olds)
        secret = after.secret | factory_content.wanted(olds).secret
        try:
            content = apply(self._factory(news), before, after.content, self._cancelled)
        except Unfinished as stopped:
            reached = factory_content.state(_factory_id(news), stopped.content, secret)
            _abort_half_made(context, _factory_id(news), reached, stopped.reasons, sent)
        return encode(factory_content.state(_factory_id(news), content, secret))

    def _factory(self, bag: Bag) -> Any:
        from mayfly.clouds.azure import ids
        from mayfly.provider.azure.factory import Factory

        return Factory(self._cloud, str(ids.parse_as(_factory_id(bag), ids.FACTORY)))

    @property
    def _cloud(self) -> Any:
        with self._lock:
            return self._azure

    @cached_property
    def _azure(self) -> Any:
        from mayfly.clouds.azure import Azure

        return Azure.from_environment(os.environ)


def _factory_id(bag: Bag) -> str:
    return factory_content.wanted(bag).factory_id or ""


def _require(urn: str, context: grpc.ServicerContext) -> None:
    """Refuse a type that is not ours. A urn's type carries its parents' types before the last `$`."""
    type = urn.split("::")[-2].rsplit("$", 1)[-1]
    if type != CONTENT:
        _abort(context, grpc.StatusCode.UNIMPLEMENTED, f"there is no resource type {type}")


def _diff_response(found: dict[str, Kind]) -> provider_pb2.DiffResponse:
    response = provider_pb2.DiffResponse
    detailed = {
        path: provider_pb2.PropertyDiff(kind=kind.value, inputDiff=True)  # type: ignore[arg-type]
        for path, kind in found.items()
    }
    return response(
        changes=response.DIFF_SOME if found else response.DIFF_NONE,
        replaces=[path for path, kind in found.items() if kind is Kind.REPLACE],
        diffs=sorted({path.split("[")[0] for path in found}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


@contextmanager
def _told(context: grpc.ServicerContext) -> Iterator[None]:
    """Tell our own errors by their message alone; others keep their traceback, for a report."""
    try:
        yield
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


def _abort_half_made(
    context: grpc.ServicerContext, id: str, reached: Bag, reasons: list[str], sent: Any
) -> NoReturn:
    """Tell the engine what exists although the step failed: it keeps that, and the next `up` updates it."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=id, properties=encode(reached), reasons=reasons, inputs=sent
    )
    message = f"{len(reasons)} of the documents could not be brought in place"
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
    status.details.add().Pack(detail)
    context.abort_with_status(_Status(message, status.SerializeToString()))
    raise AssertionError("abort raises")
