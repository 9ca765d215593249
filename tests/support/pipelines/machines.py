"""Runners' machines for tests: checkouts of platform and workload, and a local cloud's variables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.checkout import HERE, Checkout, copy_project
from tests.support.pipelines import Machine
from tests.support.warm import begin_warm

CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ARM_CLIENT_SECRET"}
OF_THE_PIPELINE = {"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"}
"""What a pipeline's own variables and secrets say in their place."""

SET_UP = (
    '#!/bin/sh\n# The tests share the environment that the real one made.\necho "$*" >>.venv/.mayfly-setup\n'
)


def machine(
    cloud: Checkout,
    folder: Path,
    platform: Callable[[Path], object] | None = None,
    principal: str = "deployer",
) -> Machine:
    """A new machine. platform: puts it there, as `shared` does. principal: as whom login steps sign in."""
    known = cloud.environ(principal)
    return Machine(
        folder,
        platform or shared,
        lambda path: shutil.copytree(HERE / "examples/flights", path),
        {name: value for name, value in known.items() if name not in {*CREDENTIALS, *OF_THE_PIPELINE}},
        {name: value for name, value in known.items() if name in CREDENTIALS},
    )


def shared(path: Path) -> None:
    """Put the platform there, not set up; its set-up takes the packages of the tests' own environment."""
    copy_project(path)
    (path / "scripts/setup").write_text(SET_UP)
    begin_warm(path)
    (path / ".venv/.mayfly-setup").unlink(missing_ok=True)


def new(path: Path) -> None:
    """Put the platform there as a new clone has it: its own set-up makes its environment."""
    copy_project(path)
    (path / ".venv").unlink()


def passphrase(cloud: Checkout) -> str:
    """What the states of a local cloud are encrypted with: a pipeline's secret."""
    return Path(cloud.environ("deployer")["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text().strip()


def set_up(platform: Path) -> list[str]:
    """What the set-up of a shared platform was asked for, a line each."""
    return (platform / ".venv/.mayfly-setup").read_text().splitlines()
