"""The errors that users see, each with the exit code of its verb.

Exit codes: 0 fine, 1 failed, 2 bad input or configuration, 3 not allowed, 4 leftovers remain, 5 busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what the user gave.

    where: the file and field, the argument or the cloud's scope it was found in.
    what: what was got and why it cannot be used.
    fix: what is allowed, or what to do.
    denied: whether a right is missing, and what the user gave may well be right.
    """

    where: str
    what: str
    fix: str
    denied: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.fix})"


NAMED = 3
"""Of places with the same problem, so many are named."""


def told_once(problems: Sequence[Problem]) -> list[str]:
    """Return a line for each problem; those that differ in their place alone are one, with a count."""
    places: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        places.setdefault((problem.what, problem.fix), []).append(problem.where)
    lines = []
    for (what, fix), where in places.items():
        wheres = [*dict.fromkeys(where)]
        more = len(wheres) - NAMED
        shown = wheres if more <= 1 else [*wheres[:NAMED], f"and {more} more"]
        lines.append(f"{', '.join(shown)}: {what} ({fix})")
    return lines


class MayflyError(Exception):
    """The root of all errors that are reported to the user without a traceback."""

    exit_code = 1
    problems: tuple[Problem, ...] = ()
    """What the message tells, one by one, where it tells several."""


class BadInput(MayflyError):
    """Input or configuration that cannot be used; nothing was created. Carries every problem at once."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NoInfrastructure(BadInput):
    """The permanent environment that an application belongs to does not exist."""


class NotAllowed(MayflyError):
    """The rules of the fabric, a lock, or the cloud's permissions refuse it."""

    exit_code = 3


class Denied(NotAllowed):
    """The cloud's permissions refused to tell what has to be known; nothing was created.

    Carries every missing right at once. Its message has a line for each, and what to do once.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        fixes = dict.fromkeys(problem.fix for problem in problems)
        super().__init__("\n".join([*(f"{problem.where}: {problem.what}" for problem in problems), *fixes]))


class NotSignedIn(MayflyError):
    """The cloud cannot be asked: there is nobody to ask it as."""


class NotInstalled(MayflyError):
    """A part of the locks is missing in this checkout."""

    exit_code = 2


class Leftovers(MayflyError):
    """A teardown ended and something of the environment still exists."""

    exit_code = 4


class Busy(MayflyError):
    """Somebody else holds the environment's lock."""

    exit_code = 5


def refusal(problems: Sequence[Problem]) -> MayflyError:
    """Return the error for problems found before anything is made: Denied if all of them are missing rights.

    problems: at least one.
    """
    return Denied(problems) if all(problem.denied for problem in problems) else BadInput(problems)


def require(package: str, cloud: str) -> None:
    """Raise NotInstalled where a package cannot be imported: `./scripts/setup --for` brings only some.

    cloud: whose set-up brings it.
    """
    if find_spec(package) is None:
        fix = f"`./scripts/setup --for {cloud}` adds it"
        raise NotInstalled(f"{package} is not installed: this checkout was set up for less; {fix}")
