"""Commands as a user gives them, each with its answer and its time."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 3600.0
"""Seconds for one command: a group's deletion may take half of that."""


@dataclass(frozen=True)
class Answer:
    """A command that ended. seconds: wall time. stdout, stderr: all that it printed."""

    command: str
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document of a verb; {} when it printed none."""
        try:
            found = json.loads(self.stdout)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def said(self) -> str:
        """What it printed, as the report keeps it."""
        return f"$ {self.command}\n{self.stdout}{self.stderr}exit {self.code}, {self.seconds:.1f} s\n"


@dataclass(frozen=True)
class Shell:
    """Runs commands in the project as one principal. environ: that principal's variables."""

    root: Path
    environ: Mapping[str, str]

    def mayfly(self, *arguments: str) -> Answer:
        """A verb, with its document."""
        return self.run("mayfly", *arguments, "--json")

    def run(self, *command: str) -> Answer:
        """A command to its end."""
        started = time.monotonic()
        ended = subprocess.run(  # noqa: S603 - commands of our own
            command,
            cwd=self.root,
            env=self._path(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        seconds = time.monotonic() - started
        return Answer(shlex.join(command), ended.returncode, ended.stdout, ended.stderr, seconds)

    def killed(self, *command: str, at: str) -> Answer:
        """A command that gets SIGKILL as soon as a line of its standard error holds `at`.

        The engine that a verb has started is in a group of its own, and hears of it from the kernel.
        """
        started = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - commands of our own
            command,
            cwd=self.root,
            env=self._path(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        said = []
        for line in process.stderr or ():
            said.append(line)
            if at in line:
                os.killpg(process.pid, signal.SIGKILL)
        return Answer(shlex.join(command), process.wait(), "", "".join(said), time.monotonic() - started)

    def _path(self) -> dict[str, str]:
        """With this Python's own programs first."""
        first = str(Path(sys.executable).parent)
        return {**self.environ, "PATH": os.pathsep.join([first, self.environ.get("PATH", os.defpath)])}


def variables(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Another principal's variables: `environ`, changed by lines of `export NAME=value` and `unset NAME`."""
    found = dict(environ)
    for words in (shlex.split(line, comments=True) for line in text.splitlines()):
        if words[:1] == ["unset"]:
            for name in words[1:]:
                found.pop(name, None)
            continue
        pairs = (word.partition("=") for word in words[words[:1] == ["export"] :])
        found |= {name: value for name, equals, value in pairs if equals}
    return found
