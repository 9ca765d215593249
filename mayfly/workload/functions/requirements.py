"""What a function's code imports and its folder does not hold: its `requirements.txt`, read as data.

Whoever wrote it may be anybody who opened a pull request, and it is resolved with the deployer's rights. So
it names packages and versions, and nothing else: no options, addresses or paths, and no variables, which uv
would fill in from the environment. What is handed to uv is put together anew from what was understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mayfly import plain_files
from mayfly.errors import Problem

FILE = "requirements.txt"
LARGEST = 1024 * 1024
"""Bytes of the file: a lock has some 100 hashes a package."""

MOST = 500
FORM = "a name and versions, such as requests==2.32.5, one a line; hashes behind it make it a lock"

_NAME = r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
_EXTRAS = r"(?: ?\[[A-Za-z0-9._, -]+\])?"
_VERSION = r"(?:===|==|~=|!=|<=|>=|<|>) ?[A-Za-z0-9.*+!_-]+"
_MARKER = r"""(?: ?;[A-Za-z0-9_."'<>=!~ ()-]+)?"""
_REQUIREMENT = re.compile(rf"{_NAME}{_EXTRAS} ?(?P<versions>(?:{_VERSION}(?: ?, ?{_VERSION})*)?){_MARKER}")
_PINNED = re.compile(r"==[^*,]+")
_HASH = re.compile(r"--hash[= ](sha256:[0-9a-f]{64})")
_ARCHIVE = re.compile(r".*\.(whl|zip|egg|tar|tgz|tbz|txz|gz|bz2|xz)", re.IGNORECASE)


@dataclass(frozen=True)
class Requirement:
    """One package that is asked for.

    text: name, extras, versions and marker, as they are written. hashes: of the files that it may come as.
    where: the file and line, for messages.
    """

    text: str
    hashes: tuple[str, ...]
    is_pinned: bool
    where: str

    @property
    def line(self) -> str:
        """As a line of a requirements file."""
        return " ".join([self.text, *(f"--hash={each}" for each in self.hashes)])


@dataclass(frozen=True)
class Requirements:
    """A whole `requirements.txt`. file: its path, for messages."""

    file: str
    entries: tuple[Requirement, ...]

    @property
    def is_lock(self) -> bool:
        """Whether it says itself which files are taken, by their hashes."""
        return any(entry.hashes for entry in self.entries)

    @property
    def text(self) -> str:
        """Put together anew: equal for files that ask for the same in the same order."""
        return "".join(f"{entry.line}\n" for entry in self.entries)


def parse(content: bytes, file: str, problems: list[Problem]) -> Requirements | None:
    """Return what a `requirements.txt` asks for; None where it is wrong, or asks for nothing.

    file: its path, for messages. problems: what is wrong is added to them.
    """
    wrong: list[Problem] = []
    entries = []
    for number, line in _lines(content, file, wrong):
        where = f"{file}:{number}"
        hashes, text = tuple(_HASH.findall(line)), " ".join(_HASH.sub(" ", line).split())
        found = _REQUIREMENT.fullmatch(text)
        if found is None or _ARCHIVE.fullmatch(found["name"]):
            what, fix = _refused(text)
            wrong.append(Problem(where, f"{plain_files.shown(text)[:80]!r} {what}", fix))
            continue
        pinned = _PINNED.fullmatch(found["versions"].replace(" ", "")) is not None
        entries.append(Requirement(text, hashes, pinned, where))
    found_all = Requirements(file, tuple(entries))
    if len(entries) > MOST:
        wrong.append(Problem(file, f"names {len(entries)} packages", f"at most {MOST}"))
    elif found_all.is_lock and not wrong:
        wrong += _gaps(found_all)
    problems += wrong
    return found_all if entries and not wrong else None


def _lines(content: bytes, file: str, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    """The number and text of each line that is no comment, continued ones joined."""
    if len(content) > LARGEST:
        problems.append(Problem(file, f"holds {len(content):,} bytes", f"at most {LARGEST:,}"))
        return
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        problems.append(Problem(file, f"is not UTF-8: {error.reason}", "save it as UTF-8"))
        return
    begun, first = "", 0
    for number, line in enumerate(lines, 1):
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        first = first if begun else number
        begun += text.removesuffix("\\").rstrip() + " "
        if not text.endswith("\\"):
            if begun.strip():
                yield first, begun.strip()
            begun = ""
    if begun.strip():
        yield first, begun.strip()


def _refused(text: str) -> tuple[str, str]:
    """Why a line is not taken, and what to write instead."""
    if text.startswith("-"):
        return "is an option", f"{FORM}. Which index serves it, the machine's own settings of uv say"
    if "://" in text or re.search(r"\s@|@\s|^git\+", text):
        return "is an address", f"{FORM}. What no index has lies in the function's folder, or is a layer"
    if re.match(r"[./~\\]", text) or "/" in text or "\\" in text or _ARCHIVE.fullmatch(text):
        return "is a path", f"{FORM}. What no index has lies in the function's folder, or is a layer"
    return "is no requirement", FORM


def _gaps(lock: Requirements) -> Iterator[Problem]:
    """What of a lock leaves open which file is taken."""
    for entry in lock.entries:
        if not entry.hashes or not entry.is_pinned:
            lacks = "has no hash, and others have" if not entry.hashes else "has hashes and no ==<version>"
            fix = "a lock has a version and hashes for each: uv pip compile --generate-hashes writes it"
            yield Problem(entry.where, f"{entry.text!r} {lacks}", fix)
