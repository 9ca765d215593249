"""What holds for every test."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import loaders, session
from xdist.scheduler import LoadFileScheduling

# Else each of some thousand processes would compile all of its modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
"""Before any test loads grpc, as `mayfly.engine.serving` has it before the verbs do."""

os.environ.setdefault("GOGC", "400")
"""A call of the Pulumi CLI ends before it pays to collect garbage: that was a fifth of its processor time."""

COLLECT_EVERY = 20_000
"""Objects. Python's own 700 is a sixth of what tests take in this process, which keeps all SDKs and tests."""


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start, however the suite itself was started.

    A shell without job control starts what it puts in the background with SIGINT ignored, and every child
    inherits that: the tests that interrupt a command would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, and not among the tests themselves."""
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _one_loader() -> Iterator[None]:
    """AWS's service models are read once, not by every session of its SDK: most of what a client costs.

    Our clients' sessions have a loader of their own, which claims to know every service.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (session, loaders):
            patch.setattr(module, "create_loader", cache(loaders.create_loader))
        yield


ROOMS = ("tests/acceptance/isolation_aws/", "tests/acceptance/aws/", "tests/acceptance/")
"""Folders whose files share a local cloud, with production's lake in it."""


class ByCloud(LoadFileScheduling):  # type: ignore[misc]  # xdist has no type information
    """A file to a worker, and all files that share a cloud to one: another worker would make it again."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        room = next((room for room in ROOMS if file.startswith(room)), None)
        return file if room is None or _has_its_own(file) else room


@cache
def _has_its_own(file: str) -> bool:
    """Whether a file makes a checkout for itself, with a cloud."""
    text = (Path(__file__).parents[1] / file).read_text()
    return re.search(r"def checkout\(|\b(copy_project|local_aws|local_cloud|world)\(", text) is not None


FIRST = ("acceptance", "docs", "provider", "cli", "engine", "teardown", "localcloud")
"""Folders with files that take long: no worker is to end alone with one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files in front, for workers to take files in this order (--no-loadscope-reorder)."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in FIRST)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByCloud | None:
    """For `--dist loadfile`; None leaves it to xdist."""
    return ByCloud(config, log) if config.getoption("dist") == "loadfile" else None
