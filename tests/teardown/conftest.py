"""The local Azure with production's lake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.azure.testing import environment, local_server
from tests.teardown.world import World, build_lake, caller


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A lake of production, its owner, and the deployer with its documented roles."""
    with (
        local_server(tmp_path / "azure") as local,
        environment(local.environment),
        caller(local, "owner") as owner,
        caller(local, "deployer") as deployer,
    ):
        found = World(local, owner, deployer)
        build_lake(found)
        yield found
