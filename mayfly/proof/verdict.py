"""The result of a proof: a row for each probe, the sources, and the caveats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mayfly.workload.factory.reach import Reach


class Outcome(StrEnum):
    """What one row of a proof shows.

    NO: the cloud's answer is not the expected one: a permission too many, or one that is missing.
    NOT_SHOWN: the answer proves nothing: an error that is not a refusal, or a refusal before any permission
    is effective.
    """

    OK = "ok"
    NO = "NO"
    NOT_SHOWN = "not shown"

    @classmethod
    def of(cls, as_expected: bool) -> Outcome:
        """Return the outcome of something that the cloud's own records state."""
        return cls.OK if as_expected else cls.NO


@dataclass(frozen=True)
class Row:
    """One row of a proof: who tried what where, the expected result and the result."""

    who: str
    what: str
    where: str
    expected: str
    got: str
    outcome: Outcome

    @property
    def ok(self) -> bool:
        """Whether the result is the expected one."""
        return self.outcome is Outcome.OK


@dataclass(frozen=True)
class JudgedSource:
    """A source that the proof covers. where: its address. known_from: the records that name it."""

    name: str
    where: str
    known_from: Sequence[str]

    def __str__(self) -> str:
        return f"{self.name}: {self.where}, known from {', '.join(self.known_from)}"


VARIABLE_GROUP = "the variable group"
"""The record that a branch writes; all other records are the cloud's own."""


@dataclass(frozen=True)
class Proof:
    """What an environment's own identity may and may not do.

    short: shortens a row's `where` for a narrow table.
    elsewhere: parts of the workload that can reach other places, whatever the identity may do.
    caveats: what the deployer of the environment may do to production, in sentences.
    allowed: what the variable group changes in the workload's documents.
    """

    who: str
    rows: Sequence[Row]
    short: Callable[[str], str] = str
    elsewhere: Sequence[Reach] = ()
    sources: Sequence[JudgedSource] = ()
    caveats: Sequence[str] = ()
    allowed: Sequence[str] = ()
