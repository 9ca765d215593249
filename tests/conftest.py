"""What holds for every test."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from botocore import session

# Else each of some thousand processes would compile all of its modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
"""Before any test loads grpc, as `mayfly.engine.serving` has it before the verbs do."""


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start, however the suite itself was started.

    A shell without job control starts what it puts in the background with SIGINT ignored, and every child
    inherits that: the tests that interrupt a command would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _one_loader() -> Iterator[None]:
    """AWS's service models are read once, not by every session of its SDK: most of what a client costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield
