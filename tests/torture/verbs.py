"""Verbs as processes that begin as copies of one that has their modules: a case pays for no imports.

A copy is a process like any other: it leads a session of its own, gets signals, and can be killed.
`python -m tests.torture.verbs` is the one that is copied.
"""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from select import select
from typing import IO, Any, NoReturn

from tests.support.checkout import HERE, Finished, clean_environment
from tests.torture.bugs import BUGS

LOOK_SECONDS = 0.01

OWN_WAY = re.compile(r"(components|pulumi_aws|pulumi_azure_native|stacks)\b")
"""Packages of which a cloud's entry loads the modules that are needed, and not the whole."""


@dataclass
class Verb:
    """A verb that runs.

    pid: of its process, which leads a session. ended: tells its exit code, negative for a signal's number.
    """

    words: Sequence[str]
    pid: int
    _ended: IO[str]
    _said: tuple[Path, Path]

    @property
    def is_over(self) -> bool:
        """Whether its end was told."""
        return self._ended.closed

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, at the latest after so long."""
        return bool(select([self._ended], [], [], seconds)[0])

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Until that has come to pass, or it has ended."""
        while not condition() and not self.wait(LOOK_SECONDS):
            pass

    def kill(self, alone: bool = False) -> None:
        """Kill it, and all that it started, as a machine's end does. alone: what it started lives on."""
        for pid in [self.pid] if alone else _session(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def survivors(self, seconds: float) -> list[int]:
        """Wait until nothing is left of its session; what is left after so long."""
        deadline = time.monotonic() + seconds
        while (found := list(_session(self.pid))) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return found

    def finished(self) -> Finished:
        """Wait for its end, and tell of it once."""
        code = int(self._ended.readline())
        self._ended.close()
        out, err = (path.read_text(errors="replace") for path in self._said)
        return Finished(" ".join(self.words), code, out, err)


def _session(leader: int) -> Iterator[int]:
    """The living processes of a session, its leader first: what that started meanwhile would escape."""
    for entry in [Path(f"/proc/{leader}/stat"), *Path("/proc").glob("[0-9]*/stat")]:
        with suppress(OSError):
            state, _, _, session = entry.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                yield int(entry.parent.name)


class Verbs:
    """Starts verbs in a project's folder."""

    def __init__(self, template: subprocess.Popen[str], root: Path, folder: Path) -> None:
        """folder: where pipes and what verbs print go."""
        self._template, self._root, self._folder = template, root, folder
        self._started: list[Verb] = []

    def end(self) -> None:
        """Kill what still runs."""
        for verb in self._started:
            if not verb.is_over:
                verb.kill()

    def learn(self, cloud: str) -> None:
        """Let later ones begin with the modules that those so far had in the end."""
        found = {name for path in self._folder.glob("*.modules") for name in json.loads(path.read_text())}
        self._ask({"cloud": cloud, "modules": [name for name in sorted(found) if not OWN_WAY.match(name)]})

    def start(self, *words: str, environ: Mapping[str, str]) -> Verb:
        """Start `mayfly WORDS` with these variables, added to a clean environment."""
        names = ("pipe", "out", "err", "modules")
        pipe, out, err, modules = (self._folder / f"{len(self._started)}.{name}" for name in names)
        os.mkfifo(pipe)
        asked = {
            "words": words, "environ": {**clean_environment(), **environ}, "root": str(self._root),
            "pipe": str(pipe), "out": str(out), "err": str(err), "modules": str(modules),
        }  # fmt: skip
        self._ask(asked)
        ended = pipe.open()
        pipe.unlink()
        self._started.append(Verb(words, int(ended.readline()), ended, (out, err)))
        return self._started[-1]

    def _ask(self, asked: Mapping[str, Any]) -> None:
        assert self._template.stdin
        self._template.stdin.write(json.dumps(asked) + "\n")
        self._template.stdin.flush()


@contextmanager
def verbs(root: Path, folder: Path, bug: str = "") -> Iterator[Verbs]:
    """Start the process that is copied, for a project's folder; end it.

    folder: a new one, for what the verbs print. bug: one of `tests.torture.bugs`, in all of these verbs.
    """
    folder.mkdir()
    template = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.verbs", *filter(None, [bug])],
        cwd=HERE, stdin=subprocess.PIPE, text=True, env=clean_environment(),
    )  # fmt: skip
    started = Verbs(template, root, folder)
    try:
        yield started
    finally:
        started.end()
        assert template.stdin
        template.stdin.close()
        template.wait()


def main() -> None:
    """Copy this process for each line of standard input, or import what it names."""
    from mayfly.cli import app  # noqa: F401

    for bug in sys.argv[1:]:
        BUGS[bug]()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        asked = json.loads(line)
        if "cloud" in asked:
            _import(**asked)
        elif os.fork() == 0:
            _watch(asked)


def _import(cloud: str, modules: Sequence[str]) -> None:
    """None of these starts a thread or talks to anybody when it is imported. What is kept is not copied."""
    from mayfly import registry

    registry.of(cloud).load()
    for name in modules:
        with suppress(ImportError):  # what another module made up, as a part of itself
            import_module(name)
    gc.collect()
    gc.freeze()


def _watch(asked: Mapping[str, Any]) -> NoReturn:
    """Run the verb in a process of its own, and tell its number and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with Path(asked["pipe"]).open("w", buffering=1) as pipe:
        pid = os.fork()
        if pid == 0:
            pipe.close()
            _run(asked)
        pipe.write(f"{pid}\n")
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        pipe.write(f"{code}\n")
    os._exit(0)


def _run(asked: Mapping[str, Any]) -> NoReturn:
    os.setsid()
    for number, (path, flags) in enumerate(
        [
            (os.devnull, os.O_RDONLY),
            (asked["out"], os.O_WRONLY | os.O_CREAT),
            (asked["err"], os.O_WRONLY | os.O_CREAT),
        ]
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    os.chdir(asked["root"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    from mayfly.cli.app import main as mayfly

    code: object = 1
    try:
        mayfly(asked["words"])
    except SystemExit as ending:
        code = ending.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        Path(asked["modules"]).write_text(json.dumps([*sys.modules]))
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
