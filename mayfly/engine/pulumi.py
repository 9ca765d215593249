"""The one home of calls to the Pulumi CLI: each costs about 0.4 s, so each is counted.

`pulumi.automation` is not used: its own `pulumi version` costs as much as a call, and it has no say in what
happens to the engine on Ctrl-C or when we are killed. What is used is public interface: `--json` streams the
engine's events, the exit codes are Pulumi's documented ones, and `--client` is how the Automation API has an
engine run a program of its own process.
"""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from yaml import safe_load

from mayfly import registry
from mayfly.engine import backend, locks, serving
from mayfly.engine.progress import SAID
from mayfly.errors import Busy, MayflyError, NotAllowed

if TYPE_CHECKING:
    from mayfly.engine.inline import Program

STACK_NOT_FOUND = 6
"""Pulumi's exit code for a stack that the backend does not have."""

TAIL_SECONDS = 0.05
"""How often the event file is read while the engine works."""

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal a process gets when its parent dies (Linux)."""

STACK_TYPE = "pulumi:pulumi:Stack"

ALWAYS = {"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
"""What every call gets. A state says where a provider is to be had from (`pluginDownloadURL`), and the CLI
would fetch and run that, with all that our shell may do.
"""

FEWER_COLLECTIONS = {"GOGC": "400"}
"""What calls get that start no provider: one would inherit it. The CLI, a Go program, then collects garbage a
quarter as often: a tenth of the 0.4 s of a call, for 30 MB.
"""

MAKING = frozenset({"create", "create-replacement", "import", "import-replacement"})
"""The engine's operations after which there is a resource that its state did not have."""

TELLING = ("error", "info#err")
"""Severities that say why an update failed: the engine's errors, and what the program wrote to stderr."""

HELD = ("/bin/sh", "-c", 'read -r _ && exec "$@" </dev/null', "held")
"""Before a command: it begins when a line comes, and never when none does. So it is forked before there are
other threads, as `preexec_fn` needs it, and begins when their work is done.
"""

ELSEWHERE = (
    "{stack} exists in the cloud, but this Pulumi backend has no stack of it. Log in to the backend that made"
    " it (PULUMI_BACKEND_URL), or remove it: `mayfly down {stack}` needs no state"
)

Event = Mapping[str, Any]
OnEvent = Callable[[Event], None]


class PulumiFailed(MayflyError):
    """The engine ended with an error; the message holds every error diagnostic whole."""


class NoStack(PulumiFailed):
    """The backend has no such stack."""


class PulumiRefused(PulumiFailed, NotAllowed):
    """The engine ended since the cloud does not allow it: a role is missing, or a lock is in the way."""


MISSING = re.compile(
    r"no resource plugin 'pulumi-resource-([\w-]+)' found in the workspace(?: at version v(\S+))?"
)
"""What the CLI says of a provider that is not installed (sdk/go/common/workspace, MissingError)."""

OFFICIAL = ("azure-native", "aws")
"""The providers that our program asks for."""


