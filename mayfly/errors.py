"""The errors a user meets, each with the exit code its verb ends with.

Exit codes: 0 fine, 1 failed, 2 bad input or configuration, 3 not allowed, 4 leftovers remain, 5 busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what the user gave.

    where: the file and field, the argument or the cloud's scope it was found in.
    what: what was got and why it cannot be used.
    fix: what is allowed, or what to do.
    """

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.fix})"


class MayflyError(Exception):
    """The root of all errors that are told to the user without a traceback."""

    exit_code = 1


class BadInput(MayflyError):
    """Input or configuration that cannot be used; nothing was created. Carries every problem at once."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotAllowed(MayflyError):
    """The rules of the fabric, a lock, or the cloud's permissions refuse it."""

    exit_code = 3


class NotSignedIn(MayflyError):
    """The cloud cannot be asked: there is nobody to ask it as."""


class Leftovers(MayflyError):
    """A teardown ended and something of the environment still exists."""

    exit_code = 4


class Busy(MayflyError):
    """Somebody else holds the environment's lock."""

    exit_code = 5
