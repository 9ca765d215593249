"""A pull request's checkout that brings a workload, and code in every place where somebody may run it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.checkout import HERE

ORIGIN = "https://github.com/acme/flights"

CODE = (
    "__init__.py",
    "__main__.py",
    "conftest.py",
    "flights/__init__.py",
    "flights/conftest.py",
    "flights/mayfly/__init__.py",
    "flights/sitecustomize.py",
    "flights/stacks/__init__.py",
    "mayfly/__init__.py",
    "mayfly/cli/__init__.py",
    "pulumi/__init__.py",
    "setup.py",
    "sitecustomize.py",
    "stacks/program.py",
    "usercustomize.py",
    "yaml.py",
)
"""Modules that Python, its tools or our program would import, were they looked for here."""

PROGRAMS = (
    ".githooks/post-index-change",
    ".venv/bin/mayfly",
    ".venv/bin/python",
    "flights/plugin/pulumi-resource-mayfly",
    "plugin/pulumi-resource-mayfly",
    "scripts/setup",
)


@dataclass(frozen=True)
class HostileCheckout:
    """Its folder, and the file in which each piece of its code leaves its name when it is run."""

    root: Path
    marker: Path

    @property
    def workload(self) -> Path:
        """The folder of the workload: the flights, as they are."""
        return self.root / "flights"

    @property
    def ran(self) -> list[str]:
        """What of its code was run."""
        return self.marker.read_text().splitlines() if self.marker.exists() else []

    @property
    def commit(self) -> str:
        """The commit that is checked out."""
        return git(self.root, "rev-parse", "HEAD").strip()


def make(root: Path, marker: Path) -> HostileCheckout:
    """Make the checkout, with Git's own folder telling git to run programs as well."""
    for name in ("factory", "functions"):
        shutil.copytree(HERE / "examples/flights" / name, root / "flights" / name)
    for name in CODE:
        write(root / name, f"with open({str(marker)!r}, 'a') as ran:\n    ran.write({name + chr(10)!r})\n")
    for name in PROGRAMS:
        write(root / name, f"#!/bin/sh\necho {name} >>'{marker}'\n").chmod(0o755)
    write(root / "Pulumi.yaml", "name: mayfly\nruntime: python\n")
    write(root / ".env", f"PYTHONPATH={root}\nMAYFLY_VAR_LAKE=x\n")
    write(
        root / "pyproject.toml",
        '[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n',
    )
    git(root, "init", "--quiet")
    git(root, "add", "--force", ".")
    git(
        root,
        "-c",
        "user.name=m",
        "-c",
        "user.email=m@example.com",
        "commit",
        "--quiet",
        "--message",
        "hostile",
    )
    git(root, "remote", "add", "origin", f"{ORIGIN}.git")
    write(root / ".git/program", f"#!/bin/sh\necho git >>'{marker}'\n").chmod(0o755)
    git(root, "config", "core.fsmonitor", str(root / ".git/program"))
    git(root, "config", "core.sshCommand", str(root / ".git/program"))
    git(root, "config", "core.hooksPath", str(root / ".githooks"))
    return HostileCheckout(root, marker)


def write(path: Path, text: str) -> Path:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def git(root: Path, *arguments: str) -> str:
    """Run git there."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