@dataclass
class Update:
    """What an update did.

    outputs: the stack's outputs; secret ones read "[secret]".
    changes: number of resources by operation ("create", "same", "delete", ...).
    made: types of the resources that are new ("aws:iam/role:Role").
    seconds: as the engine measured it. errors: what it told of a failure, in its order.
    """

    outputs: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Keep what an engine event tells."""
        if summary := event.get("summaryEvent"):
            self.changes = dict(summary.get("resourceChanges") or {})
            self.seconds = float(summary.get("durationSeconds") or 0)
        elif (diagnostic := event.get("diagnosticEvent", {})).get("severity") in TELLING:
            if told := _diagnostic(diagnostic):
                self.errors.append(told)
        elif metadata := event.get("resOutputsEvent", {}).get("metadata"):
            if metadata.get("type") == STACK_TYPE:
                self.outputs = dict((metadata.get("new") or {}).get("outputs") or {})
            if metadata.get("op") in MAKING:
                self.made.add(str(metadata.get("type")))


@dataclass(frozen=True)
class Pulumi:
    """The Pulumi CLI on one project.

    root: the folder of Pulumi.yaml.
    environ: the environment the CLI gets.
    """

    root: Path
    environ: Mapping[str, str]

    def known(self, stack: str) -> bool:
        """Whether this checkout has used the stack: its configuration file is here. Costs no call."""
        return (self.root / "stacks" / f"Pulumi.{stack}.yaml").exists()

    def note_teardown(self, stack: str) -> None:
        """Remember that a teardown has begun: until it is complete, the state knows more than there is."""
        note = self._teardown(stack)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()

    def forget_teardown(self, stack: str) -> None:
        """State and cloud agree again: both are empty, or an update has read the cloud."""
        self._teardown(stack).unlink(missing_ok=True)

    def is_torn(self, stack: str) -> bool:
        """Whether a teardown that this checkout began was not completed. Costs no call."""
        return self._teardown(stack).exists()

    def _teardown(self, stack: str) -> Path:
        return self.root / "receipts" / f"{stack}.begun"

    def up(
        self,
        stack: str,
        on_event: OnEvent,
        *,
        new: bool = True,
        refresh: bool = False,
        program: Program | None = None,
        exists: Callable[[], bool] = lambda: False,
    ) -> Update:
        """Bring a stack up: one call, and for a new one another.

        new: make the stack first, unless the backend has it. refresh: read every resource of the state from
        the cloud first, as after a teardown that was cut short in any case. program: what the engine runs;
        None leaves that to its language host. exists: whether the cloud has the environment of a new stack;
        called while the stack is made. It may raise what is wrong: then nothing is left of the stack.

        Raises PulumiFailed, Busy, KeyboardInterrupt (after the engine came to its own end), and what
        `exists` raises. NoStack: the environment is in the cloud, and the backend has no stack of it.
        """
        made, agreed, why = False, not new, ""

        def make(serve: Callable[[], None]) -> None:
            nonlocal made, agreed, why
            code, _, why = self._run(["stack", "init", stack, "--no-select"], when_started=serve)
            made, why = code == 0, why if code else ""
            if exists() and made:
                raise NoStack(ELSEWHERE.format(stack=stack))
            agreed = True

        flags = ["--refresh"] if refresh or self.is_torn(stack) else []
        try:
            update = self._engine("up", stack, on_event, program, make if new else None, *flags)
        finally:
            if made and not agreed:
                self.remove(stack)
        if update is not None:
            self.forget_teardown(stack)
            return update
        if new and not exists():
            raise PulumiFailed(f"the stack {stack} could not be made:\n{why}")
        raise NoStack(ELSEWHERE.format(stack=stack))

    def state(self, stack: str) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` prints it; secrets stay encrypted."""
        return _parsed(self._call("stack", "export", "--stack", stack))

    def replace_state(self, stack: str, state: Mapping[str, Any]) -> None:
        """Put a changed state in the place of the stack's own; Pulumi checks that it is whole."""
        with tempfile.TemporaryDirectory(prefix="mayfly-") as folder:
            path = Path(folder, "state.json")
            path.write_text(json.dumps(state))
            self._call("stack", "import", "--stack", stack, "--file", str(path))

    def all_stacks(self) -> dict[str, datetime | None]:
        """The project's stacks in the backend, with when each was updated last; None: never, or just now.

        Raises PulumiFailed where the backend cannot be asked, and MayflyError without the CLI.
        """
        printed = self._call("stack", "ls", "--json", "--project", self._project())
        try:
            return {
                str(stack["name"]).rpartition("/")[2]: _updated(stack)
                for stack in json.loads(printed or "[]")
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PulumiFailed(f"what pulumi stack ls printed is no list: {error!r}") from None

    def version(self) -> str:
        """The CLI's own version. Raises MayflyError without it."""
        return self._call("version").strip().removeprefix("v")

    def plugins(self) -> dict[str, list[str]]:
        """The versions of each provider's plugin that are installed, by its name."""
        found: dict[str, list[str]] = {}
        for one in json.loads(self._call("plugin", "ls", "--json") or "[]"):
            found.setdefault(str(one["name"]), []).append(str(one.get("version", "")))
        return found

    @contextmanager
    def exporting(self, stack: str) -> Iterator[Callable[[], dict[str, Any] | None]]:
        """Read a stack's state while something else goes on; the value waits for it.

        That is None when there is no stack. No provider runs for it: the CLI prints what the backend has.
        The value raises PulumiFailed.
        """
        command = self._command(["stack", "export", "--stack", stack])
        with tempfile.TemporaryDirectory(prefix="mayfly-") as folder:
            out, err = Path(folder, "state"), Path(folder, "errors")
            process = _start(command, self.root, {**FEWER_COLLECTIONS, **self.environ}, out, err)

            def exported() -> dict[str, Any] | None:
                if process.wait() == STACK_NOT_FOUND:
                    return None
                if process.returncode != 0:
                    message = err.read_text(errors="replace").strip()
                    raise PulumiFailed(f"pulumi stack export failed:\n{message}")
                return _parsed(out.read_text(errors="replace"))

            try:
                yield exported
            finally:
                process.kill()
                process.wait()

    def settle(self, stack: str) -> None:
        """Remove what a dead owner left of a lock. Raises Busy while a living one holds it."""
        locks.settle(self.environ, self._project(), stack)

    def remove(self, stack: str, force: bool = False) -> None:
        """Remove the stack, its backups and its configuration file; absent is fine.

        force: also when its state still names resources (they were seen to be gone).
        """
        flags = ["--force"] if force else []
        backend.write_no_tags(self.environ, self._project(), stack)
        self._call("stack", "rm", "--yes", "--remove-backups", *flags, "--stack", stack, absent_is_fine=True)

    def _engine(
        self,
        verb: str,
        stack: str,
        on_event: OnEvent,
        program: Program | None,
        first: Callable[[Callable[[], None]], None] | None,
        *flags: str,
    ) -> Update | None:
        """One update; None when there is no such stack.

        first: what has to be done before the engine begins, by a process; it is given what serves the engine,
        to be called when that process is there.
        """
        locks.settle(self.environ, self._project(), stack)
        update = Update()

        def each(event: Event) -> None:
            update.take(event)
            on_event(event)

        with serving.serving(self.environ, program, answer_first=first is not None) as served:
            arguments = [verb, "--yes", "--skip-preview", "--json", "--stack", stack, *flags, *served.flags]
            begin = partial(first, served.start) if first else served.start
            engine = replace(self, environ=served.environ)
            code, printed, message = engine._run(arguments, each, begin, held=first is not None)
        if code == STACK_NOT_FOUND:
            return None
        if code != 0:
            raise self._failure(verb, stack, update.errors, message or printed)
        return update

    def _failure(self, verb: str, stack: str, errors: list[str], message: str) -> MayflyError:
        """A lock that somebody took before us is Busy; it shows in that the engine did not even begin."""
        lock = locks.held(self.environ, self._project(), stack)
        if lock and not lock.dead and not errors:
            return Busy(f"{stack} is locked: {lock}")
        said = "\n".join(errors or [message])
        codes = "|".join(code for one in registry.every().values() for code in one.refusals)
        kind = PulumiRefused if re.search(rf"\b({codes})\b", said) else PulumiFailed
        return kind("\n".join([f"pulumi {verb} of {stack} failed:", said, *_ways_out(said)]))

    def _call(self, *arguments: str, absent_is_fine: bool = False) -> str:
        """Standard output of a command that is not an update."""
        code, printed, message = self._run(arguments)
        if code not in ((0, STACK_NOT_FOUND) if absent_is_fine else (0,)):
            raise PulumiFailed(f"pulumi {' '.join(arguments)} failed:\n{message or printed}")
        return printed

    def _run(
        self,
        arguments: Sequence[str],
        on_event: OnEvent | None = None,
        when_started: Callable[[], None] = lambda: None,
        held: bool = False,
    ) -> tuple[int, str, str]:
        """Exit code, what was printed on standard output beside events, and standard error.

        when_started: called when the process is there. held: the CLI begins when that has returned.
        """
        command = [*(HELD if held else ()), *self._command(arguments)]
        environ = self.environ if on_event else {**FEWER_COLLECTIONS, **self.environ}
        with tempfile.TemporaryDirectory(prefix="mayfly-") as folder:
            out, err = Path(folder, "events"), Path(folder, "errors")
            with _started(command, self.root, environ, out, err) as process:
                when_started()
                _let_go(process)
                rest = list(_follow(process, out, on_event))
            message = err.read_text(errors="replace").strip()
        return process.returncode, "\n".join(rest), message

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [_binary(self.environ), "--non-interactive", "--color", "never", *arguments]

    def _project(self) -> str:
        return str(safe_load((self.root / "Pulumi.yaml").read_text())["name"])


def _updated(stack: Mapping[str, Any]) -> datetime | None:
    """When a stack was updated last; None while an update is going on, and before the first."""
    updated = stack.get("lastUpdate")
    return datetime.fromisoformat(updated) if updated and not stack.get("updateInProgress") else None


def _ways_out(said: str) -> Iterator[str]:
    """How a provider comes that is not installed; never one that only a program or a state names."""
    for name, version in sorted(set(MISSING.findall(said))):
        if name in OFFICIAL:
            command = f"pulumi plugin install resource {name} {version}".strip()
            yield f"`{command}` brings it, as `./scripts/plugins {name}` does"
        else:
            yield f"the provider {name} is not ours: mayfly fetches no plugin that a program or a state names"


def _binary(environ: Mapping[str, str]) -> str:
    """The `pulumi` on PATH, else the one beside our own Python."""
    found = shutil.which("pulumi", path=environ.get("PATH")) or shutil.which(
        "pulumi", path=str(Path(sys.executable).parent)
    )
    if found is None:
        raise MayflyError("the Pulumi CLI is not on PATH; ./scripts/setup brings it")
    return found


def _parsed(printed: str) -> dict[str, Any]:
    """A state. Raises PulumiFailed for what is none."""
    try:
        found = json.loads(printed)
    except (ValueError, RecursionError) as error:
        raise PulumiFailed(f"what pulumi stack export printed is no state: {error}") from None
    if not isinstance(found, dict):
        raise PulumiFailed("what pulumi stack export printed is no state")
    return found


def _start(
    command: list[str], root: Path, environ: Mapping[str, str], out: Path, err: Path
) -> subprocess.Popen[bytes]:
    """The CLI in a process group of its own, writing to files.

    Of its own, so that a Ctrl-C reaches it once, through us: the second one makes it drop everything and
    leave resources nobody remembers. Files, since a closed pipe would kill it the same way when we die.
    """
    with out.open("wb") as stdout, err.open("wb") as stderr:
        return subprocess.Popen(  # noqa: S603 - a fixed program with arguments of our own, no shell
            command,
            cwd=root,
            env={**environ, **ALWAYS},
            stdin=subprocess.PIPE if command[: len(HELD)] == [*HELD] else subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            bufsize=0,
            process_group=0,
            preexec_fn=_cancel_when_orphaned(),
        )


@contextmanager
def _started(
    command: list[str], root: Path, environ: Mapping[str, str], out: Path, err: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The CLI, whose end is waited for, whatever interrupts us."""
    process = _start(command, root, environ, out, err)
    with _signals_go_to(process) as interrupted:
        try:
            yield process
        finally:
            if process.stdin:
                process.stdin.close()
    if interrupted:
        raise KeyboardInterrupt


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Let a process begin that was held; one that was interrupted has ended."""
    if process.stdin:
        with suppress(BrokenPipeError):
            process.stdin.write(b"\n")


def _cancel_when_orphaned() -> Callable[[], object] | None:
    """What asks the kernel, in the new process, to interrupt the engine politely when we are killed.

    All is looked up before the fork: after it, only this one call is safe. Linux alone has it.
    """
    if sys.platform != "linux":
        return None
    return partial(ctypes.CDLL(None).prctl, PR_SET_PDEATHSIG, signal.SIGINT)


@contextmanager
def _signals_go_to(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Hand SIGINT and SIGTERM on to the engine, which cancels at the first and ends at the second.

    Python gives signals to its main thread alone: a call of another one, as of a sweep, comes to its own end.
    """
    caught: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        try:
            yield caught
        finally:
            process.wait()
        return

    def forward(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)


def _follow(process: subprocess.Popen[bytes], out: Path, on_event: OnEvent | None) -> Iterator[str]:
    """Hand each event to `on_event` as it comes, until the process ends; yield lines that are none."""
    with out.open("rb") as reader:
        partial = b""
        while True:
            ended = process.poll() is not None
            partial += reader.read()
            *lines, partial = partial.split(b"\n")
            for line in lines:
                yield from _take(line, on_event)
            if ended:
                return
            with suppress(subprocess.TimeoutExpired):
                process.wait(TAIL_SECONDS if on_event else None)


def _take(line: bytes, on_event: OnEvent | None) -> Iterator[str]:
    text = line.decode(errors="replace")
    if on_event is None or not text.startswith("{"):
        yield text
        return
    on_event(json.loads(text))


def _diagnostic(diagnostic: Mapping[str, Any]) -> str:
    urn = diagnostic.get("urn", "")
    name = urn.rsplit("::", 1)[-1]
    where = f"{name}: " if name and STACK_TYPE not in urn else ""
    message = SAID.sub("", diagnostic["message"])  # told already, and no failure
    return f"{where}{diagnostic.get('prefix', '')}{message}".strip()
