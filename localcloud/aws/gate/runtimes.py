"""Which program of this machine runs a function: Lambda has all runtimes, a machine has some."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from functools import cache

OWN = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""What MiniStack itself runs on, with boto3 beside it."""

_COMPILED = re.compile(r"\.(?:cpython-|cp)(\d)(\d+)\b[^/]*\.so$")
"""A module that one version of Python alone can load, such as `_core.cpython-312-x86_64-linux-gnu.so`."""


class NotHere(Exception):
    """This machine cannot run a function. Says why."""


def program(runtime: str, archives: Iterable[bytes]) -> str:
    """Return the program for a runtime. archives: the function's code and layers, as .zip files.

    Python of another version than asked for will do where no module is compiled. Raises NotHere.
    """
    if runtime.startswith("nodejs"):
        return _node(runtime)
    if not runtime.startswith("python"):
        raise NotHere(f"the local AWS runs Python and Node.js, not {runtime}")
    if runtime == OWN or not any(map(_is_for_another, archives)):
        return sys.executable
    found = _works(shutil.which(runtime), "-c", "import sys; print(*sys.version_info[:2], sep='.')")
    if found is None or f"python{found[1]}" != runtime:
        what = f"modules that are compiled for {runtime}, and this machine has {OWN}"
        raise NotHere(
            f"the function brings {what} alone: put a {runtime} on PATH and start the local AWS anew"
        )
    return found[0]


def _node(runtime: str) -> str:
    wanted = runtime.removeprefix("nodejs").partition(".")[0]
    found = _works(shutil.which("node"), "--version")
    if found is None or found[1].removeprefix("v").partition(".")[0] != wanted:
        has = f"Node.js {found[1]}" if found else "no Node.js"
        fix = f"put Node.js {wanted} on PATH and start the local AWS anew"
        raise NotHere(f"this machine has {has}, and {runtime} is wanted: {fix}")
    return found[0]


def _is_for_another(archive: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        found = {_COMPILED.search(name) for name in opened.namelist()}
    return any(one and f"python{one[1]}.{one[2]}" != OWN for one in found)


@cache
def _works(path: str | None, *question: str) -> tuple[str, str] | None:
    """A program and what it answers; None where it does not run, such as a version manager's empty shim."""
    if path is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603
            [path, *question], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (path, answer.stdout.strip()) if answer.returncode == 0 else None


def packages() -> str:
    """Return the folder that boto3 is in, for another Python: what is pure Python there, it can import."""
    import boto3

    return os.path.dirname(os.path.dirname(boto3.__file__))  # noqa: PTH120
