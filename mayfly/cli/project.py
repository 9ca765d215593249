"""Finds the project that the verbs work on, and the workload that they were given for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mayfly
from mayfly.cli.arguments import VARIABLE
from mayfly.errors import BadInput, Problem

if TYPE_CHECKING:
    from mayfly.settings import EnvironmentSettings

PROJECT_FILE = "Pulumi.yaml"


def root(start: Path | None = None) -> Path:
    """The nearest folder with a Pulumi.yaml, from `start` (the working directory) upwards.

    Raises BadInput when there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    problem = f"no {PROJECT_FILE} in this folder or one above it"
    raise BadInput([Problem(str(here), problem, "run mayfly inside the project")])


def with_workload(workload: str | None) -> tuple[Path, Mapping[str, str]]:
    """The project, and the environment in which settings and Pulumi find the workload.

    workload: its folder, as `--workload` has it; None for the fabric's own.

    Raises BadInput where there is no project, or the workload brings it.
    """
    found = root()
    if not workload:
        return found, os.environ if workload is None else {**os.environ, VARIABLE: ""}
    path = Path(os.path.abspath(workload))  # noqa: PTH100 - its links are looked at later
    refuse_of_workload(found, path)
    return found, {**os.environ, VARIABLE: str(path)}


def with_expiry(environ: Mapping[str, str], ttl: str | None, expires_at: str | None) -> Mapping[str, str]:
    """Return the environment variables with the end that an `up` was asked for, as the program reads it."""
    from mayfly.settings import expiry

    return {**environ, expiry.TTL: ttl or "", expiry.EXPIRES_AT: expires_at or ""}


def load(environment: str, workload: str | None) -> EnvironmentSettings:
    """Return an environment's settings. workload: see `with_workload`. Raises BadInput."""
    from mayfly import settings

    root, environ = with_workload(workload)
    return settings.load(root, environment, environ)


def permanent(wanted: EnvironmentSettings, workload: str | None) -> list[EnvironmentSettings]:
    """Return the permanent environments of the same workload and cloud, as their own files have them.

    workload: see `with_workload`. Raises BadInput.
    """
    from mayfly import settings

    root, environ = with_workload(workload)
    own = {VARIABLE: environ[VARIABLE]} if VARIABLE in environ else {}
    found = [
        fabric.name
        for fabric in settings.fabrics(root).values()
        if fabric.permanent
        and (fabric.cloud, fabric.workload) == (wanted.fabric.cloud, wanted.fabric.workload)
    ]
    return [settings.load(root, name, own) for name in sorted(found) if name != wanted.name]


def without_workload(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment variables without the workload's, for verbs that need no workload."""
    return {name: value for name, value in environ.items() if name != VARIABLE}


def refuse_of_workload(root: Path, workload: Path, own: Path = Path(mayfly.__file__)) -> None:
    """Raise BadInput when the project is of the workload's checkout, and Mayfly itself of another one.

    Whoever is in a pull request's checkout has its Pulumi.yaml above them, if it brings one: that program
    would run with the deployer's rights. own: a file of the Mayfly that runs.
    """
    from mayfly.settings.git_origin import checkout

    theirs = checkout(workload.resolve())
    if theirs is not None and theirs == checkout(root) != checkout(own.resolve()):
        what = f"the workload's checkout {theirs} brings it along: it would run with your rights"
        raise BadInput([Problem(f"project {root}", what, "run mayfly in the platform's own folder")])
