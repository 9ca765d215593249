"""An environment's settings and its workload, checked together.

A module of its own, which the package does not import: our provider takes the order of documents and needs no
settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mayfly import registry, settings
from mayfly.errors import BadInput, Problem
from mayfly.settings import EnvironmentSettings
from mayfly.workload.factory.folder import Factory
from mayfly.workload.functions import Application, Functions

Workload = Factory | Functions | Application
"""What runs in an environment."""


def load(root: Path, stack: str, environ: Mapping[str, str]) -> tuple[EnvironmentSettings, Workload]:
    """Return the settings of the environment that a stack is named after, and what runs in it.

    That is a factory folder on Azure, and functions on AWS. See `settings.load` for the arguments. An
    application is to be completed by `takeover`, when the cloud has told what its infrastructure publishes.

    Raises BadInput with all problems of both: of the workload, those that can be known without the variable
    group even when that is broken.
    """
    found = settings.examine(root, stack, environ)
    workload: Workload = Factory(Path())  # Of a folder, or a cloud, that is not known.
    wrong: list[Problem] = []
    if found.workload is not None and found.cloud is not None:
        workload, wrong = registry.of(found.cloud).read_workload(found.workload, found)
    if found.missing is not None:
        wrong = [found.missing]
    if found.settings is None or wrong:
        raise BadInput([*found.problems, *wrong])
    return found.settings, workload
