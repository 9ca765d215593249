"""A copy of the project with a local cloud of its own, so that a measurement disturbs nobody's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parents[1]
LEFT_OUT = (".git", ".venv", ".mayfly", ".*_cache", ".hypothesis", "receipts", "Pulumi.*.yaml")
OTHER_CLOUDS = ("ARM_", "AZURE_", "AWS_", "PULUMI_", "MAYFLY_", "GITHUB_", "BUILD_")


@dataclass(frozen=True)
class Project:
    """A checkout. environ: by principal, what its shell would have. cloud: the one that is running."""

    root: Path
    environ: Mapping[str, Mapping[str, str]]
    cloud: str

    @property
    def state(self) -> Path:
        """The local cloud's state folder."""
        return self.root / ".mayfly" / self.cloud

    def requests(self) -> int:
        """How many requests the local cloud has answered so far."""
        return (self.state / "requests.jsonl").read_bytes().count(b"\n")

    def run(self, *command: str, folder: str = ".", principal: str = "deployer") -> str:
        """What a command prints; one that fails ends the measurement with all it printed."""
        return _run(command, self.root / folder, self.environ[principal])


def change_code(place: Project, number: int, when: str) -> None:
    """Change a line of one function, on AWS, as its developer would between two deployments."""
    path = place.root / "examples/flights/functions/reference/handler.py"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("# round ")]
    path.write_text("\n".join([*kept, f"# round {number} {when}", ""]))


@contextmanager
def project(cloud: str, lake: bool = True) -> Iterator[Project]:
    """Start it, and remove it in the end.

    cloud: "azure", where groups go as soon as asked, or "aws". lake: with the flights in it, for environments
    to read.
    """
    with tempfile.TemporaryDirectory(prefix="mayfly-bench-") as folder:
        root = Path(folder, "project")
        shutil.copytree(HERE, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (root / ".venv").symlink_to(HERE / ".venv")
        environ = {**_clean(), "MAYFLY_LOCAL_DELETE_SECONDS": "0"}
        _run(("mayfly", "local", "start", "--cloud", cloud), root, environ)
        try:
            shells = {name: _shell(root, environ, name) for name in ("owner", "deployer", "janitor")}
            made = Project(root, shells, cloud)
            if lake:
                made.run("python", "examples/flights/lake.py", "--cloud", cloud, principal="owner")
                made.run("mayfly", "local", "grant", principal="owner")
            yield made
        finally:
            _run(("mayfly", "local", "stop"), root, environ)


def _clean() -> dict[str, str]:
    """This process's variables without any cloud's; bytecode is kept, as on any other machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHER_CLOUDS)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PATH": f"{HERE / '.venv' / 'bin'}:{kept['PATH']}"}


def _shell(root: Path, environ: Mapping[str, str], principal: str) -> dict[str, str]:
    printed = _run(("mayfly", "local", "env", "--as", principal, "--json"), root, environ)
    return {**environ, **json.loads(printed)["variables"]}


def _run(command: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout
