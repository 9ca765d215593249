"""What a proof says: a row for each try, and what was judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mayfly.workload.factory.outside import Reach


class Outcome(StrEnum):
    """What a line of a proof shows.

    NO: the cloud has answered, and otherwise than expected: a permission too many, or one that is missing.
    NOT_SHOWN: there is no answer that tells: an error that is no refusal, or a refusal where nothing is
    effective yet.
    """

    OK = "ok"
    NO = "NO"
    NOT_SHOWN = "not shown"

    @classmethod
    def of(cls, as_expected: bool) -> Outcome:
        """Of what the cloud's records say, which are an answer in any case."""
        return cls.OK if as_expected else cls.NO


@dataclass(frozen=True)
class Row:
    """One line of a proof: who tried what where, what was expected, what came of it."""

    who: str
    what: str
    where: str
    expected: str
    got: str
    outcome: Outcome

    @property
    def ok(self) -> bool:
        """Whether it is as expected."""
        return self.outcome is Outcome.OK


@dataclass(frozen=True)
class JudgedSource:
    """What is read of production. where: its address. known_from: the records that name it."""

    name: str
    where: str
    known_from: Sequence[str]

    def __str__(self) -> str:
        return f"{self.name}: {self.where}, known from {', '.join(self.known_from)}"


VARIABLE_GROUP = "the variable group"
"""Where a source is known from that the branch names; the other records are the cloud's own."""


@dataclass(frozen=True)
class Proof:
    """What an environment's own identity may and may not do. short: a row's `where` for a narrow table.

    elsewhere: what runs in the environment and can reach what is not its own, whatever its identity may.
    caveats: what whoever deploys it may do to production, in sentences.
    """

    who: str
    rows: Sequence[Row]
    short: Callable[[str], str] = str
    elsewhere: Sequence[Reach] = ()
    sources: Sequence[JudgedSource] = ()
    caveats: Sequence[str] = ()
