"""Runners of pipelines: each reads a platform's templates and takes its shell steps in their order.

What cannot be run here stands in a list of each runner: what checks out, caches and signs in. Such a step
is never shell of ours. Everything else is run by bash with the platform's own variables, files and log
commands. A template that uses more of its platform than its runner knows is an error.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.checkout import clean_environment


@dataclass
class Step:
    """A shell step that ended. name: its verb, id or title."""

    name: str
    code: int
    stdout: str
    stderr: str


@dataclass
class Job:
    """A job that ended. outputs: what it handed on. errors: annotations. skipped: whether it did not run.

    after: steps that run in any case, and whose failure is none of the job.
    """

    steps: list[Step] = field(default_factory=list)
    after: list[Step] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    skipped: bool = False

    @property
    def failed(self) -> bool:
        """Whether a step failed."""
        return any(step.code for step in self.steps)

    def step(self, name: str) -> Step:
        """The last shell step of this name."""
        return [step for step in self.steps if step.name == name][-1]

    def ok(self) -> Job:
        """Itself, or a failure that shows the step that failed."""
        for step in self.steps:
            assert step.code == 0, f"{step.name} ended with {step.code}\n{step.stdout}\n{step.stderr}"
        assert not self.skipped
        return self


@dataclass(frozen=True)
class Machine:
    """What a job finds on its runner.

    folder: an empty one. platform, workload: put a checkout into a folder. environ: the local cloud's
    variables. credentials: those of them that a login step brings; no step has them before one.
    """

    folder: Path
    platform: Callable[[Path], object]
    workload: Callable[[Path], object]
    environ: Mapping[str, str]
    credentials: Mapping[str, str]

    def shell(self, name: str, script: str, environ: Mapping[str, str], folder: Path) -> Step:
        """Run a script as the platforms do: bash, that ends at the first failure."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            env={**clean_environment(), **self.environ, **environ}, cwd=folder,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return Step(name, done.returncode, done.stdout, done.stderr)
