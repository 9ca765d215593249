"""Runs a Pulumi program for an engine: in the process of `mayfly up`, and in that of our language host."""

from __future__ import annotations

import asyncio
import logging
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import grpc
import pulumi.runtime
from pulumi import RunError, log
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto.language_pb2 import RunRequest, RunResponse

THREADS = 4
"""For each operation that the engine lets run in parallel, as the official host has it."""

NOT_THE_PROGRAM = (
    __file__,
    "<frozen runpy>",
    *(str(Path(str(package.__file__)).parent) for package in (asyncio, pulumi.runtime)),
)
"""Where the frames above a program's own come from."""


def run(request: RunRequest, program: Path) -> RunResponse:
    """Run a program to its end.

    program: its file, or the folder of its `__main__.py`.
    """
    # Pulumi keeps its settings in context variables: a run has a context of its own.
    return copy_context().run(_run, request, program)


def _run(request: RunRequest, program: Path) -> RunResponse:
    reset_options(
        organization=request.organization or "organization",
        project=request.project,
        stack=request.stack,
        parallel=request.parallel,
        engine_address=request.args[0] if request.args else "",
        monitor_address=request.monitor_address,
        preview=request.dryRun,
    )
    set_all_config(dict(request.config), list(request.configSecretKeys))
    # When one resource fails, futures that others wait for are left behind; asyncio would report each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop, pool = asyncio.new_event_loop(), ThreadPoolExecutor(THREADS * max(request.parallel, 1))
    asyncio.set_event_loop(loop)
    loop.set_default_executor(pool)
    try:
        return _outcome(loop, program)
    finally:
        _close(loop)
        pool.shutdown(wait=False)


def _outcome(loop: asyncio.AbstractEventLoop, program: Path) -> RunResponse:
    """Report what went wrong in the words, and with the exit, of the official host."""
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    except RunError as error:
        log.error(str(error))
        return RunResponse(bail=True)
    except SystemExit as leaving:
        return RunResponse(error=_exit_error(leaving))
    except grpc.RpcError as error:
        # An engine that has gone, or is going, has said why.
        if error.code() != grpc.StatusCode.UNAVAILABLE:
            log.error(f"RPC error: {error.details()}")
        return RunResponse(bail=True)
    except BaseException as error:
        log.error("Program failed with an unhandled exception:\n" + _traceback(error))
        return RunResponse(bail=True)
    return RunResponse()


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _exit_error(leaving: SystemExit) -> str:
    if leaving.code is None or leaving.code == 0:
        return ""
    if isinstance(leaving.code, int):
        return f"Program exited with non-zero exit code: {leaving.code}"
    sys.stderr.write(f"{leaving.code}\n")
    return "Program exited with non-zero exit code: 1"


def _traceback(error: BaseException) -> str:
    """The traceback without the frames above the program's own."""
    start = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename.startswith(NOT_THE_PROGRAM):
        start = start.tb_next
    return "".join(traceback.format_exception(type(error), error, start or error.__traceback__))


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what a failed program left waiting, so that nothing of it speaks up later."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
