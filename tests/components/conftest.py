from __future__ import annotations

import pulumi
import pytest

from tests.components.recorder import Cloud, Recorder


@pytest.fixture
def engine() -> Recorder:
    """The engine of an update of the stack qa-142."""
    return _start(Cloud())


@pytest.fixture
def preview() -> Recorder:
    """The engine of a preview, in which the cloud's own answers are unknown."""
    return _start(Cloud(preview=True))


def _start(cloud: Cloud) -> Recorder:
    recorder = Recorder(cloud)
    pulumi.runtime.set_mocks(cloud, project="mayfly", stack="qa-142", preview=cloud.preview, monitor=recorder)
    return recorder
