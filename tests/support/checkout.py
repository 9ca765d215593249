"""A copy of the project as a new user has it, with a local cloud of its own, driven by real commands."""

from __future__ import annotations

import compileall
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support.warm import warm

HERE = Path(__file__).resolve().parents[2]
ROOMS = ("components", "localcloud", "mayfly", "plugin", "smoke", "stacks")
PRODUCTION = "6d617966-6c79-4000-8000-0000000000a0"
NONPRODUCTION = "6d617966-6c79-4000-8000-0000000000b0"
LAKE_GROUP = f"/subscriptions/{PRODUCTION}/resourceGroups/flights-lake"
LAKE = f"{LAKE_GROUP}/providers/Microsoft.Storage/storageAccounts/flightslake"
LAKE_CONTAINER = f"{LAKE}/blobServices/default/containers/flights"


LATER = 5
"""How nice many at once are: else they would keep the processor from other tests' engines for too long."""


@dataclass
class Finished:
    """A command that ended: its exit code and what it printed."""

    command: str
    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.stdout)

    def ok(self) -> Finished:
        """Itself, or a failure that shows everything it printed."""
        assert self.code == 0, f"{self.command} ended with {self.code}\n{self.stdout}\n{self.stderr}"
        return self


@dataclass
class Checkout:
    """A project folder and the environment variables of each principal (`mayfly local env --as NAME`)."""

    root: Path
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def start(self, *command: str, principal: str = "deployer", **extra: str) -> subprocess.Popen[str]:
        """Start a command in the project folder as a principal."""
        environ = {**clean_environment(), **self.environ(principal), **extra}
        return subprocess.Popen(
            command, cwd=self.root, env=environ, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *command: str, principal: str = "deployer", timeout: float = 300, **extra: str) -> Finished:
        """Run a command to its end. What is ours begins warm."""
        environ = {**clean_environment(), **self.environ(principal)}
        environ = {**environ, "PATH": f"{warm().programs}:{environ['PATH']}", **extra}
        if command[0] == "mayfly":
            return Finished(shlex.join(command), *warm().run(command, self.root, environ, timeout))
        return finish(self.start(*command, principal=principal, **environ), timeout)

    def at_once(self, verb: str, names: Sequence[str], *words: str) -> dict[str, Finished]:
        """Run a verb for all of these environments, in processes that live at the same time."""
        environ = {**clean_environment(), **self.environ("deployer")}

        def one(name: str) -> Finished:
            command = ("mayfly", verb, name, *words, "--json")
            return Finished(shlex.join(command), *warm().run(command, self.root, environ, 300, LATER)).ok()

        with ThreadPoolExecutor(len(names)) as threads:
            return dict(zip(names, threads.map(one, names), strict=True))

    def local(self, *words: str, principal: str = "nobody", **extra: str) -> str:
        """Run a verb of `mayfly local` in this process; what it printed.

        Most files of tests need five to begin and to end, and as a command each costs a Python of its own. As
        commands they are run by tests/cli/test_local*.py and by the documentation's pages.
        """
        # Here, since MiniStack's own Python imports this module, too.
        from mayfly.cli.local.verbs import app as local_verbs

        environ = {**clean_environment(), **self.environ(principal), **extra}
        with (
            chdir(self.root),
            patch.dict(os.environ, environ, clear=True),
            redirect_stdout(StringIO()) as out,
        ):
            local_verbs(words, standalone_mode=False)
        if words[0] == "start":
            # One that was started again runs the owner's provider server when his shell is asked for again.
            self.environments.pop("owner", None)
        return out.getvalue()

    def environ(self, principal: str) -> dict[str, str]:
        """What `mayfly local env --as principal` exports; nothing for "nobody"."""
        if principal == "nobody":
            return {}
        if principal not in self.environments:
            printed = json.loads(self.local("env", "--as", principal, "--json"))
            self.environments[principal] = printed["variables"]
        return self.environments[principal]

    def outputs(self, stack: str) -> dict[str, Any]:
        """A stack's outputs, out of its state."""
        state = json.loads((self._states / f"{stack}.json").read_text())
        (root,) = (
            each
            for each in state["checkpoint"]["latest"]["resources"]
            if each["type"] == "pulumi:pulumi:Stack"
        )
        outputs: dict[str, Any] = root["outputs"]
        return outputs

    @property
    def state(self) -> Path:
        """The local Azure's state folder."""
        return self.root / ".mayfly" / "azure"

    @property
    def backend(self) -> Path:
        """The folder that Pulumi keeps its stacks in, whichever cloud they are on."""
        return self.root / ".mayfly" / "pulumi" / ".pulumi"

    def stacks(self) -> list[str]:
        """The names of the stacks that the backend has."""
        return sorted(path.stem for path in self._states.glob("*.json"))

    def forget_state(self, environment: str) -> None:
        """As if the backend had lost the stack, with its history and its backups."""
        found = [path for path in self.backend.rglob(f"{environment}*") if path.exists()]
        assert found
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    @property
    def _states(self) -> Path:
        return self.backend / "stacks" / "mayfly"


def finish(process: subprocess.Popen[str], timeout: float = 300) -> Finished:
    """Wait for a command; one that takes too long is killed and fails the test."""
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"{_shown(process)} took over {timeout} s\n{stdout}\n{stderr}") from None
    return Finished(_shown(process), process.returncode, stdout, stderr)


def _shown(process: subprocess.Popen[str]) -> str:
    """The command as one would type it."""
    return process.args if isinstance(process.args, str) else shlex.join(map(os.fsdecode, process.args))  # type: ignore[arg-type]


def clean_environment() -> dict[str, str]:
    """This process's variables without any cloud's or Pulumi's, the virtual environment first on PATH."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARM_", "AZURE_", "AWS_", "PULUMI_", "MAYFLY_", "GITHUB_", "BUILD_"))
    }
    return {**kept, "PATH": f"{HERE / '.venv' / 'bin'}:{kept['PATH']}"}


def copy_project(target: Path) -> Checkout:
    """Copy what Git would give a new clone, the working tree's own changes included, and share the .venv.

    The modules come compiled, so that the first commands of each copy do not compile them anew.
    """
    compile_project()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HERE, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    made: set[Path] = set()
    for name in filter(None, listed.split("\0")):
        source, copy = HERE / name, target / name
        if source.is_file():
            if copy.parent not in made:
                copy.parent.mkdir(parents=True, exist_ok=True)
                made.add(copy.parent)
            shutil.copy2(source, copy)
    for room in ROOMS:
        for compiled in (HERE / room).rglob("__pycache__"):
            shutil.copytree(compiled, target / compiled.relative_to(HERE), copy_function=os.link)
    (target / ".venv").symlink_to(HERE / ".venv")
    return Checkout(target)


@cache
def compile_project() -> None:
    """Compile the rooms that commands import, where that is not done yet."""
    for room in ROOMS:
        compileall.compile_dir(HERE / room, quiet=2)
