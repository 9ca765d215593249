"""Whose calls a provider server takes: its own user's, since it has his credentials and asks for none."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

import localcloud.engine.peers as engines_own
import mayfly.provider.peers as providers_own
from localcloud.engine.peers import user_of
from mayfly.provider import server as provider

if TYPE_CHECKING:
    from localcloud.engine.azure_native import Handle

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tells no user by connection")
ANOTHER_USER = 65534

CALLER = """
import os, sys
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
if sys.argv[2] != "-":
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}") as channel:
    try:
        provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty(), timeout=20)
    except grpc.RpcError as error:
        sys.exit(error.code().name)
"""


def _answer(kind: int = 20, state: int = 1, ports: tuple[int, int] = (40000, 50), user: int = 1000) -> bytes:
    """As the kernel writes it: netlink's header, then `struct inet_diag_msg`."""
    ends = struct.pack("!HH16s16s", *ports, socket.inet_aton("127.0.0.1"), socket.inet_aton("127.0.0.1"))
    body = bytes([socket.AF_INET, state, 0, 0]) + ends + struct.pack("=3I", 0, 7, 8)
    body += struct.pack("=5I", 1, 2, 3, user, 1234)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 99) + body + bytes(52)


def _raises(_question: bytes) -> bytes:
    raise OSError("no netlink here")


@pytest.mark.parametrize(
    ("answer", "user"),
    [
        (_answer(), 1000),
        (_answer(user=0), 0),
        (_answer(ports=(40001, 50)), None),
        (_answer(ports=(40000, 51)), None),
        (_answer(kind=2), None),  # an error: there is no such connection
        # Closed by its client: what is left of it belongs to root, whoever it was. 10: it only listens.
        *((_answer(state=state, user=0), None) for state in (2, 4, 5, 6, 7, 8, 10)),
        (b"", None),
        (_answer()[:60], None),
    ],
)
def test_the_kernel_tells_the_user(answer: bytes, user: int | None) -> None:
    assert user_of("ipv4:127.0.0.1:40000", 50, lambda _: answer) == user


def test_where_the_kernel_is_not_to_be_asked_a_caller_is_nobody() -> None:
    assert user_of("ipv4:127.0.0.1:40000", 50, _raises) is None


@pytest.mark.parametrize("peer", ["ipv6:%5B::1%5D:40000", "unix:", "ipv4:127.0.0.1", "ipv4:127.0.0.1:", ""])
def test_a_connection_of_another_kind_is_nobodys(peer: str) -> None:
    assert user_of(peer, 50, lambda _: _answer()) is None


@LINUX
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_real_kernel_knows_a_connection_as_long_as_its_client_has_it_open(
    family: socket.AddressFamily,
) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::ffff:127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.socket(family) as client:
            client.connect((host, port))
            served, (_, its_port) = listening.accept()
            peer = f"ipv4:127.0.0.1:{its_port}"
            assert user_of(peer, port) == os.geteuid()
            assert user_of(peer, port + 1) is None
        with served:
            assert user_of(peer, port) is None


@contextmanager
def _providers_own() -> Iterator[int]:
    """Our provider, as the verbs and the plugin serve it; gives its port."""
    served, port = provider.start()
    yield port
    served.stop(None).wait()


@contextmanager
def _serving(which: str, server: Handle) -> Iterator[int]:
    if which == "localcloud":
        yield server.port
        return
    with _providers_own() as port:
        yield port


def _called(port: int, user: int | None = None) -> str:
    """What came of a call of another process, as another user; "" when it was answered."""
    command = [sys.executable, "-c", CALLER, str(port), "-" if user is None else str(user)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stderr.strip()


@pytest.fixture(params=["localcloud", "mayfly"])
def port(request: pytest.FixtureRequest, server: Handle) -> Iterator[int]:
    """Of a server of each kind."""
    with _serving(request.param, server) as port:
        yield port


def test_its_own_user_is_answered(port: int) -> None:
    assert _called(port) == ""


@LINUX
def test_what_belongs_to_another_user_refuses_us(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Needs no second user: the server is told that it is somebody else's."""
    for module in (engines_own, providers_own):
        monkeypatch.setattr(module, "user_of", lambda *_, real=module.user_of: real(*_) + 1)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.GetPluginInfo(empty_pb2.Empty(), timeout=20)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert refused.value.details() == f"takes calls of user {os.geteuid()} alone"


@LINUX
def test_a_refusal_says_when_the_kernel_does_not_tell_the_user(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a sandbox that has no sock_diag: it is not another user's call."""
    for module in (engines_own, providers_own):
        monkeypatch.setattr(module, "user_of", lambda *_: None)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError, match="the kernel does not say whose this is"):
            stub.GetPluginInfo(empty_pb2.Empty(), timeout=20)


@LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can call as another user")
def test_another_user_of_the_machine_is_refused(port: int) -> None:
    assert _called(port, ANOTHER_USER) == "PERMISSION_DENIED"


@LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can call as another user")
def test_another_user_would_be_answered_without_the_check(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    everybody: Callable[..., Any] = lambda *_: os.geteuid()  # noqa: E731
    for module in (engines_own, providers_own):
        monkeypatch.setattr(module, "user_of", everybody)
    assert _called(port, ANOTHER_USER) == ""


def test_both_rooms_hold_the_same_text() -> None:
    assert Path(engines_own.__file__).read_text() == Path(providers_own.__file__).read_text()
