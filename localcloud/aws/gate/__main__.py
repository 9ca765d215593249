"""`python -m localcloud.aws.gate`: settings come as one JSON line on standard input; its end ends the gate.

Standard output says one line, `ready`, when requests are answered. Secrets are in no argument and no variable
that another process could read.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable

import uvloop

from localcloud.aws.gate.settings import Settings


def main() -> None:
    """Serve until standard input ends."""
    settings = Settings(**json.loads(sys.stdin.readline()))
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # MiniStack prints
    settings.prepare()
    from localcloud.aws.gate.serving import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, lambda: _say(answers), _when_told))


def _say(answers: int) -> None:
    os.write(answers, b"ready\n")


def _when_told(stop: Callable[[], None]) -> None:
    """Call `stop` when the process that started us ends our input: on purpose, or by dying."""

    def wait() -> None:
        sys.stdin.read()
        stop()

    threading.Thread(target=wait, name="until told to stop", daemon=True).start()


if __name__ == "__main__":
    main()
