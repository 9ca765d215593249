"""`pulumi-language-python` for machines where the official language host cannot be had.

The Pulumi CLI starts a language host, reads a port from its standard output, and asks it over gRPC
(`pulumirpc.LanguageRuntime`) to run the program. The official host is a Go binary that only the official CLI
brings. This one runs the program in its own process, on the main thread; the launcher that set-up writes
starts it with the interpreter of the project's virtual environment.

The CLI starts a host for each phase of a command: one that it only asks about itself, one for the preview,
one for the update. So the port is printed, and simple questions are answered, before `pulumi` is imported,
and its import overlaps with the CLI's own work.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import grpc

if TYPE_CHECKING:
    from pulumi.runtime.proto import language_pb2

SERVICE = "pulumirpc.LanguageRuntime"
UNLIMITED = 1024 * 1024 * 400
"""Bytes in a message: the CLI's own limit, far above gRPC's default of 4 MiB."""

Job = Callable[[], None]


class Host(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no type information
    """Answers the CLI. Messages are bytes here, so that nothing of `pulumi` is needed to answer the first."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        nothing = unary(lambda request, context: b"")
        self._methods = {
            "About": unary(lambda request, context: _about()),
            "Cancel": nothing,
            "GetPluginInfo": nothing,
            "GetProgramDependencies": unary(lambda request, context: _dependencies()),
            "GetRequiredPackages": unary(lambda request, context: self._required_packages()),
            "Handshake": nothing,
            "InstallDependencies": stream(lambda request, context: iter([_install()])),
            "Run": unary(lambda request, context: self._run(request)),
        }

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a method, or None, which gRPC answers with UNIMPLEMENTED."""
        service, _, method = handler_call_details.method.lstrip("/").partition("/")
        return self._methods.get(method) if service == SERVICE else None

    def _required_packages(self) -> bytes:
        # No list: the engine finds each plugin when the first resource of its package is registered.
        # A run usually follows, after the engine has opened its stack.
        self.jobs.put(_warm_up)
        return b""

    def _run(self, request: bytes) -> bytes:
        # On the main thread, as a program expects; and two threads that import `pulumi` at once would meet
        # half-made modules.
        answer: Future[bytes] = Future()
        self.jobs.put(lambda: _settle(answer, lambda: _run_request(request)))
        return answer.result()


def main() -> NoReturn:
    """Serve one CLI until it interrupts us or goes away."""
    _exit_with_the_cli()
    host = Host()
    server = grpc.server(
        ThreadPoolExecutor(max_workers=8),
        handlers=[host],
        options=[("grpc.max_receive_message_length", UNLIMITED), ("grpc.max_send_message_length", UNLIMITED)],
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    _say_port(port)
    while True:
        host.jobs.get()()


def _exit_with_the_cli() -> None:
    """Leave when the CLI interrupts us, its way to close a plugin, or dies, which closes our stdin."""
    # Not by a handler of Python's: a signal that comes just before the main thread waits for work would stay
    # unseen, and the CLI would wait five seconds for us.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    line = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # A program that reads its input finds it empty, as with the official host.
    os.close(nothing)
    threading.Thread(target=_watch, args=(line,), name="watch-cli", daemon=True).start()


def _watch(line: int) -> None:
    try:
        while os.read(line, 1024):
            pass
    except OSError:
        return  # There is no standard input to watch.
    os._exit(0)


def _say_port(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # What a program prints is shown as it comes.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # text streams at start-up


def _warm_up() -> None:
    """Import what every program needs, while the CLI opens its stack."""
    import importlib

    importlib.import_module("pulumi")


def _settle(answer: Future[bytes], work: Callable[[], bytes]) -> None:
    try:
        answer.set_result(work())
    except BaseException as error:
        answer.set_exception(error)


def _about() -> bytes:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return _field(1, sys.executable.encode()) + _field(2, version.encode())


def _dependencies() -> bytes:
    from importlib.metadata import distributions

    found = sorted({(package.name, package.version) for package in distributions()})
    return b"".join(
        _field(1, _field(1, name.encode()) + _field(2, version.encode())) for name, version in found
    )


def _install() -> bytes:
    return _field(1, b"Dependencies are installed by the project's own set-up, not here.\n")


def _field(number: int, value: bytes) -> bytes:
    """A string or message field in protobuf's encoding."""
    size, length = len(value), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + value


def _run_request(data: bytes) -> bytes:
    from pulumi.runtime.proto import language_pb2

    request = language_pb2.RunRequest.FromString(data)
    return bytes(run(request).SerializeToString())


def run(request: language_pb2.RunRequest) -> language_pb2.RunResponse:
    """Run one program to its end. A process runs one only: the CLI starts a host for each run."""
    from pulumi.runtime.proto import language_pb2

    wrong = _wrong_environment(request)
    if wrong:
        return language_pb2.RunResponse(error=wrong)
    gc.set_threshold(1_000_000)  # Importing the SDKs makes much and drops little: 20 % quicker.
    folder = Path(request.info.program_directory or request.pwd).resolve()
    program = folder / (request.info.entry_point or ".")
    os.chdir(folder)
    sys.argv = [str(program), *request.args[1:]]
    sys.path.insert(0, str(folder))
    try:
        from mayfly.engine.program import run as run_program

        return run_program(request, program)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _wrong_environment(request: language_pb2.RunRequest) -> str | None:
    """The program's own virtual environment, when it is another than the one this host runs in."""
    options = request.info.options.fields
    named = options["virtualenv"].string_value if "virtualenv" in options else ""
    if not named:
        return None
    wanted = (Path(request.info.root_directory or request.pwd) / named).resolve()
    if wanted == Path(sys.prefix).resolve():
        return None
    return f"this language host runs in the virtual environment {sys.prefix}, the program asks for {wanted}"


if __name__ == "__main__":
    main()
