"""What holds for every test."""

from __future__ import annotations

import os
import signal
import sys

# Else each of some thousand processes would compile all of its modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start, however the suite itself was started.

    A shell without job control starts what it puts in the background with SIGINT ignored, and every child
    inherits that: the tests that interrupt a command would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
