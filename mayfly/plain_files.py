"""Reads files of a folder that others wrote, such as a pull request: plain files in it, and nothing else.

What is read is deployed, or shown in a message. A link out of the folder would bring along what the deployer
may read and they may not, such as its own token; a device or a pipe would never end.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

NAME = "printable characters, in UTF-8"


class NotPlain(Exception):
    """A file that is not read. what: why. fix: what to do."""

    def __init__(self, what: str, fix: str) -> None:
        self.what = what
        self.fix = fix
        super().__init__(f"{what} ({fix})")


def check(path: Path, top: Path) -> None:
    """Raise NotPlain when a path below a folder is a link, or is reached by one; a link of any kind counts.

    top: the folder, which may itself be one.
    """
    below = path.relative_to(top)
    for at in (top / Path(*below.parts[:n]) for n in range(1, len(below.parts) + 1)):
        if at.is_symlink():
            which = "is a link" if at == path else f"is reached by the link {at.name!r}"
            raise NotPlain(which, "a file of its own: links are not followed")
    if not below.as_posix().isprintable():  # nor are the surrogates that stand for what is not UTF-8
        raise NotPlain(f"its name is {ascii(path.name)[:80]}", NAME)


def shown(name: str) -> str:
    """Return a file's name for messages, with control characters escaped."""
    return name if name.isprintable() else ascii(name)


def read(path: Path, top: Path, largest: int) -> bytes:
    """Return a file's content.

    top: the folder that it is to lie in. largest: bytes that it may have.

    Raises NotPlain for a link, also on the way to it, for what is no file, and for one that is larger;
    OSError for one that cannot be read.
    """
    check(path, top)
    # A pipe is not waited for; what became a link just now is not followed.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotPlain("is no plain file", "a file of its own")
        if found.st_size > largest:
            raise NotPlain(f"holds {found.st_size:,} bytes", f"at most {largest:,}")
        return file.read(largest)
