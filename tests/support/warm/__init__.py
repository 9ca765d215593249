"""Commands that begin where a cold one has read its modules: most of what they cost is that.

A Python of its own has imported what verbs and programs import, and forks for each command: a process with
its own folder, variables, files and exit code. The program and its components are the checkout's: the command
imports them itself. What is run cold shows that nothing is missing where nobody has imported it before:
`Checkout.start`, the pages of the documentation, the first run, the tests of the language host.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from tests.support.warm.client import ask

MAINS = {"mayfly": "mayfly.cli:main", "pulumi-language-python": "plugin.language_host:main"}
HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parents[2] / ".venv" / "bin"
LAUNCHER = """#!{python} -IS
import os, select, signal, sys
sys.path.insert(0, {folder!r})
from client import ask
signal.signal(signal.SIGINT, signal.SIG_DFL)
cli = os.getppid()
ended = ask({socket!r}, {main!r}, sys.argv, os.getcwd(), dict(os.environ), (0, 1, 2))
while not select.select([ended], [], [], 1)[0]:
    if os.getppid() != cli:
        sys.exit(1)
sys.exit(int(ended.recv(64) or 1))
"""
"""A command that has itself done, and is done with by its own end or its parent's."""


class Warm:
    """The Python that forks. programs: a folder for PATH, of what begins warm."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mayfly-warm-")
        self._socket = f"{self._folder.name}/socket"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self._socket)
            listener.listen(64)
            self._process = subprocess.Popen(
                [PROGRAMS / "python", "-P", HERE / "server.py", str(listener.fileno())],
                pass_fds=[listener.fileno()], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self.programs = Path(self._folder.name, "bin")
        self.programs.mkdir()
        for name, main in MAINS.items():
            launcher, python = self.programs / name, PROGRAMS / "python"
            launcher.write_text(
                LAUNCHER.format(python=python, folder=str(HERE), socket=self._socket, main=main)
            )
            launcher.chmod(0o755)

    def run(
        self, command: Sequence[str], folder: Path, environ: Mapping[str, str], timeout: float, nice: int = 0
    ) -> tuple[int, str, str]:
        """Run a command of `mayfly` to its end; its exit code, output and errors. Raises TimeoutError."""
        words = [str(PROGRAMS / command[0]), *command[1:]]
        with (
            Path(os.devnull).open() as nothing,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as errors,
            ask(
                self._socket, MAINS[command[0]], words, str(folder), dict(environ),
                (nothing.fileno(), out.fileno(), errors.fileno()), nice,
            ) as ended,
        ):  # fmt: skip
            ended.settimeout(timeout)
            code = ended.recv(64)
            assert code, "the Python that forks has gone"
            return int(code), _read(out), _read(errors)

    def close(self) -> None:
        """End it, with all that it runs."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def warm() -> Warm:
    """This process's own, until it ends."""
    made = Warm()
    atexit.register(made.close)
    return made


def begin_warm(root: Path) -> None:
    """Give a checkout a virtual environment of its own, the real one but for `mayfly`, which begins warm.

    Not for plain Pulumi: a language host is in the real one, and refuses the program of another.
    """
    (root / ".venv").unlink()
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    for entry in PROGRAMS.parent.iterdir():
        if entry.name != programs.name:
            (root / ".venv" / entry.name).symlink_to(entry)
    for entry in PROGRAMS.iterdir():
        ours = warm().programs / entry.name
        (programs / entry.name).symlink_to(ours if entry.name == "mayfly" else entry)
