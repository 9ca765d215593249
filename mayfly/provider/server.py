"""The process that the engine starts: prints its port, serves on loopback, ends with the engine."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from mayfly import process
from mayfly.provider.peers import HOST, OwnUserAlone
from mayfly.provider.servicer import Servicer

CALLS = 16
GRACE = 10.0
PARENT_CHECK = 2.0


def start(port: int = 0) -> tuple[grpc.Server, int]:
    """Serve our own user on 127.0.0.1; the server and its port. port: 0 for a free one."""
    own = OwnUserAlone()
    server = grpc.server(ThreadPoolExecutor(CALLS), interceptors=[own], options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), server)
    own.port = server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    return server, own.port


def main() -> None:
    """Serve until the engine ends us, or has itself been killed: a plugin must not outlive its engine."""
    process.collect_rarely()
    engine = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server, port = start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not ended.wait(PARENT_CHECK) and os.getppid() == engine:
        pass
    server.stop(GRACE).wait()
    process.leave(SystemExit())
