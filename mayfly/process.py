"""Settings for short processes: fewer garbage collections, and a quick exit."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

COLLECT_EVERY = 1_000_000
"""Objects. Importing the SDKs makes half a million and drops few."""


def collect_rarely() -> None:
    """Look for cyclic garbage a thousandth as often as Python does by default: a tenth of a verb's time."""
    gc.set_threshold(COLLECT_EVERY)


def leave(leaving: SystemExit) -> NoReturn:
    """Exit without freeing every object first, which is a tenth of a second once an SDK is loaded.

    For the end of `main` alone: nothing after it runs, handlers of `atexit` included. Nor are threads waited
    for, such as a call that an interrupted engine has left (docs/adr/0009-provider-in-the-verb.md).

    leaving: what ends the process; raised again where Python's own exit has more to say, such as a text.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads; Python's own exit tells
        raise leaving from None
    if not (leaving.code is None or isinstance(leaving.code, int)):
        raise leaving
    os._exit(leaving.code or 0)
