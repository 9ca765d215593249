"""Prints the part of a lock that a pipeline's job needs: `lean_lock.py azure engine <requirements.txt`.

A package of the lock says by its "# via" who asks for it, and stays while one of these stays. Of the
project's own dependencies those go that serve only a part that is not wanted. A new one stays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator

PARTS = {
    "azure-core": {"azure"},
    "azure-identity": {"azure"},
    "azure-mgmt-core": {"azure"},
    "azure-storage-blob": {"azure"},
    "boto3": {"aws"},
    "pip": {"engine"},
    "pulumi": {"engine"},
    "pulumi-aws": {"aws", "engine"},
    "pulumi-azure-native": {"azure", "engine"},
    "uv": {"aws", "engine"},
}
"""A dependency of pyproject.toml → the parts that it serves: a cloud's SDK, Pulumi's. Others serve all."""

PROJECT = "mayfly"
ENTRY = re.compile(r"^[^\s#][^\n]*(?:\n +[^\n]*)*\n", re.MULTILINE)
VIA = re.compile(r"^ +# (?:via )? *(?!via$)(\S+)", re.MULTILINE)


def lean(lock: str, parts: Collection[str]) -> str:
    """Return the entries of a lock that these parts need, as they stand. lock: with its "# via" lines.

    Raises ValueError for an entry that does not say who asks for it.
    """
    entries = dict(_entries(lock))
    gone = {name for name, serves in PARTS.items() if not serves <= {*parts}}
    kept = {PROJECT}
    while more := {name for name, (_, via) in entries.items() if name not in gone | kept and via & kept}:
        kept |= more
    return "".join(entry for name, (entry, _) in entries.items() if name in kept)


def _entries(lock: str) -> Iterator[tuple[str, tuple[str, set[str]]]]:
    for entry in ENTRY.findall(lock):
        name, via = entry.partition("==")[0], {*VIA.findall(entry)}
        if not via:
            raise ValueError(
                f"requirements.txt: {name} does not say who asks for it (CONTRIBUTING, Dependencies)"
            )
        yield name, (entry, via)


if __name__ == "__main__":
    sys.stdout.write(lean(sys.stdin.read(), sys.argv[1:]))
