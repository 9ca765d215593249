from __future__ import annotations

import pytest

from tests.components.recorder import Cloud, Recorder, start


@pytest.fixture
def engine() -> Recorder:
    """The engine of an update of the stack qa-142."""
    return start(Cloud())


@pytest.fixture
def preview() -> Recorder:
    """The engine of a preview, in which the cloud's own answers are unknown."""
    return start(Cloud(preview=True))
