"""The local AWS with production's lake and two environments, as the deployer would have made them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.aws.world import World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The cloud of one module."""
    with open_world(tmp_path_factory.mktemp("aws")) as found:
        yield found


@pytest.fixture
def as_the_deployer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's own variables are what botocore reads."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "MAYFLY_")):
            monkeypatch.delenv(name)
    for name, value in world.variables("deployer").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(Path(__file__).resolve().parents[3])
