"""The project's program, run by the process of `mayfly up`; see docs/adr/0012-program-in-the-verb.md."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import chdir, contextmanager, redirect_stdout, suppress
from contextvars import copy_context
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from mayfly import preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mayfly.preflight import Checked


HEAD_START = 0.4
"""Seconds: what asking the cloud computes before it waits for the network. `pulumi up` of a new stack waits
for the answer, and then starts on another core, while classes are imported. That of a stack that was used
does not wait, and classes are imported while the network is waited for.
"""


class Program:
    """A project's program, and what the verb knows of its environment.

    root: the project's folder. load: imports what the program needs. check: asks the cloud whether the
    environment can be made, in a thread, at most once. What both import has to be there when they begin: two
    threads that import one package at once meet half-made modules.
    """

    def __init__(self, root: Path, load: Callable[[], object], check: Callable[[], Checked]) -> None:
        self._root, self._load, self._check = root, load, check
        self._loaded = Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="check")

    def begin(self) -> None:
        """Start asking. No process is forked safely while modules are imported: fork before."""
        # First in the path, as a language host has it: the project's own modules are the program's.
        sys.path.insert(0, str(self._root))
        _ = self._checked

    def load(self) -> None:
        """Import what the program needs; it does not run before."""
        try:
            with suppress(Exception):  # what cannot be imported fails in the program, which tells it
                self._load()
        finally:
            self._loaded.set()

    def checked(self) -> Checked:
        """Wait for the cloud's answer. Raises what `check` raises."""
        return self._checked.result()

    def run(self, request: bytes) -> bytes:
        """Answer the engine's request to run the program (pulumirpc.RunRequest, RunResponse)."""
        self._loaded.wait()
        from pulumi.runtime.proto.language_pb2 import RunRequest

        from mayfly.engine import program

        context = copy_context()
        context.run(preflight.in_verb.set, self.checked)
        with _as_in_a_host(self._root):
            response = context.run(program.run, RunRequest.FromString(request), self._root)
        return bytes(response.SerializeToString())

    def close(self) -> None:
        """Wait until nothing is imported or asked any more. It can begin again, with the same answer."""
        self._pool.shutdown()
        with suppress(ValueError):  # it never began
            sys.path.remove(str(self._root))

    @cached_property
    def _checked(self) -> Future[Checked]:
        return self._pool.submit(self._check)

    def give_way(self) -> None:
        """Wait for the cloud's answer, but not long: of threads that compute, one at a time gets on."""
        wait([self._checked], HEAD_START)


@contextmanager
def _as_in_a_host(root: Path) -> Iterator[None]:
    """The project is the working directory, and what is printed goes to stderr: stdout is for the result."""
    with chdir(root), redirect_stdout(sys.stderr):
        yield
