"""The local Azure with production's lake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.teardown.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The cloud of one test."""
    with open_world(tmp_path / "azure") as found:
        yield found
