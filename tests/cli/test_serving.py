"""Our provider, served by the verb's own process."""

from __future__ import annotations

import socket

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from mayfly.engine import serving
from mayfly.provider import VERSION


def test_an_engine_finds_the_provider_beside_those_that_are_named_already() -> None:
    with serving.serving({serving.ATTACHED: "aws:1,notmayfly:2"}) as served:
        served.start()
        *others, own = served.environ[serving.ATTACHED].split(",")
        with grpc.insecure_channel(f"127.0.0.1:{own.removeprefix('mayfly:')}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            answer = provider.GetPluginInfo(empty_pb2.Empty(), timeout=10, wait_for_ready=True)
    assert others == ["aws:1", "notmayfly:2"]
    assert answer.version == VERSION


def test_a_provider_of_ours_that_is_named_already_is_left() -> None:
    named = {serving.ATTACHED: "aws:1,mayfly:2"}
    with serving.serving(named) as served:
        served.start()
        assert served.environ == named


def test_nothing_listens_when_the_engine_was_never_started() -> None:
    with serving.serving({}) as served:
        port = int(served.environ[serving.ATTACHED].removeprefix("mayfly:"))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
