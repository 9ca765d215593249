"""What the verb's own process serves to the engine: our provider, and the project's program.

The engine would start a process for each: another interpreter, grpc, the SDKs, and clients of the cloud that
the verb has already. Plain `pulumi up` starts them. What happens when the verb is interrupted or killed:
docs/adr/0009-provider-in-the-verb.md and docs/adr/0012-program-in-the-verb.md.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc

    from mayfly.engine.inline import Program

ATTACHED = "PULUMI_DEBUG_PROVIDERS"
"""Pulumi's variable: providers that run already, as name:port, with commas between."""

NAME = "mayfly"
HOST = "127.0.0.1"
LANGUAGE = "pulumirpc.LanguageRuntime"
UNLIMITED = 1024 * 1024 * 400
"""Bytes in a message: the CLI's own limit, far above gRPC's default of 4 MiB."""

CALLS = 4
"""How many calls about the program are answered at once."""

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # read by grpc when it is loaded
"""What we start is another program at once; grpc would wake its threads in it, between fork and exec."""


@dataclass(frozen=True)
class Serving:
    """What an engine needs to know of what is served.

    environ: the engine's environment. flags: its command line's. start: serves; to be called once the
    engine's process is there, since no process is forked safely while modules are imported.
    """

    environ: Mapping[str, str]
    flags: Sequence[str]
    start: Callable[[], None]


@contextmanager
def serving(
    environ: Mapping[str, str], program: Program | None = None, answer_first: bool = False
) -> Iterator[Serving]:
    """Serve an engine until this ends.

    environ: the engine's; a provider of ours that it names already is left. program: what the engine is to
    run; None leaves that to its language host. answer_first: whether the engine begins only when the cloud
    has answered the program's question.
    """
    attached = environ.get(ATTACHED, "")
    servers, flags = [], []
    with ExitStack() as held:
        if program is not None:
            port = held.enter_context(_reserved())
            flags = [f"--client={HOST}:{port}", "--exec-kind", "auto.inline"]
            servers.append(_Server(port, lambda port: _language(port, program)))
        if not any(one.startswith(f"{NAME}:") for one in attached.split(",")):
            port = held.enter_context(_reserved())
            environ = {**environ, ATTACHED: ",".join(filter(None, (attached, f"{NAME}:{port}")))}
            first = program if answer_first else None
            servers.append(_Server(port, lambda port: _provider(port, first)))

        # One thread, one import after the other: two that import grpc or pulumi meet half-made modules.
        thread = Thread(target=partial(_serve, servers, program), name="serving", daemon=True)

        def start() -> None:
            if program is not None:
                program.begin()
            thread.start()

        try:
            yield Serving(environ, flags, start)
        finally:
            if thread.ident is not None:
                thread.join()
            for server in servers:
                server.stop()
            if program is not None:
                program.close()


def _serve(servers: Sequence[_Server], program: Program | None) -> None:
    try:
        for server in servers:
            server.start()
    finally:
        if program is not None:
            program.load()


@contextmanager
def _reserved() -> Iterator[int]:
    """A free port that no one else is given, as long as this lasts; whoever says "reuse" can listen on it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((HOST, 0))
        yield held.getsockname()[1]


class _Server:
    """Begins to serve while the engine starts, which takes longer than what has to be imported here."""

    def __init__(self, port: int, serve: Callable[[int], grpc.Server]) -> None:
        self._port, self._serve = port, serve
        self._server: grpc.Server | None = None

    def start(self) -> None:
        self._server = self._serve(self._port)

    def stop(self) -> None:
        """The engine has ended. A call that it left under way, as at a second Ctrl-C, is not waited for."""
        if self._server is not None:
            self._server.stop(grace=None).wait()


def _provider(port: int, first: Program | None) -> grpc.Server:
    """Serve our provider. The engine asks it nothing before the program runs. first: whose question is."""
    if first is not None:
        first.give_way()
    from mayfly.provider import server

    return server.start(port)[0]


def _language(port: int, program: Program) -> grpc.Server:
    """Serve the program. That needs grpc and nothing of `pulumi`: the engine connects early."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    from mayfly.provider.peers import OwnUserAlone

    def unary(answer: Callable[[bytes], bytes]) -> Any:
        return grpc.unary_unary_rpc_method_handler(lambda request, context: answer(request))

    nothing = unary(lambda request: b"")
    methods = {"GetPluginInfo": nothing, "GetRequiredPackages": nothing, "Run": unary(program.run)}
    own = OwnUserAlone()
    own.port = port
    limits = [("grpc.max_receive_message_length", UNLIMITED), ("grpc.max_send_message_length", UNLIMITED)]
    server = grpc.server(ThreadPoolExecutor(CALLS), interceptors=[own], options=limits)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(LANGUAGE, methods),))
    server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    return server
