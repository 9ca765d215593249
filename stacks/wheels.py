"""Dependencies for a function, as Lambda's machines need them: out of the lock, whatever machine this is."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from mayfly.errors import MayflyError

PLATFORM = "manylinux2014_x86_64"
"""What all of Lambda's Python runtimes on x86_64 run."""

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Of Python: this machine's, so that the function runs what was tested."""

_ENTRY = re.compile(r"^[^\s#][^\n]*(?:\n +[^\n]*)*\n", re.MULTILINE)


def files(lock: Path, names: Collection[str]) -> dict[str, bytes]:
    """Return the content of packages' wheels, by path.

    lock: a requirements file with hashes. names: the packages. What pip brought is kept in the user's own
    cache, by the lock's entries and Python's version. Raises MayflyError with what pip says.
    """
    entries = [entry for entry in _ENTRY.findall(lock.read_text()) if entry.partition("==")[0] in names]
    if len(entries) != len(names):
        raise MayflyError(f"{lock.name} has {len(entries)} of the packages {', '.join(sorted(names))}")
    wanted = "".join(entries)
    digest = hashlib.sha256(f"{PLATFORM} {VERSION}\n{wanted}".encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mayfly"
    home = cache / f"wheels-{digest}"
    if not home.is_dir():
        _bring(wanted, home)
    return dict(_unpacked(home))


def _bring(wanted: str, home: Path) -> None:
    """Have pip fetch the wheels; the folder is there whole or not at all."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".wheels-") as folder:
        lock, wheels = Path(folder) / "lock.txt", Path(folder) / "wheels"
        lock.write_text(wanted)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        of = ["--only-binary=:all:", "--implementation=cp", f"--python-version={VERSION}"]
        where = [f"--platform={PLATFORM}", f"--dest={wheels}", f"--requirement={lock}"]
        ended = subprocess.run([*pip, *of, *where], capture_output=True, text=True, check=False)  # noqa: S603
        if ended.returncode != 0:
            raise MayflyError(f"pip cannot bring what the reaper's function needs: {ended.stderr.strip()}")
        try:
            wheels.rename(home)
        except OSError:
            if not home.is_dir():  # Another `up` was not quicker.
                raise
            shutil.rmtree(wheels)


def _unpacked(home: Path) -> Iterator[tuple[str, bytes]]:
    for wheel in sorted(home.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if not name.endswith("/"):
                    yield name, archive.read(name)
