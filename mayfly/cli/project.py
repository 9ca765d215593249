"""Finds the project that the verbs work on."""

from __future__ import annotations

from pathlib import Path

from mayfly.errors import BadInput, Problem

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
